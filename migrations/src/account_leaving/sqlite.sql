-- Accounts without a role in any town, on the platform or in a county go after a while.
ALTER TABLE account ADD COLUMN without_role_since TEXT;
