-- Small raw mails, stored in the same transaction as the events that name them. Not immutable:
-- bytes that must be erased are removed here, while the events keep their hash.
CREATE TABLE blobs (
    tenant TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes  BLOB NOT NULL,
    PRIMARY KEY (tenant, sha256)
) STRICT;
