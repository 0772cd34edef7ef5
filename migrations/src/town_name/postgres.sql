-- The directory of all towns is read every second: the name has a column of its own, or each time
-- every town's whole set-up would be unpacked for it.
ALTER TABLE tenant ADD COLUMN name TEXT GENERATED ALWAYS AS (setup #>> '{town,name}') STORED;
GRANT SELECT (name) ON tenant TO amtstermin_directory;

-- Its owner replaces the function, which asks for CREATE on the schema.
DO $$
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO amtstermin_directory', current_schema());
END $$;
SET LOCAL ROLE amtstermin_directory;
CREATE OR REPLACE FUNCTION tenant_directory()
RETURNS TABLE (id UUID, slug TEXT, name TEXT, county TEXT, status TEXT, host TEXT)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT t.id, t.slug, t.name, c.name, t.status, h.host
    FROM tenant t
    JOIN county c ON c.key = t.county_key
    LEFT JOIN tenant_host h ON h.tenant_id = t.id
    ORDER BY t.slug, h.host
$$;
RESET ROLE;
DO $$
BEGIN
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM amtstermin_directory', current_schema());
END $$;
