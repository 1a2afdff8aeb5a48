# shellcheck shell=bash
# columns.sh - runs an experiment with each way of control in turn, on any rig. The caller,
# evaluate, sets the following and defines the functions RIG_tc, RIG_source, RIG_send, ... and
# traffic_EXPERIMENT:
#
#   RIG          netns or libvirt
#   GUESTS       all guests; SENDERS: those that send
#   MIN          guest -> its guarantee, Mbit/s
#   UPLINK       its name for the agent; LINK_MBPS: its rate; CAPACITY: the capacity the agent uses
#   REPS, OUT, ONLY
# SPDX-License-Identifier: Apache-2.0

declare -A MIN=()
PIDS=()

# --- columns: the ways of control ---

control_none() { :; }

# Caps best effort permanently at what the guarantees leave, in equal parts.
control_static() {
    local others=0 left=$LINK_MBPS guest rate
    for guest in "${!MIN[@]}"; do left=$((left - MIN[$guest])); done
    for guest in $SENDERS; do [ -n "${MIN[$guest]:-}" ] || others=$((others + 1)); done
    rate=$((left / others))
    for guest in $SENDERS; do
        [ -n "${MIN[$guest]:-}" ] && continue
        "${RIG}_tc" "$guest" qdisc add dev eth0 root handle 1: htb default 1
        "${RIG}_tc" "$guest" class add dev eth0 parent 1: classid 1:1 htb \
            rate ${rate}mbit burst $((rate * 125 + 15000)) cburst $((rate * 125 + 15000)) quantum 60000
    done
}

control_stepping() {
    local arguments=() guest
    for guest in $SENDERS; do
        arguments+=("$("${RIG}_stepping_guest" "$guest"):${MIN[$guest]:-0}000000")
    done
    python3 "$TOP/tests/bench/stepping.py" "${LINK_MBPS}e6" "${arguments[@]}" >"$RUN/stepping.log" 2>&1 &
    PIDS+=($!)
}

control_daqs() {
    local guest source
    mapfile -t source < <("${RIG}_source")
    rm -f "$RUN"/daqs.db* && rm -rf "$RUN/agent-a"
    controller_start
    PIDS+=("$CONTROLLER_PID")
    agent_start a "$UPLINK" "$CAPACITY" "${source[@]}"
    PIDS+=("$AGENT_PID")
    wait_for "all nics measured" vms_seen a "$(wc -w <<<"$GUESTS")"
    for guest in "${!MIN[@]}"; do ctl set-sla a "$guest" "${MIN[$guest]}Mbit" >/dev/null; done
}

# As control_daqs, with polls twice as often.
control_daqs50() { AGENT_LINES="poll_interval = 50ms" control_daqs; }

control_end() {
    local pid guest
    for pid in "${PIDS[@]}"; do stop_pid "$pid"; done
    for guest in $GUESTS; do
        "${RIG}_tc" "$guest" qdisc del dev eth0 root 2>/dev/null || true
    done
    PIDS=()
}

# --- one run ---

send() { "${RIG}_send" "$@"; }

# On a virtual machine with busy neighbours, flows stall now and then under any control.
STOLEN_PERMILLE=30 ATTEMPTS=5

# run EXPERIMENT COLUMN REP SECONDS: repeats the run if too much processor time was stolen from it,
# ATTEMPTS times at most.
run() {
    local attempt stolen began
    for attempt in $(seq "$ATTEMPTS"); do
        stolen=$(stolen_ticks) began=$SECONDS
        run_once "$@"
        stolen=$((($(stolen_ticks) - stolen) * 10 / $(nproc) / (SECONDS - began)))
        [ "$stolen" -gt "$STOLEN_PERMILLE" ] || return 0
        say "  attempt $attempt: ${stolen} in 1000 of the processors' time were stolen"
    done
}

# run_once EXPERIMENT COLUMN REP SECONDS: makes one run. The traffic function returns when all
# senders have started. The first second is silent.
run_once() {
    local experiment=$1 column=$2 rep=$3 seconds=$4 began sampler file guest
    file=$OUT/$experiment.$column.$rep
    "control_$column"
    for guest in $SENDERS; do "${RIG}_prepare" "$guest"; done
    "${RIG}_sample" >"$file" &
    sampler=$!
    began=$SECONDS
    sleep 1
    "traffic_${experiment%%-*}"
    while [ $((SECONDS - began)) -lt "$seconds" ]; do sleep 0.2; done
    kill "$sampler" && wait "$sampler" 2>/dev/null || true
    for guest in $SENDERS; do "${RIG}_silence" "$guest"; done
    control_end
    say "$experiment $column $rep: $(python3 "$TOP/tests/bench/evaluation.py" line "$file")"
}

# wanted_any NAME...: checks whether the user's choice matches any of these.
wanted_any() {
    local name
    for name in "$@"; do if [[ $name =~ $ONLY ]]; then return 0; fi; done
    return 1
}

columns() { # columns EXPERIMENT SECONDS COLUMN...: alternating, repeated
    local experiment=$1 seconds=$2 rep column
    shift 2
    wanted_any "$experiment" || return 0
    for rep in $(seq "$REPS"); do
        for column in "$@"; do run "$experiment" "$column" "$rep" "$seconds"; done
    done
}
