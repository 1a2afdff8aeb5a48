-- 0002 policy: uplinks whose mode differs from the configured one.

CREATE TABLE policy (
    host       TEXT NOT NULL,
    uplink     TEXT NOT NULL,                        -- '': all of the host's without a row of their own
    mode       TEXT NOT NULL CHECK (mode IN ('minimum', 'fair', 'weighted', 'off')),
    updated_ms INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    PRIMARY KEY (host, uplink)
) STRICT, WITHOUT ROWID;
