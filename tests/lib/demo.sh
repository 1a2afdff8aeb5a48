# shellcheck shell=bash
# demo.sh - what the demonstrations of tools/quickstart share: builds DAQS, boots guests behind a slow
# uplink, lets them send, shows them once a second, and measures what arrives. Source it after
# common.sh, libvirt_rig.sh and screen.sh.
#
# Set by the caller: HOST, UPLINK_MBIT, GUESTS and FLOWS, the TCP flows by guest. A demonstration,
# such as demo_guarantee.sh, defines
#   fleet_up        starts everything and boots the guests
#   still_running   dies if a program that is needed has ended
#   demonstrate     shows it, and measures
#   judge           says what was held, and sets VERDICT to the exit status
#   how_to_look     prints commands for --keep
# SPDX-License-Identifier: Apache-2.0

# shellcheck disable=SC2034,SC2153 # screen.sh, the caller and the demonstrations share these

UPLINK_BPS=$((UPLINK_MBIT * 1000000))
TOO_BUSY=
declare -A INDEX=() GUARANTEE=() SENDS=() LIMIT=() WHY=()

# Replaces common.sh's: an interrupted demonstration leaves nothing worth keeping, and stopping
# takes long enough to be announced.
# shellcheck disable=SC2317 # called by common.sh's trap
finish() {
    local status=$?
    trap - EXIT
    trap '' INT TERM HUP PIPE
    set +e
    [ "$status" != 141 ] || exec >/dev/null # the reader is gone
    task_stop
    [ -z "$TASK" ] || echo
    if [ -n "$FAILED_AT" ]; then
        say "quickstart: failed at $FAILED_AT"
        status=1
    fi
    [ ${#UNDO[@]} -le 1 ] || echo "Stopping everything ..."
    undo_all
    give_back
    if [ "$status" = 1 ]; then
        say "kept for inspection: $RUN"
    else
        rm -rf "$RUN"
    fi
    [ -z "$TOO_BUSY" ] || say "$TOO_BUSY; try again on a quieter machine"
    exit "$status"
}
trap 'exit 141' PIPE
# The command at which set -e ends the script would not be reported otherwise.
FAILED_AT=''
set -o errtrace
trap 'FAILED_AT="${BASH_SOURCE[0]##*/} line $LINENO: $BASH_COMMAND"' ERR

# Under sudo, the checkout's owner must still be able to build in it. Not build/guest: libvirt
# records the owner of what guests boot from, and rejects the next guest if it has changed.
# shellcheck disable=SC2317 # called by finish
give_back() {
    [ "$(stat -c %u "$TOP")" != 0 ] && [ -d "$TOP/build/release" ] || return 0
    chown -h --reference="$TOP" "$TOP/build"
    chown -Rh --reference="$TOP" "$TOP/build/release"
}

# shellcheck disable=SC2317 # called by task_run
build() (cd "$TOP" && cmake --preset release && cmake --build --preset release)

prepare() {
    local installed
    task "packages"
    task_run "$TOP/tools/install-deps"
    installed=$(sed -n 's/^install-deps: installing /installed /p' "$TASK_LOG")
    task_done "$installed"
    task "building"
    task_run build
    task_done
    task "guest image"
    task_run "$TOP/tests/lib/guest-image"
    task_done
}

# ports_free FIRST COUNT: true if no socket listens on any of these ports.
ports_free() { [ -z "$(ss -Hltn "sport >= :$1 and sport < :$(($1 + $2))")" ]; }

# programs_use COUNT: sources daqs.sh, with COUNT free ports from DAQS_PORT on. After install-deps, which
# installs ss. Tests that run meanwhile choose ports from 10000 on.
programs_use() {
    until DAQS_PORT=$((7500 + RANDOM % 2400)) && ports_free "$DAQS_PORT" "$1"; do :; done
    DAQS_BIN=$TOP/build/release/bin
    # shellcheck source=daqs.sh disable=SC1091
    . "$TOP/tests/lib/daqs.sh"
}

host_up() {
    task "a host with a $UPLINK_MBIT Mbit/s uplink and a libvirtd of its own"
    libvirt_rig_up "${UPLINK_MBIT}mbit"
    task_done
}

guests_start() {
    local index=0 guest
    for guest in "${GUESTS[@]}"; do
        index=$((index + 1))
        libvirt_guest_start "$guest" $index
        INDEX[$guest]=$index GUARANTEE[$guest]=- SENDS[$guest]=0 LIMIT[$guest]=- WHY[$guest]=''
    done
}

# Waits until all guests have booted, which takes two seconds of processor time each. On a busy machine
# that may be minutes.
guests_wait() {
    local guest end=$((SECONDS + 600))
    task "booting ${#GUESTS[@]} guests, emulated"
    for guest in "${GUESTS[@]}"; do
        until libvirt_guest_ready "$guest" 2>/dev/null; do
            [ "$(libvirt_virsh domstate "$guest" 2>/dev/null)" = running ] ||
                die "guest $guest ended while booting: $(tail -n 1 "$LIBVIRT_DIR/$guest.console")"
            [ $SECONDS -lt $end ] || die "guest $guest did not boot within 10 minutes"
            sleep 0.5
        done
        echo "$guest is up" >>"$TASK_LOG"
    done
    wait_for "the controller sees the guests" vms_seen "$HOST" ${#GUESTS[@]}
    task_done
}

# iperf_second NAME: prints how many whole seconds of the guest's traffic its server has reported.
iperf_second() {
    awk -v flows="${FLOWS[$1]}" '
        $NF == "Kbits/sec" && (flows == 1 || $1 == "[SUM]") && match($0, /-[0-9.]+ /) {
            second = substr($0, RSTART + 1, RLENGTH - 2)
        }
        END { printf "%d\n", second + 0.5 }' "$RUN/iperf-$1.log"
}

# shellcheck disable=SC2317 # called by wait_for
sends_since() { [ "$(iperf_second "$1")" -ge "$2" ]; }

traffic_start() {
    local guest
    task "traffic"
    for guest in noisy gold; do
        # Longer than needed, because --keep goes on. The traffic is stopped at the end.
        libvirt_guest_iperf "$guest" "${INDEX[$guest]}" "${FLOWS[$guest]}" 86000
    done
    for guest in noisy gold; do
        wait_for "$guest's traffic arrives" sends_since "$guest" 1
    done
    task_done
}

# Reads what daqsctl shows. "Sends now" is the last whole second of the history, because single
# reports, ten per second, vary too much to be read.
look() {
    local rows guest min limit why sends
    rows=$(ctl -o json vms "$HOST" 2>/dev/null | jq -r '.[] |
        [.vm, if .min_bps > 0 then .min_bps else "-" end,
         if .state == "unresponsive" then "?" else .limit_bps // "-" end,
         if .state == "ok" or .state == "capped" then .reason else .state end] | @tsv') || return 0
    while IFS=$'\t' read -r guest min limit why; do
        GUARANTEE[$guest]=$min LIMIT[$guest]=$limit WHY[$guest]=$why
        sends=$(ctl -o json history "$HOST" "$guest" --since 5s |
            jq -r 'map(.usage_bps | values) | last // 0') || sends=0
        SENDS[$guest]=$sends
    done <<<"$rows"
}

arrived_now() {
    local guest second rate text='' sum=0
    for guest in gold noisy; do
        second=$(iperf_second "$guest")
        rate=$(iperf_mbps "$guest" $((second - 1)) "$second") || rate=0
        text+="$guest $rate, " sum="$sum + $rate"
    done
    printf 'arrived at the far end: %stotal %.1f of %s' "$text" "$(jq -n "$sum")" $UPLINK_MBIT
}

now_ms() { local us=${EPOCHREALTIME/./}; echo $((us / 1000)); }

# watch SECONDS TITLE [COMMAND...]: shows the guests once a second, until COMMAND succeeds if there is one.
watch() {
    local length=$1 began now shown
    table_new "$2"
    shift 2
    began=$(now_ms)
    for ((shown = 0; ; shown++)); do
        look
        still_running
        now=$(($(now_ms) - began))
        if [ -n "$SCREEN_LIVE" ]; then
            table_show "${DIM}$((now / 1000 < length ? now / 1000 : length)) of $length s; $(arrived_now)$PLAIN"
        else
            table_line "$(printf '%4d s' $((now / 1000)))"
        fi
        [ $now -lt $((length * 1000)) ] || break
        [ $# = 0 ] || ! "$@" || break
        # Waits for the next whole second.
        now=$(($(now_ms) - began))
        sleep "$(printf '0.%03d' $((1000 - now % 1000 > 999 ? 999 : 1000 - now % 1000)))"
    done
    [ -n "$SCREEN_LIVE" ] || { table_text && arrived_now && echo; }
}

# mean NAME SECOND LENGTH: prints the rate that arrived over the LENGTH seconds up to SECOND.
mean() {
    iperf_mbps "$1" $(($2 - $3)) "$2" || die "no traffic of $1 arrived; see $RUN/iperf-$1.log"
}

# is EXPRESSION: true if the expression, in which numbers may have fractions, is true.
is() { [ "$(jq -n "$1")" = true ]; }

keep_running() {
    local ended=''
    cat <<KEEP

Everything is still running. To look around from another terminal, as root:

  export DAQS_CONTROLLER=$DAQS_CONTROLLER
  export PATH=\$PATH:$DAQS_BIN
$(how_to_look)
  virsh -c '$LIBVIRT_URI' list

KEEP
    trap 'ended=1' INT # like Enter: the verdict determines the exit status
    if [ -t 0 ]; then
        printf 'Enter or Ctrl-C stops it. '
        until [ -n "$ended" ] || read -rt 1 || [ $? -le 128 ]; do still_running; done
    else
        printf 'Ctrl-C stops it.\n'
        while [ -z "$ended" ]; do
            still_running
            sleep 1
        done
    fi
}
