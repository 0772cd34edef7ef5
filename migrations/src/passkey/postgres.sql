-- Passkeys (WebAuthn): the public key that an authenticator has made for an account.
CREATE TABLE passkey (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    credential_id BYTEA NOT NULL UNIQUE,
    credential JSONB NOT NULL,
    sign_count BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ
);
CREATE INDEX passkey_by_account ON passkey (account_id);

-- Challenges wait here for their answer: for minutes, and for one.
CREATE TABLE passkey_ceremony (
    token_hash BYTEA PRIMARY KEY,
    account_id UUID REFERENCES account (id),
    state JSONB NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX passkey_ceremony_by_account ON passkey_ceremony (account_id);
CREATE INDEX passkey_ceremony_by_end ON passkey_ceremony (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON passkey TO amtstermin_app;
GRANT SELECT, INSERT, DELETE ON passkey_ceremony TO amtstermin_app;
