-- 0007 peer: who may connect, by their keys.

-- The audit trail calls the changes enroll and revoke; host is the name, the texts are role and key.
CREATE TABLE peer (
    name        TEXT PRIMARY KEY,                    -- of an agent its host's
    key         TEXT NOT NULL UNIQUE,                -- public, CURVE, in base64
    role        TEXT NOT NULL CHECK (role IN ('agent', 'operator', 'viewer')),
    enrolled_ms INTEGER NOT NULL,
    enrolled_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
