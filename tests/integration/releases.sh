#!/usr/bin/env bash
# The databases of released versions stay readable: tests/data/VERSION holds a database and what
# daqsctl printed of it, as tests/lib/record_release.sh recorded them. Each recorded row must still
# be printed, with the same values; later versions may add columns. The messages of released
# versions are in schema/vectors; test_releases.c reads their configurations and state_dir.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
export DAQS_INSECURE=yes

# The programs run at the time of the recording, or history would be too old to be kept.
SHIM=${DAQS_BIN%/bin}/tests/wall_shim.so
export WALL_SHIM_FILE=$RUN/clock
set_clock() { # SECONDS
    perl -e 'print pack("q", $ARGV[0] - time)' "$1" >"$WALL_SHIM_FILE"
}

# same_rows RECORDED COMMAND...: each recorded row is among the printed ones.
same_rows() {
    local recorded=$1
    shift
    LD_PRELOAD=$SHIM ctl -o json "$@" >"$RUN/printed"
    jq -e --slurpfile printed "$RUN/printed" '
        length > 0 and all(.[]; . as $row
            | any($printed[0][]; . as $now | $row | to_entries | all($now[.key] == .value)))' \
        "$recorded" >/dev/null || { diff <(jq . "$recorded") <(jq . "$RUN/printed") >&2; return 1; }
}

read_release() {
    local data=$1 version span
    version=$(basename "$data")
    read -r -a span <"$data/span"
    rm -f "$RUN"/daqs.db*
    sqlite3 "$RUN/daqs.db" <"$data/database.sql" >"$RUN/out"
    set_clock "$(cat "$data/recorded_s")"
    LD_PRELOAD=$SHIM controller_start
    try "$version: SLAs" same_rows "$data/list-sla.json" list-sla
    try "$version: the audit trail" same_rows "$data/audit.json" audit "${span[@]}"
    try "$version: events" same_rows "$data/events.json" events "${span[@]}"
    try "$version: history" same_rows "$data/history.json" history node1 gold "${span[@]}"
    try "$version: minutes of history" same_rows "$data/history-1m.json" history node1 gold --step 1m "${span[@]}"
    try "$version: the report" same_rows "$data/report.json" report "${span[@]}"
    sql() { sqlite3 -readonly "$RUN/daqs.db" "$1"; }
    try "$version: principals" eval '[ "$(sql "SELECT count(*) FROM peer")" = 2 ]'
    try "$version: policies" eval '[ "$(sql "SELECT count(*) FROM policy")" = 2 ]'
    stop_pid "$CONTROLLER_PID"
}
found=0
for data in "$TOP"/tests/data/[0-9]*; do
    [ -d "$data" ] || continue
    found=$((found + 1))
    read_release "$data"
done
[ "$found" -gt 0 ] || die "no release is recorded in tests/data"
cases_done
