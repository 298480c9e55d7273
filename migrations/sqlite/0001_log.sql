-- The event log. Its first seven columns are the table that sqlite-es reads.
CREATE TABLE events (
    position       INTEGER PRIMARY KEY,
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    sequence       INTEGER NOT NULL CHECK (sequence >= 1),
    event_type     TEXT    NOT NULL,
    event_version  TEXT    NOT NULL,
    payload        TEXT    NOT NULL,
    metadata       TEXT    NOT NULL,
    tenant         TEXT    NOT NULL,
    command_id     TEXT    NOT NULL,
    recorded_at    INTEGER NOT NULL,
    UNIQUE (aggregate_type, aggregate_id, sequence)
) STRICT;

-- Commands that were recorded, with their results: a repeat is answered from here.
CREATE TABLE commands (
    command_id     TEXT    NOT NULL PRIMARY KEY,
    tenant         TEXT    NOT NULL,
    fingerprint    TEXT    NOT NULL,
    first_position INTEGER NOT NULL,
    last_position  INTEGER NOT NULL,
    versions       TEXT    NOT NULL,
    outcome        TEXT,
    recorded_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Outside identities, each claimed once and for ever.
CREATE TABLE keys (
    tenant   TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    value    TEXT    NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, key)
) STRICT, WITHOUT ROWID;

-- Identity of the log. The only table here that may change.
CREATE TABLE log_meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Who may do what for now; the epoch rises with each change of owner.
CREATE TABLE leases (
    name       TEXT    NOT NULL PRIMARY KEY,
    owner      TEXT    NOT NULL,
    epoch      INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;
CREATE TRIGGER commands_no_update BEFORE UPDATE ON commands
BEGIN SELECT RAISE(ABORT, 'commands are immutable'); END;
CREATE TRIGGER commands_no_delete BEFORE DELETE ON commands
BEGIN SELECT RAISE(ABORT, 'commands are immutable'); END;
CREATE TRIGGER keys_no_update BEFORE UPDATE ON keys
BEGIN SELECT RAISE(ABORT, 'keys are immutable'); END;
CREATE TRIGGER keys_no_delete BEFORE DELETE ON keys
BEGIN SELECT RAISE(ABORT, 'keys are immutable'); END;

-- Replacing inserts delete silently, without a trigger for deletes. So an insert must continue
-- the log and its stream, and a command or a key must be new.
CREATE TRIGGER events_continue BEFORE INSERT ON events
BEGIN
    SELECT RAISE(ABORT, 'an event must follow the last position')
    WHERE NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events);
    SELECT RAISE(ABORT, 'an event must follow the last of its stream')
    WHERE NEW.sequence IS NOT (
        SELECT coalesce(max(sequence), 0) + 1 FROM events
        WHERE aggregate_type = NEW.aggregate_type AND aggregate_id = NEW.aggregate_id
    );
END;
CREATE TRIGGER commands_new BEFORE INSERT ON commands
WHEN EXISTS (SELECT 1 FROM commands WHERE command_id = NEW.command_id)
BEGIN SELECT RAISE(ABORT, 'commands are immutable'); END;
CREATE TRIGGER keys_new BEFORE INSERT ON keys
WHEN EXISTS (
    SELECT 1 FROM keys WHERE tenant = NEW.tenant AND kind = NEW.kind AND key = NEW.key
)
BEGIN SELECT RAISE(ABORT, 'keys are immutable'); END;
