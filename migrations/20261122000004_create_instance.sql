-- Who this Berth is: one row, made once. All processes over one database are one instance.

CREATE TABLE work.instance (
    only_row   boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (only_row),
    -- Names the instance in the `source` of every published event.
    id         uuid    NOT NULL DEFAULT gen_random_uuid(),
    -- Keys the digests by which a repeated request is told from another one: 244 random bits.
    digest_key bytea   NOT NULL DEFAULT sha256(
        convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))
);
INSERT INTO work.instance DEFAULT VALUES;
REVOKE INSERT, UPDATE, DELETE ON work.instance FROM berth_service;
