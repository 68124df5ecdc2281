-- Who may ask: principals and their tokens, as far as the log must not know them. Names, e-mail
-- addresses and what an identity provider calls somebody live here and never in the log, which
-- knows a principal by its random id alone: here they can be changed and erased.

CREATE TABLE work.principals (
    id         uuid        NOT NULL PRIMARY KEY,
    name       text        NOT NULL,
    email      text,
    -- Who vouches for it, and under which name: `iss` and `sub` of its OIDC tokens.
    issuer     text,
    subject    text,
    -- The operator's own: an administrator by the configuration, whatever the log says.
    operator   boolean     NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((issuer IS NULL) = (subject IS NULL)),
    UNIQUE (issuer, subject)
);
CREATE UNIQUE INDEX principals_operator ON work.principals (operator) WHERE operator;

-- A token is kept as its SHA-256 alone: it is long and random, so nothing slower is needed, and
-- whoever reads this table cannot use what is in it. Whether it is valid says the log, which knows
-- its id; the first token alone is not there, but in the operator's configuration.
CREATE TABLE work.tokens (
    hash         bytea       NOT NULL PRIMARY KEY CHECK (octet_length(hash) = 32),
    id           uuid        NOT NULL UNIQUE,
    principal_id uuid        NOT NULL REFERENCES work.principals (id),
    description  text,
    -- Set by the operator's configuration, which replaces it when it changes.
    bootstrap    boolean     NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL DEFAULT now()
);

-- The worker acts under this id when it reports what a cluster showed.
INSERT INTO work.principals (id, name)
VALUES ('01930000-0000-7000-8000-000000000001', 'worker');

GRANT SELECT, INSERT, UPDATE, DELETE ON work.principals, work.tokens TO berth_service;
