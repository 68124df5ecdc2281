-- Appends requests that nothing speaks against, without the judge and what only the judge has to
-- know: nearly all do no more than add events to streams. Both functions answer NULL, and leave
-- nothing, where anything may speak against any of them: then log.append() judges each alone.
--
-- Parameters mean what those of log.append() mean. l_ are the expected versions that the caller has
-- not seen in this database yet; that the others stand there needs no look.

CREATE FUNCTION log.append_plain(
    r_command uuid[],
    e_number int[], e_id uuid[], e_stream text[], e_version bigint[], e_type text[],
    e_schema_version smallint[], e_data text[], e_metadata text[], e_tags text[],
    a_digest bytea[], a_result text[], a_version bigint[], a_more int[],
    l_stream text[], l_version bigint[], g_stream text[], g_version bigint[], f_stream text[]
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head    bigint;
    now_at  timestamptz;
    nothing text;
BEGIN
    nothing := log.check_session();
    nothing := pg_advisory_xact_lock(7310868735423865709);
    -- From here on each statement sees everything that an earlier holder of the lock committed.
    SELECT coalesce(last.position, 0), greatest(last.recorded_at, clock_timestamp())
    INTO head, now_at
    FROM (SELECT) AS one LEFT JOIN (
        SELECT e.position, e.recorded_at FROM log.events e ORDER BY e.position DESC LIMIT 1
    ) last ON true
    WHERE NOT EXISTS (
            SELECT FROM unnest(l_stream, l_version) l (stream, version) WHERE NOT EXISTS (
                SELECT FROM log.events e WHERE e.stream = l.stream AND e.version = l.version))
        AND NOT EXISTS (
            SELECT FROM unnest(g_stream, g_version) g (stream, version), log.events e
            WHERE e.stream = g.stream AND e.version = g.version + 1)
        AND NOT EXISTS (SELECT FROM log.quiet_commands q WHERE q.id = ANY (r_command))
        AND NOT EXISTS (SELECT FROM log.ended_streams s WHERE s.stream = ANY (e_stream));
    IF head IS NULL THEN
        RETURN NULL;
    END IF;
    BEGIN
        PERFORM log.write(head, now_at, e_number, e_id, e_stream, e_version, e_type,
            e_schema_version, e_data, e_metadata, e_tags, a_digest, a_result, a_version, a_more);
    EXCEPTION WHEN unique_violation THEN
        RETURN NULL; -- A command that was accepted before, or a version that is taken.
    END;
    IF cardinality(f_stream) > 0 THEN
        INSERT INTO log.streams (stream) SELECT unnest(f_stream);
    END IF;
    nothing := pg_notify('berth_log', (head + cardinality(e_id))::text);
    RETURN head;
END
$$;

-- One event of one request. Every statement costs a lone append as much as its row, so there is
-- one, with as little in it as can be: whoever has more to ask has to use the others.
CREATE OR REPLACE FUNCTION log.append_one(
    command uuid, digest bytea, id uuid, stream text, version bigint, type text,
    schema_version smallint, data text, metadata text, tags text,
    result text, result_version bigint,
    l_stream text[], l_version bigint[], g_stream text[], g_version bigint[]
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    at      bigint;
    nothing text;
BEGIN
    IF cardinality(l_stream) > 0 OR cardinality(g_stream) > 1 THEN
        RETURN NULL;
    END IF;
    nothing := pg_advisory_xact_lock(7310868735423865709);
    BEGIN
        INSERT INTO log.events (position, recorded_at, id, stream, version, type, schema_version,
            data, metadata, tags, leaf_hash, request, result, result_version, result_position)
        SELECT e.at, e.now_at, append_one.id, append_one.stream, append_one.version,
            append_one.type, append_one.schema_version, append_one.data::json,
            append_one.metadata::json, append_one.tags::json,
            log.leaf_hash(e.at,
                to_char(e.now_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                append_one.id, append_one.stream, append_one.version, append_one.type,
                append_one.schema_version, append_one.data, append_one.metadata, append_one.tags),
            append_one.digest, append_one.result, append_one.result_version, e.at
        FROM (
            SELECT last.position + 1 AS at, greatest(last.recorded_at, clock_timestamp()) AS now_at
            FROM log.events last ORDER BY last.position DESC LIMIT 1) e
        -- Where an answer would not mean what it says, log.append() complains.
        WHERE current_setting('transaction_isolation') = 'read committed'
            AND current_setting('synchronous_commit') <> 'off'
            AND NOT EXISTS (
                SELECT FROM log.events e
                WHERE e.stream = g_stream[1] AND e.version = g_version[1] + 1)
            AND NOT EXISTS (
                SELECT FROM log.quiet_commands q WHERE q.id = append_one.command)
            AND NOT EXISTS (
                SELECT FROM log.ended_streams s WHERE s.stream = append_one.stream)
        RETURNING position INTO at;
    EXCEPTION WHEN unique_violation THEN
        RETURN NULL;
    END;
    IF at IS NULL THEN
        RETURN NULL;
    END IF;
    IF append_one.version = 1 THEN
        INSERT INTO log.streams (stream) VALUES (append_one.stream);
    END IF;
    nothing := pg_notify('berth_log', at::text);
    RETURN at;
END
$$;

REVOKE ALL ON FUNCTION log.append_plain FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.append_plain TO berth_service;
