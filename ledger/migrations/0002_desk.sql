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

-- What a certificate certifies does not change, so neither do the words that find it. Chinese
-- names stand there with each of their endings: a given name alone finds them too.
CREATE VIRTUAL TABLE found USING fts5 (
    certificate UNINDEXED, student_no, certificate_no, name_zh, name_en,
    tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER certificates_are_found AFTER INSERT ON certificates BEGIN
    INSERT INTO found (certificate, student_no, certificate_no, name_zh, name_en) VALUES (
        NEW.id, NEW.student_no, NEW.certificate_no,
        COALESCE(NEW.name_zh || ' ' || substr(NEW.name_zh, 2) || ' ' || substr(NEW.name_zh, 3), ''),
        COALESCE(NEW.name_en, ''));
END;
INSERT INTO found (certificate, student_no, certificate_no, name_zh, name_en)
    SELECT id, student_no, certificate_no,
        COALESCE(name_zh || ' ' || substr(name_zh, 2) || ' ' || substr(name_zh, 3), ''),
        COALESCE(name_en, '') FROM certificates ORDER BY id;
