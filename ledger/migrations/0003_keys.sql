-- What is known of the signing keys besides the keys: the process that has them says so, and the
-- pages, which never open one, warn of what ends.
CREATE TABLE signing_keys (
    -- 0 signs now, 1 takes over on its day.
    position INTEGER PRIMARY KEY NOT NULL,
    -- A KeyNote in JSON.
    note     TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
