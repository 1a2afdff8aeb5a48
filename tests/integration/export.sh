#!/usr/bin/env bash
# Tests the export of history: a simulated fleet's minutes into VictoriaMetrics, with failures, kills
# and restarts in between, and as CSV. The sums there are those of daqsctl history. The controller is
# started again in each hour, with a clock that is put ahead, so that each hour has a minute or two.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
export DAQS_INSECURE=yes
"$TOP/tests/lib/prometheus"

DB=$RUN/daqs.db
HOUR=3600
HOSTS="sim0001 sim0002 sim0003"
SHIM=${DAQS_BIN%/bin}/tests/wall_shim.so
export WALL_SHIM_FILE=$RUN/clock
clock_off() { # SECONDS, in place: the program has the file mapped
    OFF=$1
    perl -e 'print pack("q", $ARGV[0])' -- "$1" | dd of="$WALL_SHIM_FILE" conv=notrunc status=none
}
begin() { LD_PRELOAD=$SHIM controller_start "$@"; }
sql() { sqlite3 -readonly "$DB" "$1"; }
this_hour() { echo $((($(date +%s) + OFF) / HOUR * HOUR)); }
utc() { date -u -d "@$1" +%FT%TZ; }

# next_hour [LINES...]: lets two seconds and more of each nic be stored in this hour, and begins the
# next one. END_IT ends the controller in between.
END_IT=stop_pid
kill_it() {
    kill -9 "$1"
    wait "$1" || true
}
next_hour() {
    local hour
    hour=$(this_hour)
    wait_for "history of this hour" \
        eval '[ "$(sql "SELECT count(DISTINCT time || host_id) FROM history_recent WHERE step = 1 AND time >= '"$hour"'")" -ge 6 ]'
    $END_IT "$CONTROLLER_PID"
    clock_off $((OFF + HOUR))
    begin "$@"
    wait_for "usage" measured
    wait_for "the hour is packed" \
        eval '[ "$(sql "SELECT (SELECT count(*) FROM history WHERE step = 60 AND block = '"$hour"')
            - 1000 * (SELECT count(*) FROM history_recent WHERE step < 3600 AND time < '"$((hour + HOUR))"')")" = 6 ]'
}

VM=http://127.0.0.1:$((DAQS_PORT + 45))
start victoria-metrics "$TOP/build/prometheus/victoria-metrics" -storageDataPath="$RUN/vm" \
    -httpListenAddr="${VM#http://}" -retentionPeriod=100y -dedup.minScrapeInterval=1ms
wait_for "VictoriaMetrics" curl -sf "$VM/health"
clock_off $((HOUR - $(date +%s) % HOUR + 120)) # two minutes past an hour
begin
start fleet "$DAQS_BIN/daqs-fleetsim" --controller "tcp://127.0.0.1:$DAQS_PORT" --hosts 3 --nics 2 --seed 5 \
    --capacity 10Gbit --mix steady=1 --duration 3600s
measured() { ctl -o json vms | jq -e 'map(select(.usage_bps != null)) | length == 6' >/dev/null; }
wait_for "usage" measured
BEGAN=$(this_hour)
ctl set-sla sim0001 vm01 1Gbit >/dev/null

# --- what is there, and what is in the history ---

# sums_there, sums_here COLUMN: bytes of each VM, up to the last hour that is finished.
stored() { # SERIES: prints what is stored of it, up to the controller's time
    curl -sfG "$VM/api/v1/export" --data-urlencode "match[]=$1" -d "end=$(($(date +%s) + OFF))"
}
sums_there() { # SERIES
    curl -sf "$VM/internal/force_flush"
    stored "$1{step=\"1m\"}" |
        jq -cS '.metric as {$host, $vm} | {key: "\($host)/\($vm)", value: (.values | add)}' |
        jq -scS 'group_by(.key) | map({key: .[0].key, value: (map(.value) | add)}) | from_entries'
}
sums_here() { # COLUMN
    local host vm
    for host in $HOSTS; do
        for vm in vm01 vm02; do
            ctl -o json history "$host" $vm --step 1m --since "$(utc "$BEGAN")" --until "$(utc $(($(this_hour) - 1)))" |
                jq --arg key "$host/$vm" "{key: \$key, value: (map(.$1) | add)}"
        done
    done | jq -scS from_entries
}
same() { # SERIES COLUMN
    local there
    there=$(sums_there "$1")
    [ "$(jq length <<<"$there")" = 6 ] || { say "there: $there"; return 1; }
    [ "$there" = "$(sums_here "$2")" ] || { say "there: $there, here: $(sums_here "$2")"; return 1; }
}
all_same() { same daqs_nic_transmitted_bytes tx_bytes && same daqs_nic_received_bytes rx_bytes; }

# --- into VictoriaMetrics ---

TOKEN=$RUN/token
import() { curl -sSf -T - "$VM/api/v1/import"; }
ship() { # COMMAND...: what is exported is also appended to $RUN/sent
    ctl export-history -o jsonl --token-file "$TOKEN" -- "$@"
}
cat >"$RUN/import" <<SH
#!/bin/sh
tee -a "$RUN/sent" | curl -sSf -T - "$VM/api/v1/import"
SH
chmod 755 "$RUN/import"
twice() { # prints how many samples were sent more than once
    jq -c '.metric as $m | .timestamps[] | [$m, .]' "$RUN/sent" | sort | uniq -d | wc -l
}

try "without a finished hour nothing is exported" eval 'ship false && [ -s "$TOKEN" ]'
cp "$TOKEN" "$RUN/first-token"
next_hour
try "a finished hour is exported" ship "$RUN/import"
try "the sums are those of the history" all_same
try "what was exported is not exported again" ship false

# seconds_of_guarantee: prints how many the history has, of all hours that are finished or not.
seconds_of_guarantee() {
    ctl -o json history sim0001 vm01 --step 1m --since "$(utc "$BEGAN")" --until "$(utc "$(($(date +%s) + OFF))")" |
        jq 'map(.met_s + .missed_s + .idle_s) | add // 0'
}
wait_for "a second of the guarantee" eval '[ "$(seconds_of_guarantee)" -ge 1 ]'
next_hour
KEPT=$(cat "$TOKEN")
try "a command that fails is reported" says 1 'curl ended with status 7' \
    ship curl -sf -T - http://127.0.0.1:1/
try "one that does not exist, too" says 1 'nonexistent could not be started: No such file' ship /nonexistent
try "and the token stays" [ "$(cat "$TOKEN")" = "$KEPT" ]
try "the next run exports it" ship "$RUN/import"
try "the sums are the same" all_same
guaranteed() {
    stored '{__name__=~"daqs_nic_sla_.*_seconds"}' |
        jq -es 'all(.[]; .metric.host == "sim0001" and .metric.vm == "vm01") and (map(.values[]) | add) > 0' >/dev/null
}
try "with the seconds of the guarantee" guaranteed

next_hour
KEPT=$(cat "$TOKEN")
# Killed when all has arrived, but before the token is stored.
# shellcheck disable=SC2016 # for the inner shell
try "an export is killed" says 137 '' ship sh -c "$RUN/import && kill -9 \$PPID"
try "its token stays" [ "$(cat "$TOKEN")" = "$KEPT" ]
before=$(twice)
try "the next run exports the same again" ship "$RUN/import"
try "which are the same samples" eval '[ "$before" = 0 ] && [ "$(twice)" -gt 0 ]'
try "and count once" all_same

# --- the controller ends in between ---

: >"$RUN/sent"
kill_it "$CONTROLLER_PID"
try "without a controller, daqsctl says so" says 3 'no controller answers' ship false
begin
wait_for "usage" measured
END_IT=kill_it next_hour
try "after a controller was killed, the export goes on" ship "$RUN/import"
try "the sums are those of its history" all_same
try "and nothing was sent twice" [ "$(twice)" = 0 ]

# --- the token ---

# shellcheck disable=SC2016 # for the inner shell
next_hour
try "a token file is used by one export at a time" eval 'says 1 "is used by another process" \
    ship "$DAQS_BIN/daqsctl" export-history -o csv --token-file "$TOKEN"'
try "a file of another level is refused" says 1 'token: the token is of level 1m, not 1s' \
    ctl export-history -o csv --level 1s --token-file "$TOKEN"
printed() { ctl export-history -o csv "$@" >"$RUN/csv" 2>"$RUN/err"; }
try "the token is printed" eval 'printed --since "$(utc "$BEGAN")" &&
    grep -qx "daqsctl: continue with --after 1m\.[0-9]*" "$RUN/err"'
csv_sums() { jq -RscS 'split("\n") | map(split(",") | select(.[9] != null and .[9] != "tx_bytes")) |
    group_by(.[1:3]) | map({key: "\(.[0][1])/\(.[0][2])", value: (map(.[9] | tonumber) | add)}) | from_entries' "$RUN/csv"; }
try "csv has the same sums" eval '[ "$(csv_sums)" = "$(sums_here tx_bytes)" ]'
try "and one line with names" eval '[ "$(grep -c "^time,host,vm,uuid,nic,uplink,usage_bps," "$RUN/csv")" = 1 ]'
try "after the token there is nothing" eval 'printed --after "$(sed "s/.*--after //" "$RUN/err")" && [ ! -s "$RUN/csv" ]'
try "seconds are exported, too" eval 'printed --level 1s --host sim0002 &&
    [ "$(cut -d, -f2 "$RUN/csv" | sort -u | tr "\n" " ")" = "host sim0002 " ]'

# --- dropped before it was exported ---

next_hour '[history]' 'keep = 60s' 'keep_minutes = 1h'
wait_for "minutes are dropped" eval '[ "$(sql "SELECT time FROM history_from WHERE step = 60")" -gt '"$BEGAN"' ]'
cp "$RUN/first-token" "$TOKEN"
try "history that was dropped before it was exported is said" \
    says 4 "^daqsctl: history from .* was dropped before it was exported" ship "$RUN/import"
try "once" ship "$RUN/import"
cases_done
