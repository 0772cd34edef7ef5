-- Pictures that a town has uploaded, by a name made of the content. Never changed: versions of the
-- set-up name them; they go with the town.
CREATE TABLE town_logo (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
