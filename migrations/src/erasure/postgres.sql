-- A town that leaves is deleted as a whole. Its log and its history go last, and only once it is
-- suspended: this function is the one way, and it names the town that its scope is bound to.
DO $$
BEGIN
    CREATE ROLE amtstermin_eraser NOLOGIN NOSUPERUSER NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT SELECT (id, status) ON tenant TO amtstermin_eraser;
GRANT SELECT (tenant_id), DELETE ON audit_entry, setup_version TO amtstermin_eraser;
CREATE FUNCTION erase_history()
RETURNS VOID
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    own UUID := NULLIF(current_setting('app.tenant_id', true), '')::uuid;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM tenant WHERE id = own AND status = 'suspended') THEN
        RAISE EXCEPTION 'only a suspended town is deleted';
    END IF;
    DELETE FROM audit_entry WHERE tenant_id = own;
    DELETE FROM setup_version WHERE tenant_id = own;
END $$;
DO $$
DECLARE
    place TEXT := quote_ident(current_schema());
BEGIN
    EXECUTE format('GRANT amtstermin_eraser TO %I', current_user);
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %s TO amtstermin_eraser', place);
    ALTER FUNCTION erase_history() OWNER TO amtstermin_eraser;
    EXECUTE format('REVOKE CREATE ON SCHEMA %s FROM amtstermin_eraser', place);
END $$;
REVOKE ALL ON FUNCTION erase_history() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_history() TO amtstermin_app;
