-- Appends one event of one request without claims, which is what a lone command mostly is. Answers
-- its position, or NULL where anything may speak against it: then log.append() judges it.
--
-- Every statement costs a lone append as much as its row, so there is one. Parameters mean what the
-- elements of the arrays of log.append() mean.
CREATE FUNCTION log.append_one(
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
    nothing := log.check_session();
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
            SELECT coalesce(last.position, 0) + 1 AS at,
                greatest(last.recorded_at, clock_timestamp()) AS now_at
            FROM (SELECT) AS one LEFT JOIN (
                SELECT e.position, e.recorded_at FROM log.events e ORDER BY e.position DESC LIMIT 1
            ) last ON true OFFSET 0) e
        WHERE NOT EXISTS (
                SELECT FROM unnest(l_stream, l_version) l (stream, version) WHERE NOT EXISTS (
                    SELECT FROM log.events e WHERE e.stream = l.stream AND e.version = l.version))
            AND NOT EXISTS (
                SELECT FROM unnest(g_stream, g_version) g (stream, version), log.events e
                WHERE e.stream = g.stream AND e.version = g.version + 1)
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

REVOKE ALL ON FUNCTION log.append_one FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.append_one TO berth_service;
