-- What the relay remembers beside the NATS stream: how the stream's sequences and the positions of
-- the log belong together. It counts only once the stream has aged to empty and cannot tell.
--
-- Nothing here is truth. To lose it costs an alarm at most, and never an event.


CREATE TABLE work.relay (
    stream             text        NOT NULL PRIMARY KEY,
    created            text        NOT NULL, -- the broker's words, to the nanosecond
    sequence_offset    bigint      NOT NULL, -- sequence minus position
    position           bigint      NOT NULL, -- known to be published at some time
    -- What stood before a foreign message while one is in the stream: the position of the last
    -- event; 0 when the stream began with it; -1 when that is not known.
    before_foreign     bigint      CHECK (before_foreign >= -1),
    noted_at           timestamptz NOT NULL DEFAULT clock_timestamp()
);

GRANT SELECT, INSERT, UPDATE, DELETE ON work.relay TO berth_service;
