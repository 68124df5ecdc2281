-- Which events touched a thing, across streams.
--
-- Three more rows an event would be half the work under the lock, so the index is written a little
-- behind the appends. Nobody sees that: the view goes on with the events where the index ends.

CREATE TABLE log.tags (
    tag      text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (tag, position)
);
CREATE TABLE log.tags_indexed (position bigint NOT NULL);
INSERT INTO log.tags_indexed VALUES (0);
CREATE VIEW log.tagged AS
    SELECT t.tag, t.position FROM log.tags t
    UNION ALL
    SELECT t.tag COLLATE "C", e.position
    FROM log.events e, json_array_elements_text(e.tags) t (tag)
    WHERE e.position > (SELECT i.position FROM log.tags_indexed i);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.tags
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();

-- Indexes the tags of the next events, at most so many, and says how many there were. It loses
-- nothing by a lazy commit: what a crash takes back is indexed again.
CREATE FUNCTION log.index_tags(most int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET synchronous_commit = off AS $$
DECLARE
    done bigint;
    goal bigint;
BEGIN
    SELECT i.position INTO done FROM log.tags_indexed i FOR UPDATE SKIP LOCKED;
    IF done IS NULL THEN
        RETURN 0; -- Somebody else is at it.
    END IF;
    SELECT least(coalesce(max(e.position), 0), done + most) INTO goal FROM log.events e;
    IF goal <= done THEN
        RETURN 0;
    END IF;
    INSERT INTO log.tags (tag, position)
    SELECT t.tag, e.position
    FROM log.events e, json_array_elements_text(e.tags) t (tag)
    WHERE e.position > done AND e.position <= goal
    ORDER BY 1, 2;
    UPDATE log.tags_indexed SET position = goal;
    RETURN goal - done;
END
$$;

REVOKE ALL ON FUNCTION log.index_tags FROM PUBLIC;
GRANT SELECT ON log.tags, log.tags_indexed, log.tagged TO berth_service;
GRANT EXECUTE ON FUNCTION log.index_tags TO berth_service;
