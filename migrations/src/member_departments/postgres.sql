-- Slugs of the departments to which a role is limited; NULL means all.
ALTER TABLE membership ADD COLUMN departments JSONB;
