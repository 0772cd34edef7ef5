-- A second factor (RFC 6238): the secret sealed under the master key, since when it counts (NULL
-- while it is being set up), and the last step that was used, so that no code works twice.
ALTER TABLE account ADD COLUMN second_factor BLOB;
ALTER TABLE account ADD COLUMN second_factor_since TEXT;
ALTER TABLE account ADD COLUMN second_factor_step BIGINT;

-- Secrets that work once: links to choose a password, the second step of signing in, recovery codes.
CREATE TABLE account_token (
    token_hash BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('password', 'second-step', 'recovery')),
    expires_at TEXT NOT NULL
);
CREATE INDEX account_token_by_account ON account_token (account_id);
CREATE INDEX session_by_account ON session (account_id);

-- Those who run the platform, and those who compare the towns of a county.
CREATE TABLE platform_operator (
    account_id BLOB PRIMARY KEY REFERENCES account (id)
);
CREATE TABLE county_operator (
    account_id BLOB NOT NULL REFERENCES account (id),
    county_key TEXT NOT NULL REFERENCES county (key),
    PRIMARY KEY (account_id, county_key)
);
