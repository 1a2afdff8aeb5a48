-- 0004 history: packed by the minute, the hour and the day instead of a row for every second.
--
-- What was measured waits in history_recent until its block is over: a minute of seconds, an hour
-- of minutes, a day of hours. Then it is packed, and its sum waits as one step of the next level.
-- Times are UTC seconds. To read any of it there is the view history_rows, at the end.

-- One step of one host: a record of 30 bytes for each nic, numbers with their lowest byte first:
-- nic_id 4, ms 4, tx 6, rx 6, limit_code 2, demand_code 2, met 2, missed 2, idle 2. Several records
-- of a nic add up.
CREATE TABLE history_recent (
    step    INTEGER NOT NULL,                        -- seconds: 1, 60 or 3600
    time    INTEGER NOT NULL,
    host_id INTEGER NOT NULL,
    data    BLOB NOT NULL,
    UNIQUE (step, host_id, time)
) STRICT;

CREATE INDEX history_recent_time ON history_recent (step, time);

-- One nic's block: 60 seconds, 60 minutes or 24 hours. Each column is its least value and what is
-- to be added to that in each step, all in the same number of bits, the lowest first. By time
-- first: blocks come in that order and are dropped in it.
CREATE TABLE history (
    step              INTEGER NOT NULL,
    block             INTEGER NOT NULL,              -- when it begins
    nic_id            INTEGER NOT NULL,
    ms_least          INTEGER NOT NULL, ms          BLOB NOT NULL, -- measured; 0: a gap
    tx_least          INTEGER NOT NULL, tx          BLOB NOT NULL, -- bytes
    rx_least          INTEGER NOT NULL, rx          BLOB NOT NULL, -- bytes
    limit_code_least  INTEGER NOT NULL, limit_code  BLOB NOT NULL, -- a rate in 16 bits
    demand_code_least INTEGER NOT NULL, demand_code BLOB NOT NULL, -- a rate in 16 bits
    met_least         INTEGER NOT NULL, met         BLOB NOT NULL, -- seconds: guarantee met
    missed_least      INTEGER NOT NULL, missed      BLOB NOT NULL, -- not, although wanted
    idle_least        INTEGER NOT NULL, idle        BLOB NOT NULL, -- not wanted
    PRIMARY KEY (step, block, nic_id)
) STRICT, WITHOUT ROWID;

-- From when on there is history of a step: what is older has been dropped.
CREATE TABLE history_from (
    step INTEGER PRIMARY KEY,
    time INTEGER NOT NULL
) STRICT;
INSERT INTO history_from (step, time) VALUES (1, 0), (60, 0), (3600, 0);

-- To find out when a VM was guaranteed something.
CREATE INDEX audit_vm ON audit (host, vm);

-- What SQL needs to take such numbers apart: whole numbers from 0 on, and all bytes in order.
CREATE TABLE number (
    i INTEGER PRIMARY KEY
) STRICT;
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 8191)
INSERT INTO number SELECT i FROM n;

CREATE TABLE byte (
    every BLOB NOT NULL
) STRICT;
INSERT INTO byte VALUES (
    x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff');

-- What was kept by the second until now. How long was measured is told by rate and bytes.
INSERT INTO history_recent (step, time, host_id, data)
WITH old AS (
    SELECT time, host_id, nic_id, tx_bytes AS tx, rx_bytes AS rx,
           iif(usage_bps > 0, max(1, min(tx_bytes * 8000 / usage_bps, 60000)), 1000) AS ms,
           limit_bps, demand_bps
      FROM history_1s JOIN nic ON nic.id = nic_id JOIN vm ON vm.id = vm_id
), coded AS (
    SELECT time, host_id, nic_id, ms, tx, rx,
           coalesce((SELECT (i << 11) + ((limit_bps + (1 << i >> 1)) >> i) FROM number
                      WHERE limit_bps >> i < 4096 LIMIT 1), 65535) AS limit_code,
           coalesce((SELECT (i << 11) + ((demand_bps + (1 << i >> 1)) >> i) FROM number
                      WHERE demand_bps >> i < 4096 LIMIT 1), 65535) AS demand_code
      FROM old
)
SELECT 1, time, host_id, CAST(group_concat(
    substr(every, (nic_id & 255) + 1, 1) ||
    substr(every, (nic_id >> 8 & 255) + 1, 1) ||
    substr(every, (nic_id >> 16 & 255) + 1, 1) ||
    substr(every, (nic_id >> 24 & 255) + 1, 1) ||
    substr(every, (ms & 255) + 1, 1) ||
    substr(every, (ms >> 8 & 255) + 1, 1) ||
    substr(every, (ms >> 16 & 255) + 1, 1) ||
    substr(every, (ms >> 24 & 255) + 1, 1) ||
    substr(every, (tx & 255) + 1, 1) ||
    substr(every, (tx >> 8 & 255) + 1, 1) ||
    substr(every, (tx >> 16 & 255) + 1, 1) ||
    substr(every, (tx >> 24 & 255) + 1, 1) ||
    substr(every, (tx >> 32 & 255) + 1, 1) ||
    substr(every, (tx >> 40 & 255) + 1, 1) ||
    substr(every, (rx & 255) + 1, 1) ||
    substr(every, (rx >> 8 & 255) + 1, 1) ||
    substr(every, (rx >> 16 & 255) + 1, 1) ||
    substr(every, (rx >> 24 & 255) + 1, 1) ||
    substr(every, (rx >> 32 & 255) + 1, 1) ||
    substr(every, (rx >> 40 & 255) + 1, 1) ||
    substr(every, (limit_code & 255) + 1, 1) ||
    substr(every, (limit_code >> 8 & 255) + 1, 1) ||
    substr(every, (demand_code & 255) + 1, 1) ||
    substr(every, (demand_code >> 8 & 255) + 1, 1) ||
    x'000000000000', '') AS BLOB)
  FROM coded, byte GROUP BY time, host_id;

DROP TABLE history_1s;

-- Every step of every nic there is: gaps are left out. A step that a change of the clock made
-- happen twice has two rows, which add up. Name a step (1, 60 or 3600), and a span of blocks if it
-- is to be quick: blocks are found by their beginning, times are not.
CREATE VIEW history_rows AS
WITH packed AS (
    SELECT h.*, i,
           length(ms) * 8 / iif(step = 3600, 24, 60) AS ms_bits,
           length(tx) * 8 / iif(step = 3600, 24, 60) AS tx_bits,
           length(rx) * 8 / iif(step = 3600, 24, 60) AS rx_bits,
           length(limit_code) * 8 / iif(step = 3600, 24, 60) AS limit_code_bits,
           length(demand_code) * 8 / iif(step = 3600, 24, 60) AS demand_code_bits,
           length(met) * 8 / iif(step = 3600, 24, 60) AS met_bits,
           length(missed) * 8 / iif(step = 3600, 24, 60) AS missed_bits,
           length(idle) * 8 / iif(step = 3600, 24, 60) AS idle_bits
      FROM history AS h JOIN number ON i < iif(step = 3600, 24, 60)
), spread AS (
    SELECT step, block, block + i * step AS time, nic_id,
           ms_least + iif(ms_bits = 0, 0, ((
             (instr(every, substr(ms, (i * ms_bits >> 3) + 1, 1)) - 1) |
             ((instr(every, substr(ms, (i * ms_bits >> 3) + 2, 1)) - 1) << 8) |
             ((instr(every, substr(ms, (i * ms_bits >> 3) + 3, 1)) - 1) << 16) |
             ((instr(every, substr(ms, (i * ms_bits >> 3) + 4, 1)) - 1) << 24)
            ) >> (i * ms_bits & 7)) & ((1 << ms_bits) - 1)) AS ms,
           tx_least + iif(tx_bits = 0, 0, ((
             (instr(every, substr(tx, (i * tx_bits >> 3) + 1, 1)) - 1) |
             ((instr(every, substr(tx, (i * tx_bits >> 3) + 2, 1)) - 1) << 8) |
             ((instr(every, substr(tx, (i * tx_bits >> 3) + 3, 1)) - 1) << 16) |
             ((instr(every, substr(tx, (i * tx_bits >> 3) + 4, 1)) - 1) << 24) |
             ((instr(every, substr(tx, (i * tx_bits >> 3) + 5, 1)) - 1) << 32) |
             ((instr(every, substr(tx, (i * tx_bits >> 3) + 6, 1)) - 1) << 40) |
             ((instr(every, substr(tx, (i * tx_bits >> 3) + 7, 1)) - 1) << 48)
            ) >> (i * tx_bits & 7)) & ((1 << tx_bits) - 1)) AS tx,
           rx_least + iif(rx_bits = 0, 0, ((
             (instr(every, substr(rx, (i * rx_bits >> 3) + 1, 1)) - 1) |
             ((instr(every, substr(rx, (i * rx_bits >> 3) + 2, 1)) - 1) << 8) |
             ((instr(every, substr(rx, (i * rx_bits >> 3) + 3, 1)) - 1) << 16) |
             ((instr(every, substr(rx, (i * rx_bits >> 3) + 4, 1)) - 1) << 24) |
             ((instr(every, substr(rx, (i * rx_bits >> 3) + 5, 1)) - 1) << 32) |
             ((instr(every, substr(rx, (i * rx_bits >> 3) + 6, 1)) - 1) << 40) |
             ((instr(every, substr(rx, (i * rx_bits >> 3) + 7, 1)) - 1) << 48)
            ) >> (i * rx_bits & 7)) & ((1 << rx_bits) - 1)) AS rx,
           limit_code_least + iif(limit_code_bits = 0, 0, ((
             (instr(every, substr(limit_code, (i * limit_code_bits >> 3) + 1, 1)) - 1) |
             ((instr(every, substr(limit_code, (i * limit_code_bits >> 3) + 2, 1)) - 1) << 8) |
             ((instr(every, substr(limit_code, (i * limit_code_bits >> 3) + 3, 1)) - 1) << 16)
            ) >> (i * limit_code_bits & 7)) & ((1 << limit_code_bits) - 1)) AS limit_code,
           demand_code_least + iif(demand_code_bits = 0, 0, ((
             (instr(every, substr(demand_code, (i * demand_code_bits >> 3) + 1, 1)) - 1) |
             ((instr(every, substr(demand_code, (i * demand_code_bits >> 3) + 2, 1)) - 1) << 8) |
             ((instr(every, substr(demand_code, (i * demand_code_bits >> 3) + 3, 1)) - 1) << 16)
            ) >> (i * demand_code_bits & 7)) & ((1 << demand_code_bits) - 1)) AS demand_code,
           met_least + iif(met_bits = 0, 0, ((
             (instr(every, substr(met, (i * met_bits >> 3) + 1, 1)) - 1) |
             ((instr(every, substr(met, (i * met_bits >> 3) + 2, 1)) - 1) << 8) |
             ((instr(every, substr(met, (i * met_bits >> 3) + 3, 1)) - 1) << 16)
            ) >> (i * met_bits & 7)) & ((1 << met_bits) - 1)) AS met,
           missed_least + iif(missed_bits = 0, 0, ((
             (instr(every, substr(missed, (i * missed_bits >> 3) + 1, 1)) - 1) |
             ((instr(every, substr(missed, (i * missed_bits >> 3) + 2, 1)) - 1) << 8) |
             ((instr(every, substr(missed, (i * missed_bits >> 3) + 3, 1)) - 1) << 16)
            ) >> (i * missed_bits & 7)) & ((1 << missed_bits) - 1)) AS missed,
           idle_least + iif(idle_bits = 0, 0, ((
             (instr(every, substr(idle, (i * idle_bits >> 3) + 1, 1)) - 1) |
             ((instr(every, substr(idle, (i * idle_bits >> 3) + 2, 1)) - 1) << 8) |
             ((instr(every, substr(idle, (i * idle_bits >> 3) + 3, 1)) - 1) << 16)
            ) >> (i * idle_bits & 7)) & ((1 << idle_bits) - 1)) AS idle
      FROM packed, byte
    UNION ALL
    SELECT step, time - time % iif(step = 3600, 86400, 60 * step), time,
           (instr(every, substr(data, i * 30 + 1, 1)) - 1) |
             ((instr(every, substr(data, i * 30 + 2, 1)) - 1) << 8) |
             ((instr(every, substr(data, i * 30 + 3, 1)) - 1) << 16) |
             ((instr(every, substr(data, i * 30 + 4, 1)) - 1) << 24) AS nic_id,
           (instr(every, substr(data, i * 30 + 5, 1)) - 1) |
             ((instr(every, substr(data, i * 30 + 6, 1)) - 1) << 8) |
             ((instr(every, substr(data, i * 30 + 7, 1)) - 1) << 16) |
             ((instr(every, substr(data, i * 30 + 8, 1)) - 1) << 24) AS ms,
           (instr(every, substr(data, i * 30 + 9, 1)) - 1) |
             ((instr(every, substr(data, i * 30 + 10, 1)) - 1) << 8) |
             ((instr(every, substr(data, i * 30 + 11, 1)) - 1) << 16) |
             ((instr(every, substr(data, i * 30 + 12, 1)) - 1) << 24) |
             ((instr(every, substr(data, i * 30 + 13, 1)) - 1) << 32) |
             ((instr(every, substr(data, i * 30 + 14, 1)) - 1) << 40) AS tx,
           (instr(every, substr(data, i * 30 + 15, 1)) - 1) |
             ((instr(every, substr(data, i * 30 + 16, 1)) - 1) << 8) |
             ((instr(every, substr(data, i * 30 + 17, 1)) - 1) << 16) |
             ((instr(every, substr(data, i * 30 + 18, 1)) - 1) << 24) |
             ((instr(every, substr(data, i * 30 + 19, 1)) - 1) << 32) |
             ((instr(every, substr(data, i * 30 + 20, 1)) - 1) << 40) AS rx,
           (instr(every, substr(data, i * 30 + 21, 1)) - 1) |
             ((instr(every, substr(data, i * 30 + 22, 1)) - 1) << 8) AS limit_code,
           (instr(every, substr(data, i * 30 + 23, 1)) - 1) |
             ((instr(every, substr(data, i * 30 + 24, 1)) - 1) << 8) AS demand_code,
           (instr(every, substr(data, i * 30 + 25, 1)) - 1) |
             ((instr(every, substr(data, i * 30 + 26, 1)) - 1) << 8) AS met,
           (instr(every, substr(data, i * 30 + 27, 1)) - 1) |
             ((instr(every, substr(data, i * 30 + 28, 1)) - 1) << 8) AS missed,
           (instr(every, substr(data, i * 30 + 29, 1)) - 1) |
             ((instr(every, substr(data, i * 30 + 30, 1)) - 1) << 8) AS idle
      FROM history_recent, byte JOIN number ON i < length(data) / 30
)
SELECT datetime(time, 'unixepoch') AS utc, time, step, block, host.name AS host, vm.name AS vm,
       mac AS nic, uplink, ms, tx * 8000 / ms AS usage_bps,
       iif(limit_code = 65535, NULL, iif(limit_code < 4096, limit_code,
           (limit_code - (((limit_code >> 11) - 1) << 11)) << ((limit_code >> 11) - 1)))
           AS limit_bps,
       iif(demand_code = 65535, NULL, iif(demand_code < 4096, demand_code,
           (demand_code - (((demand_code >> 11) - 1) << 11)) << ((demand_code >> 11) - 1)))
           AS demand_bps,
       tx AS tx_bytes, rx AS rx_bytes, met, missed, idle
  FROM spread JOIN nic ON nic.id = nic_id JOIN vm ON vm.id = vm_id JOIN host ON host.id = host_id
 WHERE ms > 0;
