-- What staff note for each other at an appointment, sealed; it goes with the contact data.
CREATE TABLE appointment_note (
    tenant_id BLOB NOT NULL,
    appointment_id BLOB NOT NULL,
    sealed BLOB NOT NULL,
    written_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id),
    FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointment (tenant_id, id)
);
