-- 0012 heard: when hosts were last heard, so that a restart does not hide for how long one is away.

-- Hosts that have an SLA or an enrolled key. Written once a minute and when the controller stops.
CREATE TABLE heard (
    host  TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
