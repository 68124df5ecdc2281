-- A row of the index of tags holds all positions of one tag in one round, not one of them: under
-- load a round has many events of the same things, and rows are what the index costs.

CREATE TABLE log.tag_rounds (
    tag       text COLLATE "C" NOT NULL,
    -- The first position of the round. Rounds do not overlap, so this also orders what is in them.
    round     bigint NOT NULL,
    positions bigint[] NOT NULL, -- in no order
    PRIMARY KEY (tag, round)
);
-- To compress would cost more than it saves.
ALTER TABLE log.tag_rounds ALTER positions SET STORAGE EXTERNAL;

INSERT INTO log.tag_rounds (tag, round, positions)
SELECT t.tag, t.position / 10000 * 10000, array_agg(t.position)
FROM log.tags t GROUP BY 1, 2 ORDER BY 1, 2;

CREATE OR REPLACE VIEW log.tagged AS
    SELECT t.tag, p.position FROM log.tag_rounds t, unnest(t.positions) p (position)
    UNION ALL
    SELECT t.tag COLLATE "C", e.position
    FROM log.events e, json_array_elements_text(e.tags) t (tag)
    WHERE e.position > (SELECT i.position FROM log.tags_indexed i);

DROP TABLE log.tags;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.tag_rounds
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();

-- Indexes the tags of the next events, at most so many, and says how many there were. It loses
-- nothing by a lazy commit: what a crash takes back is indexed again.
CREATE OR REPLACE FUNCTION log.index_tags(most int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
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
    INSERT INTO log.tag_rounds (tag, round, positions)
    SELECT t.tag, done + 1, array_agg(e.position)
    FROM log.events e, json_array_elements_text(e.tags) t (tag)
    WHERE e.position > done AND e.position <= goal
    GROUP BY t.tag;
    UPDATE log.tags_indexed SET position = goal;
    RETURN goal - done;
END
$$;

GRANT SELECT ON log.tag_rounds TO berth_service;
