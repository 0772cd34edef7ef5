-- Claims on mails run out by the database's clock, which all workers share: one whose own clock is
-- ahead took those of others for run out. The function before, claim_outbox, stays for the servers of the
-- release before.
CREATE FUNCTION claim_due(due_by TIMESTAMPTZ, seconds DOUBLE PRECISION, most INTEGER)
RETURNS TABLE (tenant_id UUID, id UUID, until TIMESTAMPTZ)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE outbox SET claimed_until = statement_timestamp() + make_interval(secs => claim_due.seconds)
    FROM (
        SELECT due.tenant_id, due.id FROM outbox due
        WHERE due.state = 'waiting' AND due.due_at <= claim_due.due_by
          AND (due.claimed_until IS NULL OR due.claimed_until <= statement_timestamp())
        ORDER BY due.due_at
        LIMIT claim_due.most
        FOR UPDATE SKIP LOCKED
    ) claimed
    WHERE outbox.tenant_id = claimed.tenant_id AND outbox.id = claimed.id
    RETURNING outbox.tenant_id, outbox.id, outbox.claimed_until
$$;
DO $$
DECLARE
    place TEXT := quote_ident(current_schema());
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %s TO amtstermin_outbox', place);
    ALTER FUNCTION claim_due(TIMESTAMPTZ, DOUBLE PRECISION, INTEGER) OWNER TO amtstermin_outbox;
    EXECUTE format('REVOKE CREATE ON SCHEMA %s FROM amtstermin_outbox', place);
END $$;
REVOKE ALL ON FUNCTION claim_due(TIMESTAMPTZ, DOUBLE PRECISION, INTEGER) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_due(TIMESTAMPTZ, DOUBLE PRECISION, INTEGER) TO amtstermin_app;
