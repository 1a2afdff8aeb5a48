-- 0009 packets: how many packets were sent.
--
-- Kept as the mean of bytes that a packet had, in parts of 1/256 byte, coded like a rate; 0:
-- not known, as of all that is from before. Bytes by the mean are the packets, within 0.03 %.

DROP VIEW history_rows;

ALTER TABLE history ADD COLUMN packet_code_least INTEGER NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN packet_code BLOB NOT NULL DEFAULT x'';

-- A record of history_recent has 32 bytes from now on: packet_code 2, at its end.
UPDATE history_recent SET data = CAST((
    SELECT group_concat(substr(data, i * 30 + 1, 30) || x'0000', '')
      FROM number WHERE i < length(data) / 30) AS BLOB)
 WHERE length(data) >= 30;

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
           length(idle) * 8 / iif(step = 3600, 24, 60) AS idle_bits,
           length(packet_code) * 8 / iif(step = 3600, 24, 60) AS packet_code_bits
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
            ) >> (i * idle_bits & 7)) & ((1 << idle_bits) - 1)) AS idle,
           packet_code_least + iif(packet_code_bits = 0, 0, ((
             (instr(every, substr(packet_code, (i * packet_code_bits >> 3) + 1, 1)) - 1) |
             ((instr(every, substr(packet_code, (i * packet_code_bits >> 3) + 2, 1)) - 1) << 8) |
             ((instr(every, substr(packet_code, (i * packet_code_bits >> 3) + 3, 1)) - 1) << 16)
            ) >> (i * packet_code_bits & 7)) & ((1 << packet_code_bits) - 1)) AS packet_code
      FROM packed, byte
    UNION ALL
    SELECT step, time - time % iif(step = 3600, 86400, 60 * step), time,
           (instr(every, substr(data, i * 32 + 1, 1)) - 1) |
             ((instr(every, substr(data, i * 32 + 2, 1)) - 1) << 8) |
             ((instr(every, substr(data, i * 32 + 3, 1)) - 1) << 16) |
             ((instr(every, substr(data, i * 32 + 4, 1)) - 1) << 24) AS nic_id,
           (instr(every, substr(data, i * 32 + 5, 1)) - 1) |
             ((instr(every, substr(data, i * 32 + 6, 1)) - 1) << 8) |
             ((instr(every, substr(data, i * 32 + 7, 1)) - 1) << 16) |
             ((instr(every, substr(data, i * 32 + 8, 1)) - 1) << 24) AS ms,
           (instr(every, substr(data, i * 32 + 9, 1)) - 1) |
             ((instr(every, substr(data, i * 32 + 10, 1)) - 1) << 8) |
             ((instr(every, substr(data, i * 32 + 11, 1)) - 1) << 16) |
             ((instr(every, substr(data, i * 32 + 12, 1)) - 1) << 24) |
             ((instr(every, substr(data, i * 32 + 13, 1)) - 1) << 32) |
             ((instr(every, substr(data, i * 32 + 14, 1)) - 1) << 40) AS tx,
           (instr(every, substr(data, i * 32 + 15, 1)) - 1) |
             ((instr(every, substr(data, i * 32 + 16, 1)) - 1) << 8) |
             ((instr(every, substr(data, i * 32 + 17, 1)) - 1) << 16) |
             ((instr(every, substr(data, i * 32 + 18, 1)) - 1) << 24) |
             ((instr(every, substr(data, i * 32 + 19, 1)) - 1) << 32) |
             ((instr(every, substr(data, i * 32 + 20, 1)) - 1) << 40) AS rx,
           (instr(every, substr(data, i * 32 + 21, 1)) - 1) |
             ((instr(every, substr(data, i * 32 + 22, 1)) - 1) << 8) AS limit_code,
           (instr(every, substr(data, i * 32 + 23, 1)) - 1) |
             ((instr(every, substr(data, i * 32 + 24, 1)) - 1) << 8) AS demand_code,
           (instr(every, substr(data, i * 32 + 25, 1)) - 1) |
             ((instr(every, substr(data, i * 32 + 26, 1)) - 1) << 8) AS met,
           (instr(every, substr(data, i * 32 + 27, 1)) - 1) |
             ((instr(every, substr(data, i * 32 + 28, 1)) - 1) << 8) AS missed,
           (instr(every, substr(data, i * 32 + 29, 1)) - 1) |
             ((instr(every, substr(data, i * 32 + 30, 1)) - 1) << 8) AS idle,
           (instr(every, substr(data, i * 32 + 31, 1)) - 1) |
             ((instr(every, substr(data, i * 32 + 32, 1)) - 1) << 8) AS packet_code
      FROM history_recent, byte JOIN number ON i < length(data) / 32
)
SELECT datetime(time, 'unixepoch') AS utc, time, step, block, host.name AS host, vm.name AS vm,
       mac AS nic, uplink, ms, tx * 8000 / ms AS usage_bps,
       iif(limit_code = 65535, NULL, iif(limit_code < 4096, limit_code,
           (limit_code - (((limit_code >> 11) - 1) << 11)) << ((limit_code >> 11) - 1)))
           AS limit_bps,
       iif(demand_code = 65535, NULL, iif(demand_code < 4096, demand_code,
           (demand_code - (((demand_code >> 11) - 1) << 11)) << ((demand_code >> 11) - 1)))
           AS demand_bps,
       tx AS tx_bytes, rx AS rx_bytes, met, missed, idle,
       iif(tx = 0, 0, iif(packet_code = 0, NULL, max(1, iif(packet_code < 4096,
           (tx * 256 + packet_code / 2) / packet_code,
           (tx * 256 + ((packet_code - (((packet_code >> 11) - 1) << 11)) << ((packet_code >> 11) - 1)) / 2) /
           ((packet_code - (((packet_code >> 11) - 1) << 11)) << ((packet_code >> 11) - 1))))))
           AS tx_packets
  FROM spread JOIN nic ON nic.id = nic_id JOIN vm ON vm.id = vm_id JOIN host ON host.id = host_id
 WHERE ms > 0;
