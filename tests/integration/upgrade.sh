#!/usr/bin/env bash
# Tests the upgrade of a database with data, as left by the version before guarantees included
# headers (schema 7): all data is kept, guarantees that do not fit now stay, and this is reported
# once. fake_host acts as the hosts.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes

FAKE_HOST=${DAQS_BIN%/bin}/tests/fake_host
DB=$RUN/daqs.db
NOW=$(date +%s)
MINUTE=$(((NOW - 3600) / 60 * 60)) # a block that is packed
LATELY=$((NOW / 60 * 60 - 30))     # a second that is not packed yet
U() { printf '00000000-0000-0000-0000-%012d' "$1"; }

# --- the database ---

{
    version=0
    for file in "$TOP"/schema/000[1-7]_*.sql; do
        version=$((version + 1))
        cat "$file"
        printf "INSERT INTO migration VALUES (%d, '%s', 1);\n" "$version" "$(sha256sum <"$file" | cut -d' ' -f1)"
    done
    # 9.4 of 10 Gbit/s: less than 10 / (1514 / 1448), more than 10 / (1538 / 1448).
    cat <<SQL
PRAGMA application_id = 1145131347;
PRAGMA user_version = 7;
INSERT INTO sla VALUES ('a', 'gold', 9400000000, NULL, 1, ${NOW}000, 'alice', '$(U 1)');
INSERT INTO audit (at_ms, by, host, vm, new_min_bps, new_weight, what)
    VALUES (${NOW}000, 'alice', 'a', 'gold', 9400000000, 1, 'set-sla');
INSERT INTO event (id, at_ms, kind, level, host, vm, text)
    VALUES (1, ${NOW}000, 'controller-started', 'info', '', '', 'of before'),
           (2, ${NOW}000, 'oversubscribed', 'warning', 'b', '', 'uplink up0: of before');
INSERT INTO host VALUES (1, 'a', 1);
INSERT INTO vm VALUES (1, 1, 'gold', '$(U 1)');
INSERT INTO nic VALUES (1, 1, '02:00:00:00:00:00', 'up0', $NOW);
INSERT INTO history VALUES (1, $MINUTE, 1, 1000, x'', 125000, x'', 7, x'', 65535, x'', 65535, x'', 1, x'', 0, x'', 0, x'');
INSERT INTO history_recent VALUES (1, $LATELY, 1, CAST(
    x'01000000 e8030000 48e801000000 0b0000000000 ffff ffff 0100 0000 0000' ||
    x'01000000 e8030000 58e801000000 000000000000 ffff ffff 0000 0000 0000' AS BLOB));
SQL
# Blobs are written with blanks here.
} | sed "/^    x'/s/\([0-9a-f]\) /\1/g" >"$RUN/before.sql"
sqlite3 "$DB" <"$RUN/before.sql" >"$RUN/out"

# --- hosts ---

host_start() { # HOST UPLINKS "VM UUID"...
    local host=$1
    shift
    printf '%s\n' "$@" >"$RUN/$host.vms"
    start "host-$host" "$FAKE_HOST" "tcp://127.0.0.1:$DAQS_PORT" "$host" "$RUN/$host.vms"
}
controller_start
host_start a 'up0=10Gbit' "gold $(U 1)" "plain $(U 2)"
host_start b 'up0=10Gbit' "big $(U 9)"
both_report() { ctl -o json hosts | jq -e 'map(select(.last_report_ms != null)) | length == 2' >/dev/null; }
wait_for "both hosts" both_report

said() { ctl -o json events "$1" | jq "map(select(.kind == \"$2\" and (.text | test(\"of before\") | not))) | length"; }
says_so() { [ "$(said "$1" "$2")" = "$3" ]; }

# --- data from before ---

try "the database is of this version" eval '[ "$(sqlite3 -readonly "$DB" "PRAGMA user_version")" -gt 8 ]'
sla_stays() { ctl -o json list-sla a | jq -e '.[0].min_bps == 9400000000 and .[0].updated_by == "alice"' >/dev/null; }
try "an SLA is as it was" sla_stays
in_trail() { ctl -o json audit a gold | jq -e 'length == 1 and .[0].by == "alice" and .[0].min_bps == 9400000000' >/dev/null; }
try "so is the audit trail" in_trail
event_stays() { ctl -o json events | jq -e 'any(.id == 1 and .text == "of before")' >/dev/null; }
try "so are events" event_stays
numbers_go_on() { ctl -o json events | jq -e '[.[] | select(.text | test("of before") | not) | .id] | min > 2' >/dev/null; }
try "their numbers go on" numbers_go_on
at() { # TIME STEP TEST
    ctl -o json history a gold --step "$2" --since "$(date -u -d "@$1" +%FT%TZ)" \
        --until "$(date -u -d "@$1" +%FT%TZ)" | jq -e "$3" >/dev/null
}
try "so is history that was packed" at "$MINUTE" 1s \
    'length == 1 and .[0].tx_bytes == 125000 and .[0].rx_bytes == 7 and .[0].usage_bps == 1000000 and .[0].tx_packets == null'
try "and what waited for it" at "$LATELY" 1s 'length == 1 and .[0].tx_bytes == 250016 and .[0].rx_bytes == 11 and .[0].tx_packets == null'
sql_agrees() {
    [ "$(sqlite3 -readonly "$DB" "SELECT sum(tx_bytes) FROM history_rows WHERE step = 1 AND time = $LATELY")" = 250016 ]
}
try "for the sqlite3 shell too" sql_agrees

# --- guarantees that do not fit now ---

try "guarantees that fit no more are an event" wait_for "oversubscribed" says_so a oversubscribed 1
with_headers() {
    ctl -o json events a |
        jq -e 'any(.kind == "oversubscribed" and (.text | test("sum to 9.4Gbit, with headers 9.984Gbit of the 9.9Gbit")))' >/dev/null
}
try "that says what they take" with_headers
try "and the SLA stays" sla_stays

# Waits until b was reported as oversubscribed and then as not: by then, a would have been reported
# again.
look_around() {
    local before
    before=$(said b oversubscribed-end)
    wait_for "both hosts" both_report
    ctl set-sla b big 9.9Gbit --force >"$RUN/out" 2>&1 || ctl set-sla b big 9.4Gbit --force >"$RUN/out"
    wait_for "b is over" says_so b oversubscribed "$((before + 1))"
    ctl set-sla b big 1Gbit >"$RUN/out"
    wait_for "b is not" says_so b oversubscribed-end "$((before + 1))"
}
for again in again "yet again"; do
    stop_pid "$CONTROLLER_PID"
    controller_start
    try "a restart" look_around
    try "does not say it $again" says_so a oversubscribed 1
    try "nor that it is over" says_so a oversubscribed-end 0
done
try "the SLA stays all the time" sla_stays
ctl set-sla a gold 9.3Gbit >"$RUN/out"
try "its end is told, and when it began" wait_for "oversubscribed-end" eval \
    'ctl -o json events a | jq -e "any(.kind == \"oversubscribed-end\" and .since != null)" >/dev/null'
cases_done
