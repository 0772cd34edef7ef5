-- Which towns have changed in what citizens are shown of them, and in which transaction: so that a
-- process that keeps many calendars in memory learns with one question which of them are still right.
-- Rows are added by triggers, so that nothing that changes a calendar has to remember to say so.
CREATE TABLE town_change (
    tenant_id UUID NOT NULL,
    transaction XID8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (tenant_id, transaction)
);
CREATE INDEX town_change_transaction ON town_change (transaction);
ALTER TABLE town_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE town_change FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON town_change
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON town_change TO amtstermin_app;

CREATE FUNCTION note_town_change() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO town_change (tenant_id) SELECT DISTINCT changed.tenant_id FROM changed
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION note_set_up_change() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO town_change (tenant_id) SELECT changed.id FROM changed ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- Each change of the set-up counts up its version, which stands here. The towns come first, as in what
-- locks a town and then its appointments while this runs.
CREATE TRIGGER town_change_update AFTER UPDATE ON tenant
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_set_up_change();
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['appointment', 'waiting_wish', 'appointment_request', 'returned_place'] LOOP
        EXECUTE format('CREATE TRIGGER town_change_insert AFTER INSERT ON %I
            REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_town_change()', name);
        EXECUTE format('CREATE TRIGGER town_change_update AFTER UPDATE ON %I
            REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_town_change()', name);
        EXECUTE format('CREATE TRIGGER town_change_delete AFTER DELETE ON %I
            REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_town_change()', name);
    END LOOP;
END $$;

-- A look across tenants: the towns that have changed in transactions which the snapshot `since` did
-- not see, whatever order they ended in, and the snapshot that the next question begins with. A snapshot
-- is worth something only to the server that has taken it, so it is told which that is; a standby's is
-- worth nothing. Nothing but the index is to be read, however little is known of the table.
CREATE FUNCTION town_changes(since PG_SNAPSHOT)
RETURNS TABLE (server TEXT, seen TEXT, changed UUID[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
    SELECT CASE WHEN pg_is_in_recovery() THEN clock_timestamp() ELSE pg_postmaster_start_time() END::text,
        pg_current_snapshot()::text,
        ARRAY(
            SELECT DISTINCT c.tenant_id FROM town_change c
            WHERE c.transaction >= pg_snapshot_xmin(town_changes.since)
              AND NOT pg_visible_in_snapshot(c.transaction, town_changes.since)
        )
$$;
-- What a snapshot saw that is older than any that is still asked with (`tenant/src/watch.rs`). One
-- process at a time suffices.
CREATE FUNCTION forget_town_changes(seen PG_SNAPSHOT) RETURNS VOID
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DELETE FROM town_change
    WHERE (SELECT pg_try_advisory_xact_lock(hashtextextended('forget_town_changes', 0)))
      AND transaction < pg_snapshot_xmax(forget_town_changes.seen)
      AND pg_visible_in_snapshot(transaction, forget_town_changes.seen)
$$;
GRANT SELECT, DELETE ON town_change TO amtstermin_directory;
CREATE POLICY directory ON town_change FOR SELECT TO amtstermin_directory USING (true);
CREATE POLICY directory_forgets ON town_change FOR DELETE TO amtstermin_directory USING (true);
DO $$
DECLARE
    place TEXT := quote_ident(current_schema());
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %s TO amtstermin_directory', place);
    ALTER FUNCTION town_changes(PG_SNAPSHOT) OWNER TO amtstermin_directory;
    ALTER FUNCTION forget_town_changes(PG_SNAPSHOT) OWNER TO amtstermin_directory;
    EXECUTE format('REVOKE CREATE ON SCHEMA %s FROM amtstermin_directory', place);
END $$;
REVOKE ALL ON FUNCTION town_changes(PG_SNAPSHOT) FROM PUBLIC;
REVOKE ALL ON FUNCTION forget_town_changes(PG_SNAPSHOT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION town_changes(PG_SNAPSHOT) TO amtstermin_app;
GRANT EXECUTE ON FUNCTION forget_town_changes(PG_SNAPSHOT) TO amtstermin_app;
