-- What a county offers its towns to take over, version by version: towns compare what they took
-- with what is there now. Holds nobody's data and belongs to no town.
CREATE TABLE county_template (
    county_key TEXT NOT NULL REFERENCES county (key),
    version BIGINT NOT NULL,
    published_at TEXT NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    file TEXT NOT NULL,
    PRIMARY KEY (county_key, version)
);
