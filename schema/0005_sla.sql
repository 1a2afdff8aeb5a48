-- 0005 sla: SLAs know their VM by its UUID; the audit trail says what was done, policies too.

ALTER TABLE sla ADD COLUMN uuid TEXT NOT NULL DEFAULT '';   -- '': not seen yet, or the source has none

-- 'what': set-sla, unset-sla, apply, sla-renamed, sla-moved, set-policy (then vm is the uplink, or
-- ''). The texts: a policy's modes, or where an SLA came from (old) or went to (new).
ALTER TABLE audit ADD COLUMN what TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN old_text TEXT;
ALTER TABLE audit ADD COLUMN new_text TEXT;

UPDATE audit SET what = iif(new_min_bps IS NULL, 'unset-sla', 'set-sla');

CREATE TRIGGER audit_stays_as_it_is BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is not changed');
END;

CREATE TRIGGER audit_stays_for_good BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is kept for good');
END;
