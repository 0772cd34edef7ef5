-- The whole schema on SQLite. Times are RFC 3339 texts in UTC, written by the program only; ids are
-- 16 bytes.

CREATE TABLE county (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE tenant (
    id BLOB PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    county_key TEXT NOT NULL REFERENCES county (key),
    status TEXT NOT NULL CHECK (status IN ('onboarding', 'live', 'suspended')),
    setup_version BIGINT NOT NULL,
    setup TEXT NOT NULL,
    created_at TEXT NOT NULL
);

CREATE TABLE tenant_host (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    host TEXT PRIMARY KEY
);

CREATE TABLE tenant_key (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    version INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, version)
);

CREATE TABLE account (
    id BLOB PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    created_at TEXT NOT NULL
);

CREATE TABLE session (
    token_hash BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account (id),
    expires_at TEXT NOT NULL
);

CREATE TABLE membership (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    account_id BLOB NOT NULL REFERENCES account (id),
    role TEXT NOT NULL CHECK (role IN ('reader', 'clerk', 'admin')),
    PRIMARY KEY (tenant_id, account_id)
);

CREATE TABLE audit_entry (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    id BLOB NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_id BLOB,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE service (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    id BLOB NOT NULL,
    slug TEXT NOT NULL,
    position INTEGER NOT NULL,
    definition TEXT NOT NULL,
    retired_at TEXT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, slug)
);

CREATE TABLE location (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    id BLOB NOT NULL,
    slug TEXT NOT NULL,
    position INTEGER NOT NULL,
    definition TEXT NOT NULL,
    retired_at TEXT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, slug)
);

CREATE TABLE counter (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    location_id BLOB NOT NULL,
    slug TEXT NOT NULL,
    position INTEGER NOT NULL,
    definition TEXT NOT NULL,
    retired_at TEXT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, location_id, slug),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);

CREATE TABLE appointment (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    location_id BLOB NOT NULL,
    counter_id BLOB NOT NULL,
    starts_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    status TEXT NOT NULL
        CHECK (status IN ('booked', 'arrived', 'called', 'served', 'missed', 'cancelled')),
    channel TEXT NOT NULL CHECK (channel IN ('online', 'phone', 'counter', 'walk-in')),
    reserve BOOLEAN NOT NULL,
    basket TEXT NOT NULL,
    locale TEXT NOT NULL,
    code TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, code),
    UNIQUE (tenant_id, secret_hash),
    UNIQUE (tenant_id, idempotency_key),
    FOREIGN KEY (tenant_id, counter_id) REFERENCES counter (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id),
    CHECK (starts_at < ends_at)
);
CREATE INDEX appointment_by_start ON appointment (tenant_id, starts_at);

CREATE TABLE appointment_request (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    location_id BLOB,
    basket TEXT NOT NULL,
    wishes TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'accepted', 'declined')),
    locale TEXT NOT NULL,
    code TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, code),
    UNIQUE (tenant_id, secret_hash),
    UNIQUE (tenant_id, idempotency_key),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);

CREATE TABLE contact (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    subject_id BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (tenant_id, subject_id)
);

CREATE TABLE usage_event (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    id BLOB NOT NULL,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    location_id BLOB,
    basket TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE outbox (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    sealed BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
    attempts INTEGER NOT NULL,
    due_at TEXT NOT NULL,
    claimed_until TEXT,
    last_error TEXT,
    message_id TEXT NOT NULL,
    traceparent TEXT,
    created_at TEXT NOT NULL,
    sent_at TEXT,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'waiting';

-- No counter is ever booked twice.
CREATE TRIGGER appointment_counter_once_insert BEFORE INSERT ON appointment
WHEN NEW.status IN ('booked', 'arrived', 'called', 'served') AND EXISTS (
    SELECT 1 FROM appointment other
    WHERE other.tenant_id = NEW.tenant_id AND other.counter_id = NEW.counter_id
      AND other.status IN ('booked', 'arrived', 'called', 'served')
      AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at)
BEGIN SELECT RAISE(ABORT, 'appointment_counter_once'); END;

CREATE TRIGGER appointment_counter_once_update BEFORE UPDATE ON appointment
WHEN NEW.status IN ('booked', 'arrived', 'called', 'served') AND EXISTS (
    SELECT 1 FROM appointment other
    WHERE other.tenant_id = NEW.tenant_id AND other.counter_id = NEW.counter_id
      AND other.id <> OLD.id
      AND other.status IN ('booked', 'arrived', 'called', 'served')
      AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at)
BEGIN SELECT RAISE(ABORT, 'appointment_counter_once'); END;
CREATE INDEX appointment_by_counter ON appointment (tenant_id, counter_id, starts_at);

-- An audit line is only ever added.
CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'audit_entry_append_only'); END;
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'audit_entry_append_only'); END;
