-- Passkeys (WebAuthn): the public key that an authenticator has made for an account.
CREATE TABLE passkey (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    credential_id BLOB NOT NULL UNIQUE,
    credential TEXT NOT NULL,
    sign_count BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    last_used_at TEXT
);
CREATE INDEX passkey_by_account ON passkey (account_id);

-- Challenges wait here for their answer: for minutes, and for one.
CREATE TABLE passkey_ceremony (
    token_hash BLOB PRIMARY KEY,
    account_id BLOB REFERENCES account (id),
    state TEXT NOT NULL,
    expires_at TEXT NOT NULL
);
CREATE INDEX passkey_ceremony_by_account ON passkey_ceremony (account_id);
CREATE INDEX passkey_ceremony_by_end ON passkey_ceremony (expires_at);
