-- Browsers in which an account has signed in: whoever else comes from the same address and guesses
-- passwords does not keep them out. Of what such a browser holds only a hash.
CREATE TABLE known_browser (
    token_hash BYTEA NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (token_hash, account_id)
);
CREATE INDEX known_browser_by_account ON known_browser (account_id);
GRANT SELECT, INSERT, DELETE ON known_browser TO amtstermin_app;
