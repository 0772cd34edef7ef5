-- A session that a town's own provider has opened counts in that town and nowhere else.
ALTER TABLE session ADD COLUMN vouched_by BLOB REFERENCES tenant (id) ON DELETE CASCADE;

-- Which account a town's provider means by one of its subjects; of the subject only a hash.
CREATE TABLE provider_identity (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    issuer TEXT NOT NULL,
    subject_hash BLOB NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    linked_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, issuer, subject_hash),
    -- An address that is given to somebody else does not give them the account.
    UNIQUE (tenant_id, issuer, account_id)
);

-- Answers of a provider that were used, until they would be too old anyway.
CREATE TABLE provider_answer (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    id BLOB NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
