-- A closing as one operation. It can be undone until its mails leave.
CREATE TABLE closing (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    location_id BLOB NOT NULL,
    closure TEXT NOT NULL,
    -- Whether the closure was not there before.
    added BOOLEAN NOT NULL,
    mails_at TEXT NOT NULL,
    undone_at TEXT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);

-- What a closing did to one appointment: where it stood, and its number of changes afterwards.
CREATE TABLE closing_item (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    closing_id BLOB NOT NULL,
    appointment_id BLOB NOT NULL,
    was TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, closing_id) REFERENCES closing (tenant_id, id),
    FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointment (tenant_id, id)
);
CREATE INDEX closing_item_of ON closing_item (tenant_id, closing_id);
