-- Small raw mails, stored in the same transaction as the events that name them. Not immutable:
-- bytes that must be erased are removed here, while the events keep their hash.
CREATE TABLE blobs (
    tenant text  NOT NULL,
    sha256 text  NOT NULL,
    bytes  bytea NOT NULL,
    PRIMARY KEY (tenant, sha256)
);
