-- Accounts without a role in any town, on the platform or in a county go after a while. Fifth look
-- across tenants: which accounts these are; the function tells ids and nothing else.
ALTER TABLE account ADD COLUMN without_role_since TIMESTAMPTZ;
GRANT DELETE ON account TO amtstermin_app;
GRANT SELECT (id) ON account TO amtstermin_directory;
GRANT SELECT (account_id) ON platform_operator, county_operator TO amtstermin_directory;
CREATE FUNCTION accounts_without_role()
RETURNS SETOF UUID
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT a.id FROM account a
    WHERE NOT EXISTS (SELECT 1 FROM membership m WHERE m.account_id = a.id)
      AND NOT EXISTS (SELECT 1 FROM platform_operator p WHERE p.account_id = a.id)
      AND NOT EXISTS (SELECT 1 FROM county_operator c WHERE c.account_id = a.id)
$$;

DO $$
DECLARE
    place TEXT := quote_ident(current_schema());
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %s TO amtstermin_directory', place);
    ALTER FUNCTION accounts_without_role() OWNER TO amtstermin_directory;
    EXECUTE format('REVOKE CREATE ON SCHEMA %s FROM amtstermin_directory', place);
END $$;
REVOKE ALL ON FUNCTION accounts_without_role() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_without_role() TO amtstermin_app;
