-- From where a member of staff asked: the client's address, and by which way. Empty for citizens.
ALTER TABLE audit_entry ADD COLUMN address TEXT;
ALTER TABLE audit_entry ADD COLUMN way TEXT CHECK (way IN ('page', 'api'));

-- Old lines go: this function is the one way. It deletes only what the log has outlived by a year.
GRANT SELECT (at) ON audit_entry TO amtstermin_eraser;
CREATE FUNCTION forget_log(before TIMESTAMPTZ)
RETURNS VOID
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    own UUID := NULLIF(current_setting('app.tenant_id', true), '')::uuid;
    newest TIMESTAMPTZ := (SELECT max(at) FROM audit_entry WHERE tenant_id = own);
BEGIN
    IF forget_log.before > newest - INTERVAL '1 year' THEN
        RAISE EXCEPTION 'audit_entry_append_only';
    END IF;
    DELETE FROM audit_entry WHERE tenant_id = own AND at < forget_log.before;
END $$;
DO $$
DECLARE
    place TEXT := quote_ident(current_schema());
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %s TO amtstermin_eraser', place);
    ALTER FUNCTION forget_log(TIMESTAMPTZ) OWNER TO amtstermin_eraser;
    EXECUTE format('REVOKE CREATE ON SCHEMA %s FROM amtstermin_eraser', place);
END $$;
REVOKE ALL ON FUNCTION forget_log(TIMESTAMPTZ) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_log(TIMESTAMPTZ) TO amtstermin_app;
