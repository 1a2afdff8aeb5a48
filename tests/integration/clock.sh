#!/usr/bin/env bash
# Tests a controller whose wall clock is wrong: one that is far ahead deletes nothing and gives no
# epoch; agents that have obeyed an epoch of such a clock are taken over by an older database.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
export DAQS_INSECURE=yes

DB=$RUN/daqs.db
DAY=86400
YEAR=$((365 * DAY))
SHIM=${DAQS_BIN%/bin}/tests/wall_shim.so
export WALL_SHIM_FILE=$RUN/clock
# In place: the program has the file mapped.
clock_off() { # SECONDS
    OFF=$1
    perl -e 'print pack("q", $ARGV[0])' -- "$1" | dd of="$WALL_SHIM_FILE" conv=notrunc status=none
}
begin() { LD_PRELOAD=$SHIM controller_start; }
begin_off() { # SECONDS: starts the controller again, with a clock that is off
    stop_pid "$CONTROLLER_PID"
    clock_off "$1"
    begin
}
status() { ctl -o json status | jq -r --arg n "$1" '.[] | select(.name == $n).value'; }
clock_is() { [ "$(status clock)" = "$1" ]; }
sql() { sqlite3 -readonly "$DB" "$1"; }
events() { sql "SELECT count(*) FROM event WHERE kind = '$1'"; }
all_are() { ctl -o json hosts | jq -e --arg s "$1" 'length == 3 and all(.[]; .state == $s)' >/dev/null; }
measured() { ctl -o json vms | jq -e 'map(select(.usage_bps != null)) | length == 6' >/dev/null; }

clock_off 0
begin
start fleet "$DAQS_BIN/daqs-fleetsim" --controller "tcp://127.0.0.1:$DAQS_PORT" --hosts 3 --nics 2 --seed 3 \
    --capacity 10Gbit --mix steady=1 --duration 3600s
wait_for "the fleet" all_are up
wait_for "usage" measured
has_history() { [ "$(sql 'SELECT count(*) FROM history_recent')" -ge 3 ]; }
wait_for "history" has_history
try "a right clock is trusted" clock_is ok
sqlite3 "$DB" ".backup $RUN/older.db"
EPOCH=$(status epoch)
FIRST=$(sql 'SELECT min(id) FROM event')
OLDEST=$(sql 'SELECT min(time) FROM history_recent WHERE step = 1')

# --- ahead at the start ---

kept() { # nothing that was there before is gone
    [ "$(sql 'SELECT min(id) FROM event')" = "$FIRST" ] &&
        [ "$(sql "SELECT (SELECT count(*) FROM history_recent WHERE time = $OLDEST)
                       + (SELECT count(*) FROM history WHERE step = 1 AND block <= $OLDEST)")" -gt 0 ]
}
newest() { sql "SELECT coalesce(max(time), 0) FROM history_recent WHERE step = 1 AND time <= $(($(date +%s) + OFF))"; }
later() { # SECONDS: waits until that many have been stored since
    local after=$(($(date +%s) + OFF + $1))
    wait_for "later history" eval '[ "$(newest)" -ge '$after' ]'
}
for ahead in $((3 * YEAR)) $((8 * DAY)); do
    begin_off "$ahead"
    try "a clock $((ahead / DAY)) days ahead is doubtful" wait_for "the doubt" clock_is doubtful
    try "the agents obey" wait_for "them" all_are up
    try "an epoch that is not from the clock" test "$(status epoch)" -lt $((EPOCH + 1000))
    later 3
    try "and nothing is deleted" kept
done
said() { [ "$(events clock-doubtful)" = "$1" ]; }
try "an event says so, each time" wait_for "the events" said 2
problem() { { ctl -o json problems || true; } | jq -e 'any(.[]; .kind == "clock-doubtful")' >/dev/null; }
try "and so does the list of problems" problem
clock_off 0
try "a clock that is corrected is trusted" wait_for "that" clock_is ok
clock_off $((9 * DAY))
try "a step while it runs is not" wait_for "that" clock_is doubtful
later 3
try "and nothing is deleted then" kept
begin_off $((-8 * DAY))
try "a clock that is behind is trusted" clock_is ok
try "the agents obey it" wait_for "them" all_are up
later 3
try "and nothing is deleted by it" kept

# --- an epoch of such a clock ---

begin_off $((3 * YEAR))
wait_for "the doubt" clock_is doubtful
try "an operator confirms a clock" eval 'ctl take-over >"$RUN/out"'
try "it is trusted" clock_is ok
try "the epoch is from it" test "$(status epoch)" -gt $((EPOCH + YEAR * 1000))
obeyed() { [ "$(status hosts_disobeying)" = 0 ] && all_are up && later 2; }
try "the agents obey it at once" obeyed
stop_pid "$CONTROLLER_PID"
rm -f "$DB"*
cp "$RUN/older.db" "$DB"
clock_off 0
begin
try "an older database is not obeyed" wait_for "that" all_are disobeys
try "how many is shown" test "$(status hosts_disobeying)" = 3
advised() { [ "$(sql "SELECT count(*) FROM event WHERE kind = 'host-disobeys' AND text LIKE '%ahead of this controller''s clock%take-over%'")" = 3 ]; }
try "an event says what to do" wait_for "them" advised
would() { ctl take-over --dry-run >"$RUN/out" && grep -q '; hosts that disobey: 3$' "$RUN/out"; }
try "a dry run changes nothing" eval 'would && all_are disobeys'
taken() { ctl take-over >"$RUN/out" && grep -q '; hosts taken over: 3$' "$RUN/out"; }
try "a take-over" taken
try "makes them obey" wait_for "them" all_are up
try "it is in the audit trail" eval "ctl -o json audit | jq -e 'any(.[]; .what == \"take-over\")' >/dev/null"
stop_pid "$CONTROLLER_PID"
begin
try "they also obey the next start" wait_for "them" all_are up
cases_done
