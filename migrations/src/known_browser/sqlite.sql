-- Browsers in which an account has signed in: whoever else comes from the same address and guesses
-- passwords does not keep them out. Of what such a browser holds only a hash.
CREATE TABLE known_browser (
    token_hash BLOB NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    expires_at TEXT NOT NULL,
    PRIMARY KEY (token_hash, account_id)
);
CREATE INDEX known_browser_by_account ON known_browser (account_id);
