#!/usr/bin/env bash
# Tests history as operators see it: seconds and minutes of a simulated fleet through daqsctl and
# the plain sqlite3 shell, the report on guarantees, violations, a backup made meanwhile and its
# restore.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes

DB=$RUN/daqs.db
sql() { sqlite3 -readonly "$DB" "$@"; }

controller_start
"$DAQS_BIN/daqs-fleetsim" --controller "tcp://127.0.0.1:$DAQS_PORT" --hosts 10 --nics 8 --seed 7 \
    --capacity 10Gbit --mix steady=1 --duration 3600s >"$RUN/fleet.log" 2>&1 </dev/null &
FLEET_PID=$!
on_exit stop_pid $FLEET_PID
all_there() { ctl -o json vms | jq -e 'map(select(.usage_bps != null)) | length == 80' >/dev/null; }
wait_for "80 measured nics" all_there
for host in 1 2 3; do ctl set-sla "sim000$host" vm01 4Gbit >/dev/null; done
ctl set-sla sim0004 vm01 4Gbit >/dev/null
ctl set-policy sim0004 off >/dev/null # a guarantee that is not enforced
BEGAN=$(date +%s)

# --- violations ---

violated() {
    ctl -o json events sim0004 vm01 |
        jq -e 'any(.kind == "violation-start" and (.text | contains("keeps no guarantees")))' >/dev/null
}
try "a guarantee that is not kept is an event, with the reason" wait_for "a violation" violated
ctl set-policy sim0004 default >/dev/null
over() { ctl -o json events sim0004 vm01 | jq -e 'any(.kind == "violation-end" and .since != null)' >/dev/null; }
try "and so is its end" wait_for "its end" over
kept() { ctl -o json events sim0001 vm01 | jq -e 'all(.kind != "violation-start")' >/dev/null; }
try "those that are kept are none" kept

# --- history ---

WAIT_S=300 try "a minute is packed when it is over" wait_for "a packed minute" \
    eval '[ "$(sql "SELECT count(*) FROM history WHERE step = 1 AND block >= $BEGAN")" -ge 80 ]'
rows() { ctl -o json history sim0001 vm02 "$@" | jq length; }
try "there is a row for each second" at_least "$(rows --since "$(($(date +%s) - BEGAN))s")" \
    $((($(date +%s) - BEGAN) * 9 / 10))
same_sum() { # COLUMN: checks that daqsctl and SQL agree on a span in the past
    local from=$BEGAN to=$(($(date +%s) - 5)) column=$1 through_ctl through_sql
    through_ctl=$(ctl -o json history sim0001 vm02 --step 1s --since "$(date -u -d "@$from" +%FT%TZ)" \
        --until "$(date -u -d "@$to" +%FT%TZ)" | jq "map(.$column) | add")
    through_sql=$(sql "SELECT sum($column) FROM history_rows WHERE step = 1 AND host = 'sim0001'
        AND vm = 'vm02' AND time BETWEEN $from AND $to")
    [ -n "$through_sql" ] && [ "$through_ctl" = "$through_sql" ]
}
try "daqsctl and the sqlite3 shell say the same" same_sum tx_bytes
try "of packets too" same_sum tx_packets
csv_rows() { [ "$(ctl -o csv history sim0001 vm02 --step 1s | tail -n +2 | cut -d, -f1 | sort -u | wc -l)" -gt 50 ]; }
try "csv has a line for each second" csv_rows
minutes() { ctl -o json history sim0001 vm02 --step 1m | jq -e 'length >= 1 and length <= 10' >/dev/null; }
try "a step of a minute has a row for each minute" minutes

# Runs each statement of the documentation unchanged, except for the names.
documented() {
    local statements
    statements=$(sed -n '/^    SELECT/,/;$/s/^    //p' "$TOP/docs/history.md" |
        sed "s/'node1'/'sim0001'/; s/'db1'/'vm02'/")
    [ "$(grep -c '^SELECT' <<<"$statements")" -ge 3 ] || return 1
    sql "$statements" >"$RUN/documented" && [ -s "$RUN/documented" ]
}
try "the documentation's statements work" documented

# --- the report ---

attained() {
    ctl -o json report sim0001 vm01 --since 10m |
        jq -e 'length == 1 and .[0].attainment_percent > 90 and .[0].met_s > 0' >/dev/null
}
try "the report tells how well a guarantee was kept" attained
missed() {
    ctl -o json report sim0004 --since 10m |
        jq -e 'map(select(.vm == "vm01"))[0] | .missed_s > 0 and .longest_miss_s > 0
            and .worst_time != null' >/dev/null
}
try "and where it was not" missed
sums_up() {
    ctl -o json report --since 10m >"$RUN/by_vm" && ctl -o json report --since 10m --by host >"$RUN/by_host" &&
        ctl -o json report --since 10m --by fleet >"$RUN/by_fleet" &&
        jq -e 'length == 10 and (map(.vms) | add) == 80' "$RUN/by_host" >/dev/null &&
        jq -e 'length == 1 and .[0].vms == 80' "$RUN/by_fleet" >/dev/null &&
        [ "$(jq '.[0].tx_bytes' "$RUN/by_fleet")" -ge "$(jq 'map(.tx_bytes) | add' "$RUN/by_vm")" ]
}
try "by VM, by host and of the fleet" sums_up
try "for accountants" eval 'ctl -o csv report --since 10m | sed -n 1p | any_line "^host,vm,attainment_percent,met_s"'

# --- backup and restore ---

try "a backup is made while the controller works" ctl backup "$RUN/backup.db"
sound() { [ "$(sqlite3 -readonly "$RUN/backup.db" 'PRAGMA integrity_check')" = ok ]; }
try "it is sound" sound
try "and has what was known" eval '[ "$(sqlite3 -readonly "$RUN/backup.db" "SELECT count(*) FROM sla")" = 4 ]'
refused() { ! ctl backup "$RUN/backup.db" 2>"$RUN/refused" && grep -q "nothing is overwritten" "$RUN/refused"; }
try "nothing is overwritten" refused
own_name() { ! ctl backup "$DB-journal" 2>"$RUN/refused" && grep -q "file of the database itself" "$RUN/refused"; }
try "names of the database's own are refused" own_name
nowhere() { ! ctl backup /nonexistent/folder/b.db 2>"$RUN/refused" && grep -q "cannot make /nonexistent" "$RUN/refused"; }
try "a folder that is not there is named" nowhere
try "the controller goes on" all_there
ctl unset-sla sim0001 vm01 >/dev/null
stop_pid "$CONTROLLER_PID"
# As described in docs/operating.md.
rm -f "$DB-wal" "$DB-shm"
cp "$RUN/backup.db" "$DB"
# As if a host had caused many events before there was a bound for them.
sqlite3 "$DB" "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
    INSERT INTO event (at_ms, kind, level, host, vm, text)
    SELECT unixepoch() * 1000, 'tampered', 'warning', 'noisy', 'vm' || i, printf('%.200c', 'x') FROM n"
controller_start '[history]' 'events_size = 2MB'
try "after a restore the agents are back" wait_for "80 measured nics" all_there
try "and so is what was taken away since" eval '[ "$(ctl -o json list-sla | jq length)" = 4 ]'
obeyed() { ctl -o json hosts | jq -e 'all(.state == "up")' >/dev/null && ! grep -q "will not obey" "$RUN/controller.log"; }
try "they obey it, for its epoch is newer" obeyed

# --- how many events are kept ---

events_fit() { [ "$(sql "SELECT value FROM meta WHERE name = 'event_bytes'")" -le 2000000 ]; }
try "events beyond events_size are deleted" wait_for "2 MB" events_fit
newest_stay() { ctl -o json events noisy | jq -e 'length > 4000 and last.vm == "vm30000"' >/dev/null; }
try "the oldest first" newest_stay

stop_pid $FLEET_PID
cases_done
