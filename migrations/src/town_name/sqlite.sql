-- The directory of all towns is read every second: the name has a column of its own.
ALTER TABLE tenant ADD COLUMN name TEXT GENERATED ALWAYS AS (setup ->> '$.town.name') VIRTUAL;
