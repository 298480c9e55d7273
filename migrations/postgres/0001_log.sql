-- The event log. Its first seven columns are the table that postgres-es reads.
CREATE TABLE events (
    aggregate_type text   NOT NULL,
    aggregate_id   text   NOT NULL,
    sequence       bigint NOT NULL CHECK (sequence >= 1),
    event_type     text   NOT NULL,
    event_version  text   NOT NULL,
    payload        json   NOT NULL,
    metadata       json   NOT NULL,
    position       bigint NOT NULL CHECK (position >= 1),
    tenant         text   NOT NULL,
    command_id     text   NOT NULL,
    recorded_at    bigint NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence),
    UNIQUE (position)
);

-- Commands that were recorded, with their results: a repeat is answered from here.
CREATE TABLE commands (
    command_id     text   NOT NULL PRIMARY KEY,
    tenant         text   NOT NULL,
    fingerprint    text   NOT NULL,
    first_position bigint NOT NULL,
    last_position  bigint NOT NULL,
    versions       text   NOT NULL,
    outcome        text,
    recorded_at    bigint NOT NULL
);

-- Outside identities, each claimed once and for ever.
CREATE TABLE keys (
    tenant   text   NOT NULL,
    kind     text   NOT NULL,
    key      text   NOT NULL,
    value    text   NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (tenant, kind, key)
);

-- Identity of the log. The only table here that may change.
CREATE TABLE log_meta (
    name  text NOT NULL PRIMARY KEY,
    value text NOT NULL
);

-- Who may do what for now; the epoch rises with each change of owner.
CREATE TABLE leases (
    name       text   NOT NULL PRIMARY KEY,
    owner      text   NOT NULL,
    epoch      bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE FUNCTION casebook_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are immutable', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END;
$$;

CREATE TRIGGER events_immutable BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION casebook_immutable();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION casebook_immutable();
CREATE TRIGGER commands_immutable BEFORE UPDATE OR DELETE ON commands
    FOR EACH ROW EXECUTE FUNCTION casebook_immutable();
CREATE TRIGGER commands_no_truncate BEFORE TRUNCATE ON commands
    FOR EACH STATEMENT EXECUTE FUNCTION casebook_immutable();
CREATE TRIGGER keys_immutable BEFORE UPDATE OR DELETE ON keys
    FOR EACH ROW EXECUTE FUNCTION casebook_immutable();
CREATE TRIGGER keys_no_truncate BEFORE TRUNCATE ON keys
    FOR EACH STATEMENT EXECUTE FUNCTION casebook_immutable();

-- Also for sessions that pose as replicas.
ALTER TABLE events ENABLE ALWAYS TRIGGER events_immutable;
ALTER TABLE events ENABLE ALWAYS TRIGGER events_no_truncate;
ALTER TABLE commands ENABLE ALWAYS TRIGGER commands_immutable;
ALTER TABLE commands ENABLE ALWAYS TRIGGER commands_no_truncate;
ALTER TABLE keys ENABLE ALWAYS TRIGGER keys_immutable;
ALTER TABLE keys ENABLE ALWAYS TRIGGER keys_no_truncate;
