-- 0003 events: what happened in the fleet, for two years.

-- Numbers are the program's, in the order of what happened; one that is missing was lost.
CREATE TABLE event (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms    INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    level    TEXT NOT NULL,
    host     TEXT NOT NULL,                          -- '': none
    vm       TEXT NOT NULL,                          -- '': none
    since_ms INTEGER,                                -- when what ended with this began
    text     TEXT NOT NULL
) STRICT;

CREATE INDEX event_at ON event (at_ms);
CREATE INDEX event_violation ON event (host, vm, at_ms) WHERE kind = 'violation-end';

CREATE TRIGGER event_stays_as_it_is BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'events are not changed');
END;

CREATE TRIGGER event_stays_two_years BEFORE DELETE ON event
WHEN old.at_ms > (unixepoch() - 730 * 86400) * 1000
BEGIN
    SELECT RAISE(ABORT, 'events are kept for two years');
END;
