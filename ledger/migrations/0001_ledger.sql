-- The database of record. Times are milliseconds since 1970-01-01T00:00:00Z.
-- Words in status, progress, kind … are those of the program's types; a new word is a new migration.

CREATE TABLE students (
    student_no TEXT PRIMARY KEY NOT NULL,
    name_zh    TEXT,
    name_en    TEXT,
    birthday   TEXT,
    email      TEXT,
    source     TEXT NOT NULL CHECK (source IN ('roster', 'sidecar'))
) STRICT;

CREATE TABLE degrees (
    student_no     TEXT NOT NULL REFERENCES students (student_no),
    programme      TEXT NOT NULL,
    degree         TEXT NOT NULL,
    college        TEXT,
    certificate_no TEXT,
    PRIMARY KEY (student_no, programme, degree)
) STRICT;

CREATE TABLE certificates (
    id             TEXT PRIMARY KEY NOT NULL,
    student_no     TEXT NOT NULL,
    name_zh        TEXT,
    name_en        TEXT,
    programme      TEXT NOT NULL,
    degree         TEXT NOT NULL,
    college        TEXT,
    kind           TEXT NOT NULL,
    language       TEXT NOT NULL,
    certificate_no TEXT NOT NULL,
    issued_on      TEXT,
    status         TEXT NOT NULL,
    progress       TEXT NOT NULL,
    waiting_for    TEXT,
    token          TEXT NOT NULL UNIQUE,
    drop_name      TEXT NOT NULL,
    drop_hash      TEXT NOT NULL,
    accepted_at    INTEGER NOT NULL,
    archive_path   TEXT,
    archive_hash   TEXT,
    archive_bytes  INTEGER,
    archived_at    INTEGER,
    supersedes     TEXT REFERENCES certificates (id),
    -- The run: who has it, and the number that fences off everyone who had it before.
    worker         TEXT,
    run            INTEGER NOT NULL DEFAULT 0,
    attempts       INTEGER NOT NULL DEFAULT 0,
    crashes        INTEGER NOT NULL DEFAULT 0,
    due_at         INTEGER NOT NULL,
    first_tried_at INTEGER,
    rung_at        INTEGER NOT NULL DEFAULT 0,
    handed_on      TEXT,
    last_error     TEXT
) STRICT;

-- Per degree and language at most one certificate is in force, and at most one is on its way.
CREATE UNIQUE INDEX one_in_force ON certificates (student_no, programme, degree, language)
    WHERE status = 'issued';
CREATE UNIQUE INDEX one_pending ON certificates (student_no, programme, degree, language)
    WHERE status = 'pending';
-- The same bytes become one certificate. Refused bytes may be dropped again.
CREATE UNIQUE INDEX one_of_a_drop ON certificates (drop_hash) WHERE status <> 'rejected';
CREATE INDEX by_student ON certificates (student_no);
CREATE INDEX by_number ON certificates (certificate_no);
CREATE INDEX in_motion ON certificates (progress, due_at)
    WHERE progress <> 'closed' AND waiting_for IS NULL;
CREATE INDEX waiting ON certificates (waiting_for) WHERE waiting_for IS NOT NULL;

CREATE TABLE refusals (
    id        TEXT PRIMARY KEY NOT NULL,
    drop_name TEXT NOT NULL,
    drop_hash TEXT,
    folder    TEXT NOT NULL CHECK (folder IN ('failed', 'duplicate')),
    stage     TEXT NOT NULL,
    reason    TEXT NOT NULL,
    at        INTEGER NOT NULL
) STRICT;

CREATE TABLE sendings (
    id          TEXT PRIMARY KEY NOT NULL,
    certificate TEXT NOT NULL REFERENCES certificates (id),
    address     TEXT NOT NULL,
    message_id  TEXT NOT NULL UNIQUE,
    created_at  INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('queued', 'accepted', 'refused')),
    answer      TEXT,
    answered_at INTEGER
) STRICT;
-- One sending of a certificate is open at a time: every retry finds it and its Message-ID.
CREATE UNIQUE INDEX one_open_sending ON sendings (certificate) WHERE state = 'queued';
CREATE INDEX sendings_of ON sendings (certificate);

CREATE TABLE events (
    seq         INTEGER PRIMARY KEY NOT NULL,
    certificate TEXT,
    kind        TEXT NOT NULL,
    actor       TEXT NOT NULL,
    at          INTEGER NOT NULL,
    detail      TEXT NOT NULL,
    previous    TEXT NOT NULL,
    hash        TEXT NOT NULL
) STRICT;
CREATE INDEX events_of ON events (certificate);
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END;

CREATE TABLE lanes (
    name          TEXT PRIMARY KEY NOT NULL,
    paused_by     TEXT,
    paused_reason TEXT,
    paused_at     INTEGER,
    held_reason   TEXT,
    held_at       INTEGER,
    probe_at      INTEGER
) STRICT;

CREATE TABLE workers (
    id         TEXT PRIMARY KEY NOT NULL,
    host       TEXT NOT NULL,
    pid        INTEGER NOT NULL,
    lanes      TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE numbers (
    year INTEGER PRIMARY KEY NOT NULL,
    last INTEGER NOT NULL
) STRICT;
