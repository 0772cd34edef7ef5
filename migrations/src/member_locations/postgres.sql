-- Ids of the locations to which a role is limited; NULL means all.
ALTER TABLE membership ADD COLUMN locations JSONB;
