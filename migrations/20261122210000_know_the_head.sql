-- Who wrote the end of the log knows much about it, and need not have it looked up again under the
-- lock: that a stream has not ended since it was written, that another has not moved on, and for a
-- lone append even where the head is.

-- What belongs in the lock is only what has to be: JSON is parsed before. s_stream are those
-- streams that may have ended; log.append() explains the others. Answers the head before the batch
-- and the time of the batch, or NULL, with nothing left, where anything may speak against it.
DROP FUNCTION log.append_plain;
CREATE FUNCTION log.append_plain(
    r_command uuid[],
    e_number int[], e_id uuid[], e_stream text[], e_version bigint[], e_type text[],
    e_schema_version smallint[], e_data json[], e_metadata json[], e_tags json[],
    a_digest bytea[], a_result text[], a_version bigint[], a_more int[],
    l_stream text[], l_version bigint[], g_stream text[], g_version bigint[], s_stream text[],
    f_stream text[], OUT head bigint, OUT now_at timestamptz
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
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
        AND NOT EXISTS (SELECT FROM log.ended_streams s WHERE s.stream = ANY (s_stream));
    IF head IS NULL THEN
        RETURN;
    END IF;
    DECLARE
        at_text text := to_char(now_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
    BEGIN
        INSERT INTO log.events (position, recorded_at, id, stream, version, type, schema_version,
            data, metadata, tags, leaf_hash, request, result, result_version, result_position)
        SELECT head + e.number, now_at, e.id, e.stream, e.version, e.type, e.schema_version,
            e.data, e.metadata, e.tags,
            log.leaf_hash(head + e.number, at_text, e.id, e.stream, e.version, e.type,
                e.schema_version, e.data::text, e.metadata::text, e.tags::text),
            e.digest, e.result, e.result_version, head + e.number + e.more
        FROM (
            -- Side by side in a select list they need no table to be kept in meanwhile.
            SELECT unnest(e_number) AS number, unnest(e_id) AS id, unnest(e_stream) AS stream,
                unnest(e_version) AS version, unnest(e_type) AS type,
                unnest(e_schema_version) AS schema_version, unnest(e_data) AS data,
                unnest(e_metadata) AS metadata, unnest(e_tags) AS tags, unnest(a_digest) AS digest,
                unnest(a_result) AS result, unnest(a_version) AS result_version,
                unnest(a_more) AS more) e;
    EXCEPTION WHEN unique_violation THEN
        head := NULL; -- A command that was accepted before, or a version that is taken.
        RETURN;
    END;
    IF cardinality(f_stream) > 0 THEN
        INSERT INTO log.streams (stream) SELECT unnest(f_stream);
    END IF;
    nothing := pg_notify('berth_log', (head + cardinality(e_id))::text);
END
$$;

-- One event of one request, behind the head that the caller saw committed in this database; head_at
-- is the time recorded there. Where the log has moved on, its position is taken: that alone tells
-- that nothing else happened since. The caller knows that the stream has begun and not ended, and
-- that what was read has not moved on. Answers the time of the event, or NULL, with nothing left.
--
-- Every statement costs a lone append as much as its row, so there is one.
DROP FUNCTION log.append_one;
CREATE FUNCTION log.append_one(
    head bigint, head_at timestamptz,
    command uuid, digest bytea, id uuid, stream text, version bigint, type text,
    schema_version smallint, data json, metadata json, tags json,
    result text, result_version bigint
) RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    at      timestamptz;
    nothing text;
BEGIN
    nothing := pg_advisory_xact_lock(7310868735423865709);
    INSERT INTO log.events (position, recorded_at, id, stream, version, type, schema_version,
        data, metadata, tags, leaf_hash, request, result, result_version, result_position)
    SELECT head + 1, e.now_at, append_one.id, append_one.stream, append_one.version,
        append_one.type, append_one.schema_version, append_one.data, append_one.metadata,
        append_one.tags,
        log.leaf_hash(head + 1,
            to_char(e.now_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            append_one.id, append_one.stream, append_one.version, append_one.type,
            append_one.schema_version, append_one.data::text, append_one.metadata::text,
            append_one.tags::text),
        append_one.digest, append_one.result, append_one.result_version, head + 1
    FROM (SELECT greatest(head_at, clock_timestamp()) AS now_at) e
    -- Where an answer would not mean what it says, log.append_plain() complains.
    WHERE current_setting('transaction_isolation') = 'read committed'
        AND current_setting('synchronous_commit') <> 'off'
        AND NOT EXISTS (SELECT FROM log.quiet_commands q WHERE q.id = append_one.command)
    ON CONFLICT DO NOTHING
    RETURNING recorded_at INTO at;
    IF at IS NOT NULL THEN
        nothing := pg_notify('berth_log', (head + 1)::text);
    END IF;
    RETURN at;
END
$$;

REVOKE ALL ON FUNCTION log.append_plain, log.append_one FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.append_plain, log.append_one TO berth_service;
