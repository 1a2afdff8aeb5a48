-- 0001 initial: the records that a group of controllers shares.
-- needs: 1
--
-- Released migrations are never edited: the program compares their SHA-256 with the one recorded
-- when they were applied. Later ones only add (schema/pg/README.md). Times are UTC in milliseconds
-- since 1970; those called changed_ms are of the database's clock, all others of a controller's.
-- Rates are bits per second. Names compare by bytes, so that no upgrade of the server's operating
-- system changes their order.

CREATE SCHEMA IF NOT EXISTS daqs;

-- 'needs': the newest migration that a program must know to use the database with this one.
CREATE TABLE daqs.migration (
    version    integer PRIMARY KEY,
    sha256     text    NOT NULL,
    applied_ms bigint  NOT NULL,
    needs      integer NOT NULL CHECK (needs BETWEEN 1 AND version)
);

-- Single numbers. 'schema': the newest migration; who applies the next one changes it first, so that
-- others wait. 'fleet': drawn once; a controller that finds another one than it knows has been given
-- the database of another fleet.
CREATE TABLE daqs.meta (
    name  text COLLATE "C" PRIMARY KEY,
    value bigint NOT NULL
);

INSERT INTO daqs.meta (name, value) VALUES
    ('schema', 0),
    ('fleet', floor(random() * 9007199254740991)::bigint + 1);

-- The controllers. A row changes once a second, so its pages have room for new versions of it.
CREATE TABLE daqs.member (
    name        text COLLATE "C" PRIMARY KEY CHECK (octet_length(name) BETWEEN 1 AND 64),
    incarnation bigint  NOT NULL,                    -- random, drawn at each start; all 64 bits
    beat        bigint  NOT NULL,
    weight      integer NOT NULL CHECK (weight BETWEEN 0 AND 1000),
    bus         text    NOT NULL CHECK (octet_length(bus) BETWEEN 1 AND 255),
    peer        text    NOT NULL CHECK (octet_length(peer) <= 255),      -- '': none
    key         text    NOT NULL CHECK (octet_length(key) IN (0, 44)),   -- base64; '': the one that agents have
    version     text    NOT NULL CHECK (octet_length(version) <= 64),
    state       text    NOT NULL CHECK (octet_length(state) BETWEEN 1 AND 32)
) WITH (fillfactor = 50);

-- The unit of compare-and-swap. Whoever changes the SLAs, the policies or the maintenance of a host
-- adds 1 to its revision in the same transaction, and requires that it was as they have read it.
CREATE TABLE daqs.host (
    name       text COLLATE "C" PRIMARY KEY CHECK (octet_length(name) BETWEEN 1 AND 255),
    revision   bigint NOT NULL CHECK (revision >= 0),
    changed_ms bigint NOT NULL,                      -- of the revision
    member     text COLLATE "C" NOT NULL DEFAULT '' CHECK (octet_length(member) <= 64), -- who serves it; '': not known
    since_ms   bigint NOT NULL DEFAULT 0,            -- when that began
    uplinks    text   NOT NULL DEFAULT '' CHECK (octet_length(uplinks) <= 65536)        -- with capacities, as last reported: a hint
) WITH (fillfactor = 80);

CREATE INDEX host_changed ON daqs.host (changed_ms);
CREATE INDEX host_since ON daqs.host (since_ms);

CREATE TABLE daqs.sla (
    host       text COLLATE "C" NOT NULL REFERENCES daqs.host (name),
    vm         text COLLATE "C" NOT NULL CHECK (octet_length(vm) BETWEEN 1 AND 255),
    min_bps    bigint NOT NULL CHECK (min_bps >= 0),
    max_bps    bigint CHECK (max_bps > 0),           -- NULL: no ceiling
    weight     bigint NOT NULL CHECK (weight BETWEEN 1 AND 4294967295),
    uuid       text COLLATE "C" NOT NULL DEFAULT '' CHECK (octet_length(uuid) <= 36),   -- '': not seen yet, or none
    updated_ms bigint NOT NULL,
    updated_by text   NOT NULL CHECK (octet_length(updated_by) <= 255),
    gone_ms    bigint,                               -- since when its VM is not there; NULL: it is, or is not known
    PRIMARY KEY (host, vm)
);

CREATE INDEX sla_uuid ON daqs.sla (uuid);

-- Uplinks whose mode differs from the configured one.
CREATE TABLE daqs.policy (
    host       text COLLATE "C" NOT NULL REFERENCES daqs.host (name),
    uplink     text COLLATE "C" NOT NULL CHECK (octet_length(uplink) <= 255),           -- '': all without a row of their own
    mode       text   NOT NULL CONSTRAINT policy_mode CHECK (mode IN ('minimum', 'fair', 'weighted', 'off')),
    updated_ms bigint NOT NULL,
    updated_by text   NOT NULL CHECK (octet_length(updated_by) <= 255),
    PRIMARY KEY (host, uplink)
);

-- Hosts that an operator works on; their alerts are muted.
CREATE TABLE daqs.maintenance (
    host     text COLLATE "C" PRIMARY KEY REFERENCES daqs.host (name),
    since_ms bigint NOT NULL,
    set_by   text   NOT NULL CHECK (octet_length(set_by) <= 255)
);

-- Enrolled keys. A revoked one keeps its row, without the key, so that others learn of it. The row is
-- the unit of compare-and-swap.
CREATE TABLE daqs.principal (
    name        text COLLATE "C" PRIMARY KEY CHECK (octet_length(name) BETWEEN 1 AND 255),
    key         text COLLATE "C" UNIQUE CHECK (octet_length(key) = 44),                 -- public, CURVE, base64; NULL: revoked
    role        text   NOT NULL CONSTRAINT principal_role CHECK (role IN ('agent', 'operator', 'viewer')),
    enrolled_ms bigint NOT NULL,
    enrolled_by text   NOT NULL CHECK (octet_length(enrolled_by) <= 255),
    revision    bigint NOT NULL CHECK (revision >= 0),
    changed_ms  bigint NOT NULL
);

CREATE INDEX principal_changed ON daqs.principal (changed_ms);

-- Every change, kept for good. 'request' and 'n' tell whether a change was stored whose answer got
-- lost. What the texts are is said in schema/0005_sla.sql, 0007_peer.sql and 0010_maintenance.sql.
CREATE TABLE daqs.audit (
    id          bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    request     bytea  CHECK (octet_length(request) = 16),  -- random, drawn for each change; NULL: imported
    n           integer,                             -- number of the record in its change, from 0
    at_ms       bigint NOT NULL,
    made_by     text   NOT NULL CHECK (octet_length(made_by) <= 255),
    what        text   NOT NULL CHECK (octet_length(what) BETWEEN 1 AND 32),
    host        text COLLATE "C" NOT NULL CHECK (octet_length(host) <= 255),
    vm          text COLLATE "C" NOT NULL CHECK (octet_length(vm) <= 255),
    old_min_bps bigint,
    old_max_bps bigint,
    old_weight  bigint,
    new_min_bps bigint,
    new_max_bps bigint,
    new_weight  bigint,
    old_text    text CHECK (octet_length(old_text) <= 1024),
    new_text    text CHECK (octet_length(new_text) <= 1024),
    UNIQUE (request, n)
);

CREATE INDEX audit_host ON daqs.audit (host, id);

-- An owner can take rights from itself: a program with a fault cannot rewrite the trail.
REVOKE UPDATE, DELETE, TRUNCATE ON daqs.audit FROM CURRENT_USER;

-- Who has recorded a host's history, and from when on.
CREATE TABLE daqs.stay (
    host     text COLLATE "C" NOT NULL CHECK (octet_length(host) BETWEEN 1 AND 255),
    since_ms bigint NOT NULL,
    member   text COLLATE "C" NOT NULL CHECK (octet_length(member) BETWEEN 1 AND 64),
    PRIMARY KEY (host, since_ms)
);
