#!/usr/bin/env bash
# record_release.sh - records what this version leaves behind into tests/data/VERSION, for
# tests/integration/releases.sh: a database, what daqsctl prints of it, configurations with every
# key, and an agent's state_dir. Run once, on the commit of the release. Takes three minutes.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/common.sh"
. "$TOP/tests/lib/daqs.sh"

VERSION=$("$DAQS_BIN/daqsctl" --version | cut -d' ' -f2)
OUT=$TOP/tests/data/$VERSION
FAKE_HOST=${DAQS_BIN%/bin}/tests/fake_host
MINUTES=2 # so that history has whole ones
HOSTS=()
[ ! -e "$OUT" ] || die "$OUT exists: a release is recorded once"
mkdir -p "$OUT/state"

# --- a database ---

uuid() { printf '00000000-0000-0000-0000-%012d' "$1"; }
host_start() { # HOST UPLINKS "VM UUID STATE BYTES"...
    local host=$1
    shift
    printf '%s\n' "$@" >"$RUN/$host.vms"
    start "host-$host" "$FAKE_HOST" "tcp://127.0.0.1:$DAQS_PORT" "$host" "$RUN/$host.vms"
    HOSTS+=("$STARTED")
}
key() { printf 'a recorded key with 32 bytes: %03d' "$1" | tail -c 32 | base64; }
controller_start
ctl enroll node1 "$(key 1)" --role agent
ctl enroll kim "$(key 2)" --role viewer
ctl enroll gone "$(key 3)" --role operator
ctl revoke gone
stop_pid "$CONTROLLER_PID"
DAQS_INSECURE=yes controller_start
host_start node1 'up0=10Gbit up1=25Gbit' "gold $(uuid 1) 0 25000000" "plain $(uuid 2) 0 12500000" "silent $(uuid 3)"
host_start node2 'up0=10Gbit' "big $(uuid 9) 0 2500000" "no-uuid - 0 100"
both_up() { ctl -o json hosts | jq -e 'all(.last_report_ms != null) and (map(.host) | unique | length == 2)' >/dev/null; }
wait_for "both hosts" both_up
ctl set-sla node1 gold 2Gbit --max 5Gbit --weight 3
ctl set-sla node1 plain 1Gbit
ctl unset-sla node1 plain
ctl set-sla node2 big 1Gbit
ctl set-sla node3 later 500Mbit --force
ctl set-policy node2/up0 fair
ctl set-policy node1/up1 off
sleep $((MINUTES * 60 + 20)) # the span of time that is recorded
stop_pid "$CONTROLLER_PID"
for pid in "${HOSTS[@]}"; do stop_pid "$pid"; done
sqlite3 "$RUN/daqs.db" .dump >"$OUT/database.sql"
printf 'PRAGMA application_id = %d;\nPRAGMA user_version = %d;\n' \
    "$(sqlite3 "$RUN/daqs.db" 'PRAGMA application_id')" "$(sqlite3 "$RUN/daqs.db" 'PRAGMA user_version')" >>"$OUT/database.sql"
date +%s >"$OUT/recorded_s"

# --- what daqsctl prints of it; hosts that are away are in all of these ---

DAQS_INSECURE=yes controller_start
SINCE=$(date -u -d '-1 hour' +%FT%TZ)
UNTIL=$(date -u -d "@$(($(cat "$OUT/recorded_s") / 60 * 60))" +%FT%TZ) # whole minutes
ctl -o json list-sla >"$OUT/list-sla.json"
ctl -o json audit --since "$SINCE" --until "$UNTIL" >"$OUT/audit.json"
ctl -o json events --since "$SINCE" --until "$UNTIL" >"$OUT/events.json"
ctl -o json history node1 gold --since "$SINCE" --until "$UNTIL" >"$OUT/history.json"
ctl -o json history node1 gold --step 1m --since "$SINCE" --until "$UNTIL" >"$OUT/history-1m.json"
ctl -o json report --since "$SINCE" --until "$UNTIL" >"$OUT/report.json"
printf -- '--since %s --until %s\n' "$SINCE" "$UNTIL" >"$OUT/span"

# --- configurations with every key ---

every_key() { sed -E 's/^; (\[|[a-z_]+ = )/\1/' "$TOP/packaging/$1.conf" >"$OUT/$1.conf"; }
every_key agentd
every_key controllerd

# --- an agent's state_dir ---

printf '%s\n' 1796004546684 >"$OUT/state/epoch"
printf '%s\n' '10000 3000' 'mode fair up1' \
    '2000000000 5000000000 3 02:00:00:00:00:01 gold' '500000000 - 1 02:00:00:01:00:01 a name with blanks' \
    >"$OUT/state/promises"
printf '%s\n' 'ens6f1np1 3 0' 'ens6f1np1 17 10000' >"$OUT/state/vf-rates"
say "recorded $OUT"
