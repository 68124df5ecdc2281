-- The vault: secret values, encrypted, beside the log that names them by id, version and
-- fingerprint.
--
-- A value is encrypted with the data key of its record, and the data key with a master key that is
-- in a file and never here. Whoever has this database alone can read nothing.

CREATE SCHEMA vault;

-- The master keys that wrap or wrapped a data key, by name, with a word to recognize each.
CREATE TABLE vault.master_keys (
    id            text COLLATE "C" NOT NULL PRIMARY KEY,
    -- HMAC under the key: tells a wrong key of the same name before it does harm.
    check_value   bytea       NOT NULL,
    is_current    boolean     NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX master_keys_current ON vault.master_keys (is_current) WHERE is_current;

-- One secret value. To shred it is to drop its data key.
CREATE TABLE vault.records (
    id            uuid NOT NULL PRIMARY KEY,
    kind          text COLLATE "C" NOT NULL,
    master_key_id text COLLATE "C" REFERENCES vault.master_keys (id),
    wrapped_key   bytea,
    -- The highest version ever given out; it only grows, so that no version ever means two values.
    last_version  integer     NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    shredded_at   timestamptz,
    CHECK ((wrapped_key IS NULL) = (shredded_at IS NOT NULL)),
    CHECK ((wrapped_key IS NULL) = (master_key_id IS NULL))
);
CREATE INDEX records_by_master_key ON vault.records (master_key_id, id);

CREATE TABLE vault.versions (
    record_id  uuid        NOT NULL REFERENCES vault.records (id),
    version    integer     NOT NULL,
    ciphertext bytea       NOT NULL,
    -- Who brought it, and the id that the first event of that command has or would have. What a
    -- command left that was never recorded is swept away.
    command_id uuid        NOT NULL,
    event_id   uuid        NOT NULL,
    is_settled boolean     NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (record_id, version)
);
CREATE INDEX versions_unsettled ON vault.versions (created_at) WHERE NOT is_settled;

GRANT USAGE ON SCHEMA vault TO berth_service;
GRANT SELECT, INSERT, UPDATE ON vault.master_keys TO berth_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON vault.records, vault.versions TO berth_service;

-- The key of the digests of requests lives in the vault from here on: beside the digests it made
-- each of them an oracle for a short secret in a request.
ALTER TABLE work.instance DROP COLUMN digest_key;
