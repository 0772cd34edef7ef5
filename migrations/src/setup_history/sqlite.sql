-- Every version of a set-up, as its town file. Like the audit log it is only ever added to.
CREATE TABLE setup_version (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    version BIGINT NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    file TEXT NOT NULL,
    PRIMARY KEY (tenant_id, version)
);
