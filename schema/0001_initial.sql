-- 0001 initial: ledger, audit trail, who is who, one-second history.
--
-- Released migrations are never edited: the program checks their SHA-256 against the one
-- recorded when they were applied. Times are UTC: milliseconds since 1970 in columns *_ms,
-- seconds in history. Rates are bits per second.

CREATE TABLE migration (
    version    INTEGER PRIMARY KEY,
    sha256     TEXT NOT NULL,
    applied_ms INTEGER NOT NULL
) STRICT;

-- Single numbers. 'epoch' grows by one with every start of the controller.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (name, value) VALUES ('epoch', 0);

CREATE TABLE sla (
    host       TEXT NOT NULL,
    vm         TEXT NOT NULL,
    min_bps    INTEGER NOT NULL CHECK (min_bps >= 0),
    max_bps    INTEGER CHECK (max_bps > 0),          -- NULL: no ceiling
    weight     INTEGER NOT NULL CHECK (weight > 0),
    updated_ms INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    PRIMARY KEY (host, vm)
) STRICT, WITHOUT ROWID;

-- Every change of an SLA, for good. Old values are NULL for the first SLA of a VM, new ones
-- when it was taken away.
CREATE TABLE audit (
    id          INTEGER PRIMARY KEY,
    at_ms       INTEGER NOT NULL,
    by          TEXT NOT NULL,
    host        TEXT NOT NULL,
    vm          TEXT NOT NULL,
    old_min_bps INTEGER,
    old_max_bps INTEGER,
    old_weight  INTEGER,
    new_min_bps INTEGER,
    new_max_bps INTEGER,
    new_weight  INTEGER
) STRICT;

CREATE TABLE host (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    first_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE vm (
    id      INTEGER PRIMARY KEY,
    host_id INTEGER NOT NULL REFERENCES host (id),
    name    TEXT NOT NULL,
    uuid    TEXT NOT NULL,                           -- '' where the source has none
    UNIQUE (host_id, name)
) STRICT;

CREATE TABLE nic (
    id     INTEGER PRIMARY KEY,
    vm_id  INTEGER NOT NULL REFERENCES vm (id),
    mac    TEXT NOT NULL,
    uplink TEXT NOT NULL,
    UNIQUE (vm_id, mac, uplink)                      -- bonded VFs share a MAC
) STRICT;

-- Seconds in which nothing was measured have no row. By time first: rows arrive in that order,
-- and it is more than ten times faster to insert.
CREATE TABLE history_1s (
    time       INTEGER NOT NULL,                     -- UTC seconds
    nic_id     INTEGER NOT NULL,
    usage_bps  INTEGER NOT NULL,
    limit_bps  INTEGER,                              -- NULL: none
    demand_bps INTEGER,                              -- NULL: more than could be seen
    tx_bytes   INTEGER NOT NULL,
    rx_bytes   INTEGER NOT NULL,
    PRIMARY KEY (time, nic_id)
) STRICT, WITHOUT ROWID;
