-- A person may work in several towns. Third and last look across tenants: which towns an account
-- has a role in, asked by that account's own session.
GRANT SELECT (tenant_id, account_id, role) ON membership TO amtstermin_directory;
CREATE POLICY directory ON membership FOR SELECT TO amtstermin_directory USING (true);
CREATE FUNCTION towns_of_account(account UUID)
RETURNS TABLE (tenant_id UUID, role TEXT)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT m.tenant_id, m.role FROM membership m WHERE m.account_id = towns_of_account.account
$$;

DO $$
DECLARE
    place TEXT := quote_ident(current_schema());
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %s TO amtstermin_directory', place);
    ALTER FUNCTION towns_of_account(UUID) OWNER TO amtstermin_directory;
    EXECUTE format('REVOKE CREATE ON SCHEMA %s FROM amtstermin_directory', place);
END $$;
REVOKE ALL ON FUNCTION towns_of_account(UUID) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION towns_of_account(UUID) TO amtstermin_app;

-- How a request ended, and which appointment it became.
ALTER TABLE appointment_request ADD COLUMN answered_at TIMESTAMPTZ;
ALTER TABLE appointment_request ADD COLUMN appointment_id UUID;
CREATE INDEX request_open ON appointment_request (tenant_id, created_at) WHERE status = 'open';

-- Open pages of the console ask whether anything has happened.
CREATE INDEX usage_event_by_time ON usage_event (tenant_id, at);
