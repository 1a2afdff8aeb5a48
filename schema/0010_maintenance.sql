-- 0010 maintenance: hosts that an operator works on; their alerts are muted.

-- The audit trail calls the changes maintenance; the texts are on and off.
CREATE TABLE maintenance (
    host     TEXT PRIMARY KEY,
    since_ms INTEGER NOT NULL,
    set_by   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
