-- 0008 uplink: events say which uplink they are about.

-- '': none, or from before this was kept. The last of 'oversubscribed' and 'oversubscribed-end' of
-- an uplink is what operators know of it; a controller that begins goes on from there.
ALTER TABLE event ADD COLUMN uplink TEXT NOT NULL DEFAULT '';

CREATE INDEX event_uplink ON event (host, uplink, id) WHERE uplink <> '';
