# shellcheck shell=bash
# changes.sh - rows of group_faults: SLAs that are set at several members at the same time.
# SPDX-License-Identifier: Apache-2.0

# set_many MEMBER FIRST: sets SLAs of one VM, a value never twice; prints how many were acknowledged.
set_many() {
    local i done=0
    for ((i = 0; i < OPTION[changes]; i++)); do
        ! member "$1" set-sla serial vm "$((i * 3 + $2 + 1))kbit" --force >/dev/null 2>>"$RUN/serial.$1.said" || done=$((done + 1))
    done
    printf '%s' "$done" >"$RUN/serial.$1"
}

row_serial() {
    local name pids=() first=0 total=0
    for name in $MEMBERS; do
        set_many "$name" "$first" &
        pids+=($!)
        first=$((first + 1))
    done
    wait "${pids[@]}"
    for name in $MEMBERS; do total=$((total + $(<"$RUN/serial.$name"))); done
    printf '    serial: %s of %s acknowledged\n' "$total" $((3 * OPTION[changes]))
    # One that meets others for 2 s is refused.
    try "serial: nearly all are acknowledged" [ "$total" -ge $((3 * OPTION[changes] * 99 / 100)) ]
    try "serial: the others are told to try again" eval '! cat "$RUN"/serial.*.said | grep -v "not stored, nothing changed: others change its host again and again; try again"'
    try "serial: each is in the trail, once" [ "$(pg_sql "SELECT count(*) || ' ' || count(DISTINCT new_min_bps) FROM audit WHERE host = 'serial'")" = "$total $total" ]
    try "serial: each begins where the one before has ended" trail_is_ledger
    row_serial_room
}

# Guarantees of one host that do not fit together: each member that knows its uplinks checks what is
# stored when it stores.
row_serial_room() {
    local name i pids=()
    for name in $MEMBERS; do
        (for ((i = 0; i < 5; i++)); do member "$name" set-sla sim0001 "vm$name$i" 10Gbit >/dev/null 2>&1 || true; done) &
        pids+=($!)
    done
    wait "${pids[@]}"
    try "serial: some of what was asked for is stored" [ "$(pg_sql "SELECT count(*) >= 2 FROM sla WHERE host = 'sim0001'")" = t ]
    try "serial: never more than the host has room for" [ "$(pg_sql "SELECT sum(min_bps) <= 40000000000 FROM sla WHERE host = 'sim0001'")" = t ]
    pg_sql "SELECT count(*), sum(min_bps) FROM sla WHERE host = 'sim0001'" | sed 's/^/    serial: SLAs of sim0001, and bit\/s: /'
}
