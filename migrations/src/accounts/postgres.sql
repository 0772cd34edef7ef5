-- A second factor (RFC 6238): the secret sealed under the master key, since when it counts (NULL
-- while it is being set up), and the last step that was used, so that no code works twice.
ALTER TABLE account ADD COLUMN second_factor BYTEA;
ALTER TABLE account ADD COLUMN second_factor_since TIMESTAMPTZ;
ALTER TABLE account ADD COLUMN second_factor_step BIGINT;

-- Secrets that work once: links to choose a password, the second step of signing in, recovery codes.
CREATE TABLE account_token (
    token_hash BYTEA PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('password', 'second-step', 'recovery')),
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX account_token_by_account ON account_token (account_id);
CREATE INDEX session_by_account ON session (account_id);
GRANT SELECT, INSERT, DELETE ON account_token TO amtstermin_app;

-- Those who run the platform, and those who compare the towns of a county.
CREATE TABLE platform_operator (
    account_id UUID PRIMARY KEY REFERENCES account (id)
);
CREATE TABLE county_operator (
    account_id UUID NOT NULL REFERENCES account (id),
    county_key TEXT NOT NULL REFERENCES county (key),
    PRIMARY KEY (account_id, county_key)
);
GRANT SELECT, INSERT, DELETE ON platform_operator, county_operator TO amtstermin_app;

-- Fourth look across tenants: how often what happened in the towns of a county. Events hold nobody's
-- data; the function counts them and shows nothing else.
GRANT SELECT (tenant_id, at, kind, channel) ON usage_event TO amtstermin_directory;
CREATE POLICY directory ON usage_event FOR SELECT TO amtstermin_directory USING (true);
CREATE FUNCTION county_usage(county TEXT, since TIMESTAMPTZ, until TIMESTAMPTZ)
RETURNS TABLE (tenant_id UUID, kind TEXT, channel TEXT, events BIGINT)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT u.tenant_id, u.kind, u.channel, count(*)
    FROM usage_event u
    JOIN tenant t ON t.id = u.tenant_id
    WHERE t.county_key = county_usage.county
      AND u.at >= county_usage.since AND u.at < county_usage.until
    GROUP BY u.tenant_id, u.kind, u.channel
$$;

DO $$
DECLARE
    place TEXT := quote_ident(current_schema());
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %s TO amtstermin_directory', place);
    ALTER FUNCTION county_usage(TEXT, TIMESTAMPTZ, TIMESTAMPTZ) OWNER TO amtstermin_directory;
    EXECUTE format('REVOKE CREATE ON SCHEMA %s FROM amtstermin_directory', place);
END $$;
REVOKE ALL ON FUNCTION county_usage(TEXT, TIMESTAMPTZ, TIMESTAMPTZ) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION county_usage(TEXT, TIMESTAMPTZ, TIMESTAMPTZ) TO amtstermin_app;
