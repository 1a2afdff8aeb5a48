# shellcheck shell=bash
# screen.sh - output for a person: a line with a progress indicator for each task, and a table of
# guests that is redrawn in place. On anything but a terminal, both are plain lines, one after the
# other. Source it after common.sh and libvirt_rig.sh.
#
#   task LABEL ... task_done [NOTE]   around something that may take more than a second;
#                                     the last line of $TASK_LOG is shown next to it
#   task_run COMMAND...               COMMAND with its output in $TASK_LOG; dies if it fails
#   table_new TITLE                   the next table_show starts below the current output
#   table_show NOTE                   draws the table, NOTE below it
#
# Set by the caller, by guest: FLOWS, GUARANTEE, SENDS, LIMIT, WHY; rates in bit/s, - for none,
# ? for unknown. GUESTS lists them and UPLINK_BPS is the length of a full bar.
# SPDX-License-Identifier: Apache-2.0

# shellcheck disable=SC2153,SC2154 # GUESTS, UPLINK_BPS and those above are the caller's

TASK_LOG=$RUN/task.log
TASK=''
TICKER=''
SCREEN_LIVE='' # set for a terminal that can move its cursor
BOLD='' DIM='' GOOD='' BAD='' PLAIN=''
if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
    SCREEN_LIVE=1
    if [ -z "${NO_COLOR:-}" ]; then
        BOLD=$'\e[1m' DIM=$'\e[2m' GOOD=$'\e[32m' BAD=$'\e[31m' PLAIN=$'\e[0m'
    fi
fi

# Runs in parallel with the task. Ends with the script even if that is killed.
ticker() {
    local began=$SECONDS nap=''
    trap '[ -z "$nap" ] || { kill "$nap" && wait "$nap"; }; exit' TERM
    while kill -0 $$ 2>/dev/null; do
        # Without wrapping, so that the cursor stays in this line however long it gets.
        printf '\r\e[?7l\e[K  %s ... %d s  %s%s%s\e[?7h' "$TASK" $((SECONDS - began)) \
            "$DIM" "$(tail -n 1 "$TASK_LOG" | tr -cd '[:print:]')" "$PLAIN"
        sleep 1 &
        nap=$!
        wait "$nap"
    done
}

task() {
    TASK=$1 TASK_BEGAN=$SECONDS
    : >"$TASK_LOG"
    printf '  %s ... ' "$TASK"
    [ -n "$SCREEN_LIVE" ] || return 0
    ticker &
    TICKER=$!
}

task_done() {
    local took=$((SECONDS - TASK_BEGAN))
    task_stop
    [ -z "$SCREEN_LIVE" ] || printf '\r\e[K  %s ... ' "$TASK"
    TASK=''
    if [ $took -gt 1 ]; then printf 'done, %d s' $took; else printf 'done'; fi
    printf '%s\n' "${1:+ ($1)}"
}

# Also runs when a task was cut short.
task_stop() {
    [ -n "$TICKER" ] || return 0
    kill "$TICKER" 2>/dev/null || true
    wait "$TICKER" 2>/dev/null || true
    TICKER=''
}
on_exit task_stop

task_run() {
    local status=0
    "$@" >"$TASK_LOG" 2>&1 </dev/null || status=$?
    [ "$status" != 0 ] || return 0
    task_stop
    printf 'failed\n'
    tail -n 30 "$TASK_LOG" >&2
    [ "$status" != 77 ] || exit 77 # the archive lacks something, see image_parts.sh
    die "$TASK: failed; the last lines of its output are above"
}

# mbit BPS: prints Mbit/s; - and ? stay as they are.
mbit() {
    case $1 in
    - | '?') printf '%s' "$1" ;;
    *) printf '%d.%d' $(($1 / 1000000)) $(($1 / 100000 % 10)) ;;
    esac
}

# bar BPS GUARANTEE: prints twelve characters for the whole uplink, with a | at the guarantee.
bar() {
    local i length=$(($1 * 12 / UPLINK_BPS)) mark=-1 text=''
    [ "$2" = - ] || mark=$(($2 * 12 / UPLINK_BPS))
    for ((i = 0; i < 12; i++)); do
        if [ $i = $mark ]; then text+='|'; elif [ $i -lt $length ]; then text+='#'; else text+=' '; fi
    done
    printf '%s' "$text"
}

TABLE_LINES=0
table_new() {
    TABLE_LINES=0 TABLE_TITLE=$1
    # In a log the guests follow as separate lines, see table_line.
    [ -n "$SCREEN_LIVE" ] || printf '\n%s\n' "$TABLE_TITLE"
}

# Prints the table, one line per guest, at most 80 columns.
table_text() {
    local guest guarantee limit color why
    printf '%s%-5s %5s %9s %9s  %-12s %5s  %s%s\n' \
        "$BOLD" guest flows guarantee 'sends now' '' limit 'why (rates in Mbit/s)' "$PLAIN"
    for guest in "${GUESTS[@]}"; do
        guarantee=${GUARANTEE[$guest]} limit=${LIMIT[$guest]} color='' why=${WHY[$guest]}
        if [ "$guarantee" != - ]; then
            color=$GOOD
            [ "${SENDS[$guest]}" -ge "$guarantee" ] || color=$BAD
        fi
        [ ${#why} -le 27 ] || why=${why:0:24} why="${why% *} ..."
        printf '%-5s %5s %9s %s%9s  %-12s%s %5s  %s%s%s\n' "$guest" "${FLOWS[$guest]}" \
            "$(mbit "$guarantee")" \
            "$color" "$(mbit "${SENDS[$guest]}")" "$(bar "${SENDS[$guest]}" "$guarantee")" "$PLAIN" \
            "$(mbit "$limit")" "$DIM" "$why" "$PLAIN"
    done
}

# Prints one line per second, as much as is readable in a log; the whole table closes each part of
# it.
table_line() {
    local guest text=''
    for guest in "${GUESTS[@]}"; do
        text+="  $guest $(mbit "${SENDS[$guest]}")"
        [ "${LIMIT[$guest]}" = - ] || text+=" (limit $(mbit "${LIMIT[$guest]}"))"
    done
    printf '%s%s\n' "$1" "$text"
}

table_show() {
    local text line frame=''
    text=$(printf '\n%s%s%s\n' "$BOLD" "$TABLE_TITLE" "$PLAIN" && table_text && printf '%s' "$1")
    [ "$TABLE_LINES" = 0 ] || frame=$'\e['"${TABLE_LINES}A"
    TABLE_LINES=0
    while IFS= read -r line; do
        frame+=$'\r'"$line"$'\e[K\n'
        TABLE_LINES=$((TABLE_LINES + 1))
    done <<<"$text"
    # One write per frame, without wrapping: a narrow terminal cuts lines off instead of scrolling,
    # and the cursor moves up by the number of lines written.
    printf '\e[?7l%s\e[?7h' "$frame"
}
