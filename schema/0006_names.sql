-- 0006 names: nics whose history is gone are forgotten, with their VMs and hosts.

-- When the nic was seen last, UTC seconds, give or take a day.
ALTER TABLE nic ADD COLUMN seen_s INTEGER NOT NULL DEFAULT 0;
UPDATE nic SET seen_s = unixepoch();
