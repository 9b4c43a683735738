-- The registrar's desk: people and their rights, approval by policy, each sending and its fate,
-- and the words that certificates are found by. Times are milliseconds since 1970-01-01T00:00:00Z.

-- People (使用者). `name` is what a person logs in with.
CREATE TABLE users (
    name         TEXT PRIMARY KEY NOT NULL,
    full_name    TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    -- Locked by an administrator, until one unlocks.
    locked_at    INTEGER,
    -- Failures in a row since the last success, and until when they lock.
    failures     INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER,
    -- Second factor: the secret, once its holder has proved to have it, and the last time step
    -- that was used, which can't be used again (RFC 6238, section 5.2).
    totp         TEXT,
    totp_step    INTEGER
) STRICT;

CREATE TABLE user_roles (
    user TEXT NOT NULL REFERENCES users (name),
    role TEXT NOT NULL,
    PRIMARY KEY (user, role)
) STRICT;

-- The latest is the password; the ones before it may not be taken again.
CREATE TABLE passwords (
    user TEXT NOT NULL REFERENCES users (name),
    hash TEXT NOT NULL,
    at   INTEGER NOT NULL
) STRICT;
CREATE INDEX passwords_of ON passwords (user, at);

-- One-time links with which a person sets their password. The link itself is not here.
CREATE TABLE links (
    hash       TEXT PRIMARY KEY NOT NULL,
    user       TEXT NOT NULL REFERENCES users (name),
    expires_at INTEGER NOT NULL
) STRICT;

-- Sessions of the web pages, and tokens of the Web API, both by their digest.
CREATE TABLE sessions (
    hash       TEXT PRIMARY KEY NOT NULL,
    user       TEXT NOT NULL REFERENCES users (name),
    -- What a form must carry to be this session's own.
    csrf       TEXT NOT NULL,
    -- The second factor was given.
    proved     INTEGER NOT NULL,
    -- The secret of a second factor that the person is asked to enrol.
    candidate  TEXT,
    came_from  TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_of ON sessions (user);
CREATE TABLE tokens (
    hash       TEXT PRIMARY KEY NOT NULL,
    user       TEXT NOT NULL REFERENCES users (name),
    label      TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Two addresses a student: `email` is their own, this one the school's permanent one.
ALTER TABLE students ADD COLUMN school_email TEXT;
CREATE INDEX students_by_email ON students (email COLLATE NOCASE);
CREATE INDEX students_by_school_email ON students (school_email COLLATE NOCASE);

-- Why a certificate waits for approval: `unreadable` (no program can read the page), `policy`
-- (every one is looked at), `first_of_batch` (it waits for the first of its batch). A batch is of
-- one day (ISO 8601, in the school's time zone), kind, language and college.
ALTER TABLE certificates ADD COLUMN approval TEXT;
ALTER TABLE certificates ADD COLUMN accepted_on TEXT;
UPDATE certificates SET approval = 'unreadable' WHERE waiting_for = 'approval';
CREATE INDEX batches ON certificates (accepted_on, kind, language)
    WHERE approval = 'first_of_batch';

-- Sendings, with what each is for, whose address it went to, and what became of it.
CREATE TABLE sendings_2 (
    id          TEXT PRIMARY KEY NOT NULL,
    certificate TEXT NOT NULL REFERENCES certificates (id),
    purpose     TEXT NOT NULL CHECK (purpose IN ('certificate', 'recall')),
    -- `personal` and `school` are the roster's, `corrected` was given by a person for this sending,
    -- `hand` is no mail: the file was handed over on campus.
    route       TEXT NOT NULL CHECK (route IN ('personal', 'school', 'corrected', 'hand')),
    -- Empty, and without a Message-ID, where it is no mail.
    address     TEXT NOT NULL,
    message_id  TEXT UNIQUE,
    created_at  INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN
        ('queued', 'accepted', 'refused', 'bounced', 'suppressed', 'stopped', 'downloaded')),
    answer      TEXT,
    answered_at INTEGER,
    -- Enhanced status of a bounce (RFC 3463), and whether a person has yet to look at it.
    bounce      TEXT,
    bounced_at  INTEGER,
    review      INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO sendings_2 (id, certificate, purpose, route, address, message_id, created_at, state,
        answer, answered_at)
    SELECT id, certificate, 'certificate', 'personal', address, message_id, created_at, state,
        answer, answered_at FROM sendings;
DROP TABLE sendings;
ALTER TABLE sendings_2 RENAME TO sendings;
CREATE UNIQUE INDEX one_open_sending ON sendings (certificate) WHERE state = 'queued';
CREATE INDEX sendings_of ON sendings (certificate);
CREATE INDEX sendings_to_review ON sendings (review) WHERE review = 1;
-- Who has not got their certificate is looked for here, not among all that were delivered.
CREATE INDEX sendings_failed ON sendings (certificate)
    WHERE state IN ('bounced', 'refused', 'suppressed');

-- Addresses that do not exist (5.1.x): nothing is sent there until a person says so.
CREATE TABLE suppressed (
    address TEXT PRIMARY KEY NOT NULL COLLATE NOCASE,
    status  TEXT NOT NULL,
    sending TEXT,
    at      INTEGER NOT NULL
) STRICT;

-- Finding. `place` is a certificate's place in the order in which they were accepted, from 1: what
-- is found is shown from the last place down, and each page goes on below the last one's end.
-- (SQLite's own row numbers change under VACUUM.)
ALTER TABLE certificates ADD COLUMN place INTEGER;
UPDATE certificates SET place = numbered.place FROM
    (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place FROM certificates) AS numbered
    WHERE numbered.id = certificates.id;
CREATE UNIQUE INDEX by_place ON certificates (place);
-- The first and the last place of each day (UTC), so that dates are looked for among them alone.
-- Certificates get their places nearly, but not strictly, in the order of their times.
CREATE TABLE days (
    day   INTEGER PRIMARY KEY NOT NULL,
    first INTEGER NOT NULL,
    last  INTEGER NOT NULL
) STRICT;
INSERT INTO days (day, first, last)
    SELECT accepted_at / 86400000, MIN(place), MAX(place) FROM certificates GROUP BY 1;
CREATE INDEX by_college ON certificates (college) WHERE college IS NOT NULL;
CREATE INDEX sendings_by_address ON sendings (address COLLATE NOCASE);

-- The words that certificates are found by, and, as words of their own, what a list is narrowed by.
-- Both in one index, so that any of them together are found without looking at more certificates
-- than are shown. `prefix`: beginnings of words, one to four characters long, are looked up as such.
CREATE VIRTUAL TABLE found USING fts5 (
    words, id, facets,
    content = '', contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4'
);
-- Each certificate is a transaction of its own, and nearly each change of status. Merged in eights
-- and not in fours, the index costs them a third, and is read as quickly.
INSERT INTO found (found, rank) VALUES ('automerge', 8);
-- To the index a run of Chinese characters is one word. A name stands there with each of its
-- endings, so that a given name, or any part of one, is the beginning of a word. What names are
-- written with or without, and what stands around a number, comes in both ways.
CREATE VIEW to_find (place, words, id, facets) AS SELECT
    place,
    student_no || ' ' || certificate_no || ' ' || replace(certificate_no, '-', '')
        || ' ' || replace(replace(certificate_no, '第', ' '), '號', ' ')
        || COALESCE(' ' || name_en || ' ' || replace(replace(name_en, '-', ''), '''', ''), '')
        || COALESCE(' ' || (WITH RECURSIVE endings (name) AS (
               SELECT replace(replace(replace(replace(replace(
                   name_zh, '·', ''), '‧', ''), '・', ''), ' ', ''), '　', '')
               UNION ALL SELECT substr(name, 2) FROM endings WHERE length(name) > 1)
           SELECT group_concat(name, ' ') FROM endings), ''),
    replace(id, '-', ''),
    'status' || status || ' kind' || kind || ' language' || language
        || COALESCE(' waiting' || waiting_for, '') || ' college' || hex(college)
        || ' student' || hex(student_no)
FROM certificates;
INSERT INTO found (rowid, words, id, facets)
    SELECT place, words, id, facets FROM to_find ORDER BY place;
CREATE TRIGGER certificates_are_found AFTER INSERT ON certificates BEGIN
    UPDATE certificates SET place = (SELECT COALESCE(MAX(place), 0) + 1 FROM certificates)
        WHERE id = NEW.id;
    INSERT INTO found (rowid, words, id, facets)
        SELECT place, words, id, facets FROM to_find
        WHERE place = (SELECT place FROM certificates WHERE id = NEW.id);
    INSERT INTO days (day, first, last)
        SELECT accepted_at / 86400000, place, place FROM certificates WHERE id = NEW.id
        ON CONFLICT (day) DO UPDATE SET last = excluded.last;
END;
-- What a certificate certifies does not change; what becomes of it does.
CREATE TRIGGER certificates_stay_found AFTER UPDATE OF status, waiting_for ON certificates
    WHEN NEW.status <> OLD.status OR NEW.waiting_for IS NOT OLD.waiting_for
BEGIN
    DELETE FROM found WHERE rowid = NEW.place;
    INSERT INTO found (rowid, words, id, facets)
        SELECT place, words, id, facets FROM to_find WHERE place = NEW.place;
END;

-- Counting. Nearly all are in force, closed and delivered: those are counted as the rest.
CREATE INDEX not_in_force ON certificates (status) WHERE status <> 'issued';
CREATE INDEX sendings_not_accepted ON sendings (state) WHERE state <> 'accepted';
CREATE INDEX refusals_in ON refusals (folder, at);
CREATE INDEX events_at ON events (at, kind);
-- When the present turn began; it counts while `worker` is set.
ALTER TABLE certificates ADD COLUMN begun_at INTEGER;
-- All that is on its way, with what it is counted and looked for by.
CREATE INDEX on_the_way ON certificates
    (place, progress, waiting_for, worker, due_at, student_no, certificate_no)
    WHERE progress <> 'closed';

-- What became of a drop, and what took a certificate's place.
CREATE INDEX certificates_of_drop ON certificates (drop_name);
CREATE INDEX refusals_of_drop ON refusals (drop_name);
CREATE INDEX superseding ON certificates (supersedes) WHERE supersedes IS NOT NULL;
-- Whoever verifies a file asks by its digest.
CREATE INDEX by_archive_hash ON certificates (archive_hash) WHERE archive_hash IS NOT NULL;
