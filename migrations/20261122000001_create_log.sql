-- The log: events in one dense, commit-ordered sequence, and everything judged under its lock.
--
-- Tables belong to the role that runs this file. The service's role may read the log and execute
-- log.append(), and nothing else on it.

CREATE SCHEMA log;
CREATE SCHEMA work;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'berth_service') THEN
        CREATE ROLE berth_service NOLOGIN;
    END IF;
EXCEPTION
    -- Roles belong to the whole server: another database may be migrated at the same moment.
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

CREATE TABLE log.events (
    position       bigint      NOT NULL PRIMARY KEY,
    recorded_at    timestamptz NOT NULL,
    id             uuid        NOT NULL UNIQUE,
    stream         text COLLATE "C" NOT NULL,
    version        bigint      NOT NULL,
    type           text COLLATE "C" NOT NULL,
    schema_version smallint    NOT NULL,
    data           json        NOT NULL, -- exact canonical bytes; jsonb would reorder them
    metadata       json        NOT NULL,
    tags           json        NOT NULL,
    leaf_hash      bytea       NOT NULL,
    -- The first event of a command also keeps what was asked and what was answered, for ever: the
    -- memory behind Idempotency-Key. The id of that event is made from the id of the command.
    request         bytea,
    result          text,
    result_version  bigint,
    result_position bigint,
    UNIQUE (stream, version)
);

-- Every stream that has not ended. Its version is that of its last event.
CREATE TABLE log.streams (
    stream text COLLATE "C" NOT NULL PRIMARY KEY
);
-- The others, apart: few streams end, and every append asks.
CREATE TABLE log.ended_streams (
    stream text COLLATE "C" NOT NULL PRIMARY KEY
);

-- Accepted commands that made no event, with their answers.
CREATE TABLE log.quiet_commands (
    id              uuid   NOT NULL PRIMARY KEY,
    request         bytea  NOT NULL,
    result          text   NOT NULL,
    result_version  bigint NOT NULL,
    result_position bigint NOT NULL
);

CREATE TABLE log.names (
    scope  text COLLATE "C" NOT NULL,
    key    text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    PRIMARY KEY (scope, key)
);

CREATE TABLE log.references (
    to_stream   text COLLATE "C" NOT NULL,
    from_stream text COLLATE "C" NOT NULL,
    PRIMARY KEY (to_stream, from_stream)
);
CREATE INDEX references_by_user ON log.references (from_stream);

CREATE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA,
        TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.events
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.quiet_commands
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();

-- The functions that log.append() is made of run with its rights and its search path.

-- Judges names and references. s_what is free, take, unrefer, refer, end or referrers; s_stream is
-- the stream that claims, s_other the scope of a name or the stream referred to, s_key the name, or
-- all that referred to the stream when the decision was made, with a space between two.
CREATE FUNCTION log.judge_claims(
    s_request int[], s_what text[], s_stream text[], s_other text[], s_key text[]
) RETURNS TABLE (request int, outcome text, stream text, detail text[])
LANGUAGE sql STABLE AS $$
    WITH claim AS (
        SELECT * FROM unnest(s_request, s_what, s_stream, s_other, s_key)
            c (request, what, stream, other, key)
    )
    SELECT c.request, 'name_taken', n.stream, ARRAY[c.other, c.key]
    FROM claim c JOIN log.names n ON n.scope = c.other AND n.key = c.key
    WHERE c.what = 'take' AND n.stream <> c.stream
    UNION ALL
    SELECT c.request, 'ended', c.other, NULL
    FROM claim c JOIN log.ended_streams s ON s.stream = c.other
    WHERE c.what = 'refer'
    UNION ALL
    SELECT c.request, 'lost_race', c.other, NULL
    FROM claim c
    WHERE c.what = 'referrers' AND c.key <> coalesce((
        SELECT string_agg(r.from_stream, ' ' ORDER BY r.from_stream)
        FROM log.references r WHERE r.to_stream = c.other), '')
    UNION ALL
    SELECT c.request, 'referred', c.stream, (
        SELECT array_agg(shown.from_stream) FROM (
            SELECT r.from_stream FROM log.references r
            WHERE r.to_stream = c.stream ORDER BY r.from_stream LIMIT 100) shown)
    FROM claim c
    WHERE c.what = 'end' AND EXISTS (
        SELECT FROM log.references r WHERE r.to_stream = c.stream)
$$;

-- Writes the names and references of the accepted requests.
CREATE FUNCTION log.apply_claims(
    verdict text[], s_request int[], s_what text[], s_stream text[], s_other text[], s_key text[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. cardinality(s_request) LOOP
        CONTINUE WHEN verdict[s_request[i]] IS NOT NULL;
        CASE s_what[i]
        WHEN 'free' THEN
            DELETE FROM log.names n
            WHERE n.scope = s_other[i] AND n.key = s_key[i] AND n.stream = s_stream[i];
        WHEN 'take' THEN
            -- Its own name in another spelling is no conflict; anybody else's was judged before.
            INSERT INTO log.names (scope, key, stream)
            SELECT s_other[i], s_key[i], s_stream[i]
            WHERE NOT EXISTS (SELECT FROM log.names n WHERE n.scope = s_other[i]
                AND n.key = s_key[i] AND n.stream = s_stream[i]);
        WHEN 'unrefer' THEN
            DELETE FROM log.references r
            WHERE r.to_stream = s_other[i] AND r.from_stream = s_stream[i];
        WHEN 'refer' THEN
            INSERT INTO log.references (to_stream, from_stream)
            SELECT s_other[i], s_stream[i]
            WHERE NOT EXISTS (SELECT FROM log.references r
                WHERE r.to_stream = s_other[i] AND r.from_stream = s_stream[i]);
        WHEN 'referrers' THEN
            NULL; -- It was only asked for.
        WHEN 'end' THEN
            INSERT INTO log.ended_streams (stream) VALUES (s_stream[i]);
            DELETE FROM log.streams s WHERE s.stream = s_stream[i];
            DELETE FROM log.references r WHERE r.from_stream = s_stream[i];
        END CASE;
    END LOOP;
END
$$;

-- Says of each request what speaks against it: NULL where nothing does. Called under the lock.
CREATE FUNCTION log.judge(
    r_command uuid[], r_digest bytea[], r_first uuid[], e_request int[], e_stream text[],
    x_request int[], x_stream text[], x_version bigint[],
    s_request int[], s_what text[], s_stream text[], s_other text[], s_key text[],
    OUT verdict text[], OUT refused jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    judged record;
BEGIN
    verdict := array_fill(NULL::text, ARRAY[cardinality(r_command)]);
    refused := '[]';
    FOR judged IN
        -- A command that was accepted before: its first answer, whatever has changed since.
        SELECT r.n AS request, 1 AS rank,
            CASE WHEN before.request = r.digest THEN 'repeated' ELSE 'key_reused' END AS outcome,
            CASE WHEN before.request = r.digest THEN jsonb_build_object('result', before.result,
                'version', before.result_version, 'position', before.result_position)
            ELSE '{}' END AS more
        FROM unnest(r_command, r_digest, r_first) WITH ORDINALITY r (id, digest, first, n),
        LATERAL (
            SELECT q.request, q.result, q.result_version, q.result_position
            FROM log.quiet_commands q WHERE q.id = r.id
            UNION ALL
            SELECT e.request, e.result, e.result_version, e.result_position
            FROM log.events e WHERE e.id = r.first) before
        UNION ALL
        SELECT x.request, 2, 'lost_race',
            jsonb_build_object('stream', x.stream, 'version', now.version)
        FROM unnest(x_request, x_stream, x_version) x (request, stream, version),
            LATERAL (SELECT coalesce(max(e.version), 0) AS version
                FROM log.events e WHERE e.stream = x.stream) now
        WHERE now.version <> x.version
        UNION ALL
        SELECT e.request, 3, 'ended', jsonb_build_object('stream', e.stream)
        FROM unnest(e_request, e_stream) e (request, stream)
        JOIN log.ended_streams s ON s.stream = e.stream
        UNION ALL
        SELECT c.request, 4, c.outcome,
            jsonb_build_object('stream', c.stream, 'detail', c.detail)
        FROM log.judge_claims(s_request, s_what, s_stream, s_other, s_key) c
        ORDER BY 2
    LOOP
        CONTINUE WHEN verdict[judged.request] IS NOT NULL;
        verdict[judged.request] := judged.outcome;
        refused := refused || (judged.more || jsonb_build_object(
            'request', judged.request, 'outcome', judged.outcome));
    END LOOP;
END
$$;

-- The leaf of RFC 9162: of a zero byte and the canonical JSON of the whole event.
CREATE FUNCTION log.leaf_hash(
    at bigint, at_text text, id uuid, stream text, version bigint, type text,
    schema_version smallint, data text, metadata text, tags text
) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256('\x00'::bytea || convert_to(concat(
        '{"data":', data, ',"id":"', id, '","metadata":', metadata,
        ',"position":', at, ',"recorded_at":"', at_text, '","schema_version":', schema_version,
        ',"stream":"', stream, '","tags":', tags, ',"type":"', type, '","version":', version, '}'
    ), 'UTF8'))
$$;

-- Refuses to work where an answer would not mean what it says.
CREATE FUNCTION log.check_session() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'log.append needs read committed: an older snapshot has an older head';
    END IF;
    IF current_setting('synchronous_commit') = 'off' THEN
        RAISE EXCEPTION 'log.append needs synchronous_commit: an answer means durable';
    END IF;
END
$$;

-- Writes events behind the head, in the order of their numbers; one without a number is left out.
CREATE FUNCTION log.write(
    head bigint, now_at timestamptz, e_number int[], e_id uuid[], e_stream text[],
    e_version bigint[], e_type text[], e_schema_version smallint[], e_data text[],
    e_metadata text[], e_tags text[], a_digest bytea[], a_result text[], a_version bigint[],
    a_more int[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    at_text text := to_char(now_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
BEGIN
    INSERT INTO log.events (position, recorded_at, id, stream, version, type, schema_version,
        data, metadata, tags, leaf_hash, request, result, result_version, result_position)
    SELECT head + e.number, now_at, e.id, e.stream, e.version, e.type, e.schema_version,
        e.data::json, e.metadata::json, e.tags::json,
        log.leaf_hash(head + e.number, at_text, e.id, e.stream, e.version, e.type,
            e.schema_version, e.data, e.metadata, e.tags),
        e.digest, e.result, e.result_version, head + e.number + e.more
    FROM (
        -- Side by side in a select list they need no table to be kept in meanwhile.
        SELECT unnest(e_number) AS number, unnest(e_id) AS id, unnest(e_stream) AS stream,
            unnest(e_version) AS version, unnest(e_type) AS type,
            unnest(e_schema_version) AS schema_version, unnest(e_data) AS data,
            unnest(e_metadata) AS metadata, unnest(e_tags) AS tags, unnest(a_digest) AS digest,
            unnest(a_result) AS result, unnest(a_version) AS result_version,
            unnest(a_more) AS more) e
    WHERE e.number IS NOT NULL;
END
$$;

-- Appends a batch of requests under one lock. Each request is judged alone; one that is refused
-- leaves no trace and does not disturb the others.
--
-- The caller sees to it that no two requests of a batch share a command, a stream that one of them
-- writes, or a name; the primary keys refuse the whole batch otherwise. Arrays with the same prefix
-- belong together: r_ one element a request (numbered from 1; r_first is the id that its first
-- event has or would have), e_ events (e_number counts them from 1), a_ the answer to a command
-- beside the first of its events (a_more counts the others), NULL beside the others, q_ the answers
-- to commands without events, x_ the expected versions (l_ those of streams that have events, each
-- once; g_ those of streams that are only read, each once), s_ names and references. f_stream are
-- the streams that begin.
--
-- Answers the head before the batch. Where all was stored, that is all: the event with the number
-- n is at head + n. Otherwise `placed` has, for each request that was stored, the position that
-- shows it, and `refused` an object for each of the others: request, outcome, and what belongs to
-- the outcome (repeated: result, version, position; key_reused; lost_race: stream, version;
-- name_taken and referred: stream, detail; ended: stream).
--
-- Nearly always nothing speaks against a batch. So one look asks whether anything does, the unique
-- indexes tell repeated commands and lost races, and only then is each request judged.
CREATE FUNCTION log.append(
    r_command uuid[], r_digest bytea[], r_first uuid[],
    e_request int[], e_number int[], e_id uuid[], e_stream text[], e_version bigint[],
    e_type text[], e_schema_version smallint[], e_data text[], e_metadata text[], e_tags text[],
    a_digest bytea[], a_result text[], a_version bigint[], a_more int[],
    q_request int[], q_result text[], q_version bigint[],
    x_request int[], x_stream text[], x_version bigint[],
    l_stream text[], l_version bigint[], g_stream text[], g_version bigint[], f_stream text[],
    s_request int[], s_what text[], s_stream text[], s_other text[], s_key text[],
    OUT head bigint, OUT placed bigint[], OUT refused jsonb
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now_at  timestamptz;
    clash   boolean;
    verdict text[];
    stored  int := cardinality(e_id);
    nothing text;
BEGIN
    nothing := log.check_session();
    nothing := pg_advisory_xact_lock(7310868735423865709);
    -- From here on each statement sees everything that an earlier holder of the lock committed.
    SELECT coalesce(last.position, 0), greatest(last.recorded_at, clock_timestamp()),
        EXISTS (
            SELECT FROM unnest(l_stream, l_version) l (stream, version) WHERE NOT EXISTS (
                SELECT FROM log.events e WHERE e.stream = l.stream AND e.version = l.version))
        OR EXISTS (
            SELECT FROM unnest(g_stream, g_version) g (stream, version), log.events e
            WHERE e.stream = g.stream AND e.version = g.version + 1)
        OR EXISTS (SELECT FROM log.quiet_commands q WHERE q.id = ANY (r_command))
        OR EXISTS (SELECT FROM log.ended_streams s WHERE s.stream = ANY (e_stream))
    INTO head, now_at, clash
    FROM (SELECT) AS one LEFT JOIN (
        SELECT e.position, e.recorded_at FROM log.events e ORDER BY e.position DESC LIMIT 1
    ) last ON true;
    clash := clash OR cardinality(s_request) > 0 OR cardinality(q_request) > 0;

    IF NOT clash THEN
        BEGIN
            PERFORM log.write(head, now_at, e_number, e_id, e_stream, e_version, e_type,
                e_schema_version, e_data, e_metadata, e_tags, a_digest, a_result, a_version,
                a_more);
        EXCEPTION WHEN unique_violation THEN
            clash := true;
        END;
    END IF;
    IF clash THEN
        SELECT j.verdict, j.refused INTO verdict, refused FROM log.judge(
            r_command, r_digest, r_first, e_request, e_stream, x_request, x_stream, x_version,
            s_request, s_what, s_stream, s_other, s_key) j;
        -- Numbers go to accepted requests only, so that a refusal leaves no hole.
        stored := 0;
        FOR i IN 1 .. cardinality(r_command) LOOP
            placed[i] := CASE WHEN verdict[i] IS NULL THEN head END;
        END LOOP;
        FOR i IN 1 .. cardinality(e_id) LOOP
            e_number[i] := NULL;
            IF verdict[e_request[i]] IS NULL THEN
                stored := stored + 1;
                e_number[i] := stored;
                placed[e_request[i]] := head + stored;
            ELSIF e_version[i] = 1 THEN
                f_stream := array_remove(f_stream, e_stream[i]);
            END IF;
        END LOOP;
        PERFORM log.write(head, now_at, e_number, e_id, e_stream, e_version, e_type,
            e_schema_version, e_data, e_metadata, e_tags, a_digest, a_result, a_version, a_more);
        PERFORM log.apply_claims(verdict, s_request, s_what, s_stream, s_other, s_key);
        INSERT INTO log.quiet_commands (id, request, result, result_version, result_position)
        SELECT r_command[q.request], r_digest[q.request], q.result, q.version, head
        FROM unnest(q_request, q_result, q_version) q (request, result, version)
        WHERE verdict[q.request] IS NULL;
    END IF;

    IF cardinality(f_stream) > 0 THEN
        INSERT INTO log.streams (stream) SELECT unnest(f_stream);
    END IF;
    IF stored > 0 THEN
        nothing := pg_notify('berth_log', (head + stored)::text);
    END IF;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA log FROM PUBLIC;
GRANT USAGE ON SCHEMA log TO berth_service;
GRANT SELECT ON ALL TABLES IN SCHEMA log TO berth_service;
GRANT EXECUTE ON FUNCTION log.append TO berth_service;

-- What the service keeps beside the log: places, tokens, sightings. It may be lost; the log not.
GRANT USAGE ON SCHEMA work TO berth_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA work
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO berth_service;

-- Read models make their own schemas, so that a rebuild can fill a new one beside the old.
DO $$
BEGIN
    EXECUTE format('GRANT CREATE ON DATABASE %I TO berth_service', current_database());
END
$$;
