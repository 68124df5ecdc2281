-- Who may ask: principals and their tokens. Names live here and never in the log, which knows a
-- principal by its random id alone.


CREATE TABLE work.principals (
    id         uuid        NOT NULL PRIMARY KEY,
    name       text        NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- A token is kept as its SHA-256 alone: it is long and random, so nothing slower is needed, and
-- whoever reads this table cannot use what is in it.
CREATE TABLE work.tokens (
    hash         bytea       NOT NULL PRIMARY KEY CHECK (octet_length(hash) = 32),
    principal_id uuid        NOT NULL REFERENCES work.principals (id),
    -- Set by the operator's configuration, which replaces it when it changes.
    bootstrap    boolean     NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    revoked_at   timestamptz
);

-- The worker acts under this id when it reports what a cluster showed.
INSERT INTO work.principals (id, name)
VALUES ('01930000-0000-7000-8000-000000000001', 'worker');

GRANT SELECT, INSERT, UPDATE, DELETE ON work.principals, work.tokens TO berth_service;
