-- 0011 event_size: events are kept for a time, and up to a size, that the configuration sets.

DROP TRIGGER event_stays_two_years;

-- What the events take in the file, with their indexes: an estimate that the triggers keep. Its error
-- is below a quarter.
INSERT INTO meta (name, value)
SELECT 'event_bytes', coalesce(sum(
           50 + length(CAST(kind || level || host || vm || uplink || text AS BLOB)) +
           iif(kind = 'violation-end', 30 + length(CAST(host || vm AS BLOB)) * 3 / 2, 0)), 0)
  FROM event;

CREATE TRIGGER event_adds_bytes AFTER INSERT ON event
BEGIN
    UPDATE meta SET value = value +
           50 + length(CAST(new.kind || new.level || new.host || new.vm || new.uplink || new.text AS BLOB)) +
           iif(new.kind = 'violation-end', 30 + length(CAST(new.host || new.vm AS BLOB)) * 3 / 2, 0)
     WHERE name = 'event_bytes';
END;

CREATE TRIGGER event_takes_bytes AFTER DELETE ON event
BEGIN
    UPDATE meta SET value = value -
           50 - length(CAST(old.kind || old.level || old.host || old.vm || old.uplink || old.text AS BLOB)) -
           iif(old.kind = 'violation-end', 30 + length(CAST(old.host || old.vm AS BLOB)) * 3 / 2, 0)
     WHERE name = 'event_bytes';
END;

-- Uplinks that were last reported as oversubscribed. They are in a table of their own, so that any
-- event can be deleted. A host has at most 64 uplinks; of those of former names the newest are kept.
CREATE TABLE oversubscribed (
    host     TEXT NOT NULL,
    uplink   TEXT NOT NULL,
    since_ms INTEGER NOT NULL,                       -- when it was reported
    PRIMARY KEY (host, uplink)
) STRICT, WITHOUT ROWID;

-- With max(id), SQLite takes the other columns from the row that has the maximum.
INSERT INTO oversubscribed (host, uplink, since_ms)
SELECT host, uplink, at_ms
  FROM (SELECT host, uplink, at_ms, kind, max(id) FROM event
         WHERE uplink <> '' AND kind IN ('oversubscribed', 'oversubscribed-end')
         GROUP BY host, uplink)
 WHERE kind = 'oversubscribed';

DROP INDEX event_uplink;

CREATE TRIGGER event_oversubscribed AFTER INSERT ON event
WHEN new.kind = 'oversubscribed' AND new.uplink <> ''
BEGIN
    INSERT INTO oversubscribed (host, uplink, since_ms) VALUES (new.host, new.uplink, new.at_ms)
        ON CONFLICT (host, uplink) DO UPDATE SET since_ms = excluded.since_ms;
    DELETE FROM oversubscribed
     WHERE host = new.host AND uplink <> new.uplink AND uplink NOT IN
           (SELECT uplink FROM oversubscribed WHERE host = new.host AND uplink <> new.uplink
             ORDER BY since_ms DESC, uplink LIMIT 63);
END;

CREATE TRIGGER event_oversubscribed_end AFTER INSERT ON event
WHEN new.kind = 'oversubscribed-end'
BEGIN
    DELETE FROM oversubscribed WHERE host = new.host AND uplink = new.uplink;
END;
