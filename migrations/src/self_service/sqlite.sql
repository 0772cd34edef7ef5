-- Double opt-in: until when an appointment waits for its address to be confirmed, and the hash of
-- the secret that confirms it.
ALTER TABLE appointment ADD COLUMN confirm_until TEXT;
ALTER TABLE appointment ADD COLUMN confirm_hash BLOB;
CREATE INDEX appointment_unconfirmed ON appointment (tenant_id, confirm_until) WHERE confirm_until IS NOT NULL;

-- Places that citizens have given back and that the public sees again only after a while.
CREATE TABLE returned_place (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    counter_id BLOB NOT NULL,
    starts_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    free_from TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, counter_id) REFERENCES counter (tenant_id, id)
);

-- Links to all appointments of one address: the hash of the secret, and the keyed hash of the address.
CREATE TABLE overview_link (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    token_hash BLOB NOT NULL,
    email_hash BLOB NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, token_hash)
);

-- Secrets of the town itself, such as the key that signs its mails; sealed.
CREATE TABLE town_secret (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);

-- By which way a notice leaves.
ALTER TABLE outbox ADD COLUMN medium TEXT NOT NULL DEFAULT 'mail' CHECK (medium IN ('mail', 'sms', 'webhook'));
