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
    UNIQUE (stream, version)
);
CREATE INDEX events_by_type ON log.events (type, position);

-- The head of each stream: what an expected version is compared with.
CREATE TABLE log.streams (
    stream  text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint  NOT NULL,
    ended   boolean NOT NULL DEFAULT false
) WITH (fillfactor = 70);

-- Every accepted command with its answer, for ever: the memory behind Idempotency-Key.
CREATE TABLE log.commands (
    id       uuid   NOT NULL PRIMARY KEY,
    request  bytea  NOT NULL,
    result   text   NOT NULL,
    version  bigint NOT NULL,
    position bigint NOT NULL
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

CREATE TABLE log.tags (
    tag      text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (tag, position)
);

CREATE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA,
        TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.events
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.tags
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.commands
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();

-- Judges names and references. s_what is free, take, unrefer, refer or end; s_stream is the stream
-- that claims, s_other the scope of a name or the stream referred to, s_key the name.
CREATE FUNCTION log.judge_claims(
    s_request int[], s_what text[], s_stream text[], s_other text[], s_key text[]
) RETURNS TABLE (request int, outcome text, stream text, detail text[])
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH claim AS (
        SELECT * FROM unnest(s_request, s_what, s_stream, s_other, s_key)
            c (request, what, stream, other, key)
    )
    SELECT c.request, 'name_taken', n.stream, ARRAY[c.other, c.key]
    FROM claim c JOIN log.names n ON n.scope = c.other AND n.key = c.key
    WHERE c.what = 'take' AND n.stream <> c.stream
    UNION ALL
    SELECT c.request, 'ended', c.other, NULL
    FROM claim c JOIN log.streams s ON s.stream = c.other AND s.ended
    WHERE c.what = 'refer'
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
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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
        WHEN 'end' THEN
            UPDATE log.streams s SET ended = true WHERE s.stream = s_stream[i];
            DELETE FROM log.references r WHERE r.from_stream = s_stream[i];
        END CASE;
    END LOOP;
END
$$;

-- Appends a batch of requests under one lock. Each request is judged alone; one that is refused
-- leaves no trace and does not disturb the others.
--
-- The caller sees to it that no two requests of a batch share a command, a stream that one of them
-- writes, or a name; the primary keys refuse the whole batch otherwise. Arrays with the same prefix
-- belong together: r_ one element a request (numbered from 1), e_ events, t_ their tags, x_
-- expected versions, s_ names and references.
--
-- Answers one row a request. Outcome: stored or repeated, with result, version and position;
-- key_reused; lost_race, with the stream and its version; name_taken, with the stream that has it,
-- scope and key; referred, with the stream and its referrers; ended, with the stream.
CREATE FUNCTION log.append(
    r_command uuid[], r_request bytea[], r_result text[], r_version bigint[],
    e_request int[], e_id uuid[], e_stream text[], e_version bigint[], e_type text[],
    e_schema_version smallint[], e_data text[], e_metadata text[], e_tags text[],
    t_event int[], t_tag text[],
    x_request int[], x_stream text[], x_version bigint[],
    s_request int[], s_what text[], s_stream text[], s_other text[], s_key text[]
) RETURNS TABLE (
    request int, outcome text, result text, version bigint, "position" bigint,
    stream text, detail text[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    head    bigint;
    last_at timestamptz;
    now_at  timestamptz;
    at_text text;
    -- One element a request: NULL while nothing speaks against it.
    verdict text[] := array_fill(NULL::text, ARRAY[cardinality(r_command)]);
    -- One element a request: the position of its last event.
    placed  bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(r_command)]);
    -- One element an event: its position, NULL if its request is refused.
    at      bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(e_id)]);
    judged  record;
    stored  int := 0;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'log.append needs read committed: an older snapshot has an older head';
    END IF;
    IF current_setting('synchronous_commit') = 'off' THEN
        RAISE EXCEPTION 'log.append needs synchronous_commit: an answer means durable';
    END IF;
    PERFORM pg_advisory_xact_lock(7310868735423865709);
    -- From here on each statement sees everything that an earlier holder of the lock committed.
    SELECT e.position, e.recorded_at INTO head, last_at
        FROM log.events e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    now_at := greatest(last_at, clock_timestamp());
    at_text := to_char(now_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

    FOR judged IN
        SELECT r.n::int AS n, c.request = r.request AS same, c.result, c.version, c.position
        FROM unnest(r_command, r_request) WITH ORDINALITY r (id, request, n)
        JOIN log.commands c ON c.id = r.id
    LOOP
        verdict[judged.n] := CASE WHEN judged.same THEN 'repeated' ELSE 'key_reused' END;
        request := judged.n;
        outcome := verdict[judged.n];
        result := CASE WHEN judged.same THEN judged.result END;
        version := CASE WHEN judged.same THEN judged.version END;
        "position" := CASE WHEN judged.same THEN judged.position END;
        RETURN NEXT;
    END LOOP;
    result := NULL; version := NULL; "position" := NULL;

    FOR judged IN
        SELECT x.request, x.stream, coalesce(s.version, 0) AS version,
            coalesce(s.version, 0) <> x.version AS moved
        FROM unnest(x_request, x_stream, x_version) x (request, stream, version)
        LEFT JOIN log.streams s ON s.stream = x.stream
        WHERE coalesce(s.version, 0) <> x.version
            OR s.ended AND EXISTS (
                SELECT FROM unnest(e_request, e_stream) e (request, stream)
                WHERE e.request = x.request AND e.stream = x.stream)
    LOOP
        CONTINUE WHEN verdict[judged.request] IS NOT NULL;
        verdict[judged.request] := CASE WHEN judged.moved THEN 'lost_race' ELSE 'ended' END;
        request := judged.request;
        outcome := verdict[judged.request];
        version := judged.version;
        stream := judged.stream;
        RETURN NEXT;
    END LOOP;
    version := NULL;

    IF cardinality(s_request) > 0 THEN
        FOR judged IN
            SELECT * FROM log.judge_claims(s_request, s_what, s_stream, s_other, s_key)
        LOOP
            CONTINUE WHEN verdict[judged.request] IS NOT NULL;
            verdict[judged.request] := judged.outcome;
            request := judged.request;
            outcome := judged.outcome;
            stream := judged.stream;
            detail := judged.detail;
            RETURN NEXT;
        END LOOP;
        detail := NULL;
    END IF;
    stream := NULL;

    -- Positions go to accepted requests only, so that a refusal leaves no hole.
    FOR i IN 1 .. cardinality(e_id) LOOP
        IF verdict[e_request[i]] IS NULL THEN
            stored := stored + 1;
            at[i] := head + stored;
            placed[e_request[i]] := head + stored;
        END IF;
    END LOOP;

    IF stored > 0 THEN
        INSERT INTO log.events (position, recorded_at, id, stream, version, type, schema_version,
            data, metadata, tags, leaf_hash)
        SELECT e.at, now_at, e.id, e.stream, e.version, e.type, e.schema_version,
            e.data::json, e.metadata::json, e.tags::json,
            sha256('\x00'::bytea || convert_to(concat(
                '{"data":', e.data, ',"id":"', e.id, '","metadata":', e.metadata,
                ',"position":', e.at, ',"recorded_at":"', at_text,
                '","schema_version":', e.schema_version, ',"stream":"', e.stream,
                '","tags":', e.tags, ',"type":"', e.type, '","version":', e.version, '}'
            ), 'UTF8'))
        FROM unnest(at, e_id, e_stream, e_version, e_type, e_schema_version, e_data, e_metadata,
            e_tags) e (at, id, stream, version, type, schema_version, data, metadata, tags)
        WHERE e.at IS NOT NULL;

        INSERT INTO log.tags (tag, position)
        SELECT t.tag, at[t.event] FROM unnest(t_event, t_tag) t (event, tag)
        WHERE at[t.event] IS NOT NULL;

        INSERT INTO log.streams AS s (stream, version)
        SELECT e.stream, max(e.version) FROM unnest(at, e_stream, e_version) e (at, stream, version)
        WHERE e.at IS NOT NULL GROUP BY e.stream
        ON CONFLICT (stream) DO UPDATE SET version = excluded.version;
    END IF;

    IF cardinality(s_request) > 0 THEN
        PERFORM log.apply_claims(verdict, s_request, s_what, s_stream, s_other, s_key);
    END IF;

    INSERT INTO log.commands (id, request, result, version, position)
    SELECT r.id, r.request, r.result, r.version, coalesce(r.placed, head)
    FROM unnest(r_command, r_request, r_result, r_version, placed, verdict)
        r (id, request, result, version, placed, verdict)
    WHERE r.verdict IS NULL;

    outcome := 'stored';
    FOR i IN 1 .. cardinality(r_command) LOOP
        IF verdict[i] IS NULL THEN
            request := i;
            result := r_result[i];
            version := r_version[i];
            "position" := coalesce(placed[i], head);
            RETURN NEXT;
        END IF;
    END LOOP;

    IF stored > 0 THEN
        PERFORM pg_notify('berth_log', (head + stored)::text);
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
