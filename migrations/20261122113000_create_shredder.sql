-- How far the log has been read for what was given up: everything up to here is shredded.

CREATE TABLE vault.shredder (
    only_row boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint  NOT NULL DEFAULT 0
);
INSERT INTO vault.shredder DEFAULT VALUES;
GRANT SELECT, UPDATE ON vault.shredder TO berth_service;
