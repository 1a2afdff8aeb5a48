# shellcheck shell=bash
# daqs.sh - the programs under test, for rigs: a controller, agents, daqsctl, and queries on what
# they show. Source it after common.sh.
#
# All of it is on loopback and below $RUN. Names are unique to this run, so runs do not collide.
# SPDX-License-Identifier: Apache-2.0

DAQS_BIN=${DAQS_BIN:-$TOP/build/release/bin}
. "$TOP/tests/lib/ports.sh"
export DAQS_CONTROLLER="ipc://$RUN/admin.sock"

# Prints the endpoint of the bus: DAQS_BUS, or that port on loopback.
bus() { printf '%s' "${DAQS_BUS:-tcp://127.0.0.1:$DAQS_PORT}"; }

# DAQS_INSECURE=yes is for rigs whose agents are simulated, or strangers, and have no keys.
insecure_line() { [ -z "${DAQS_INSECURE:-}" ] || echo 'insecure = yes'; }

# Controllers of several rigs on one machine would need the same port for HTTP, so it is off unless
# DAQS_HTTP sets an address, such as 127.0.0.1:$((DAQS_PORT + 45)).

ctl() { "$DAQS_BIN/daqsctl" "$@"; }

# start_daemon NAME PROGRAM ARGUMENT...: starts it in the network namespace DAQS_NETNS, if that is
# set.
start_daemon() {
    local name=$1 program=$2
    shift 2
    # shellcheck disable=SC2086 # words, or none
    start "$name" ${DAQS_NETNS:+ip netns exec $DAQS_NETNS} "$DAQS_BIN/$program" "$@"
}

# controller_start [LINES...]: starts a controller on $RUN/daqs.db; CONTROLLER_LINES go below
# [controller], extra lines below [policy].
# Sets CONTROLLER_PID.
controller_start() {
    {
        printf '[controller]\nbus = %s\nadmin = ipc://%s/admin.sock\n' "$(bus)" "$RUN"
        printf 'http = %s\n' "${DAQS_HTTP:-}"
        printf 'database = %s/daqs.db\n%s\n%s\n[policy]\n' "$RUN" "$(insecure_line)" "${CONTROLLER_LINES:-}"
        printf '%s\n' "$@"
    } >"$RUN/controllerd.conf"
    start_daemon controller daqs-controllerd --config "$RUN/controllerd.conf"
    CONTROLLER_PID=$STARTED
    wait_for "the controller answers" ctl status
}

# agent_enroll HOST FOLDER: creates a key for the agent that keeps its state in FOLDER, copies the
# controller's key there, and enrols the agent's key.
agent_enroll() {
    mkdir -p "$2"
    cp "$RUN/controller.key.pub" "$2/"
    [ -e "$2/agent.key" ] || ctl keygen "$2/agent.key" >/dev/null 2>&1
    ctl enroll "$1" "$2/agent.key.pub" --force >/dev/null
}

# agent_start HOST UPLINK CAPACITY SOURCE_LINES...: starts an agent for HOST whose guests come from
# the lines given for [guests]; all their nics share UPLINK. An empty CAPACITY means the link's
# speed. AGENT_LINES go below [agent], UPLINK_LINES below [uplink]; AGENT_PROGRAM replaces
# daqs-agentd, relative to DAQS_BIN. Sets AGENT_PID.
agent_start() {
    local host=$1 uplink=$2 capacity=$3
    shift 3
    [ -n "${DAQS_INSECURE:-}" ] || agent_enroll "$host" "$RUN/agent-$host"
    {
        printf '[agent]\nhost = %s\ncontroller = %s\n' "$host" "$(bus)"
        printf 'state_dir = %s/agent-%s\n%s\n%s\n' "$RUN" "$host" "$(insecure_line)" "${AGENT_LINES:-}"
        printf '[guests]\n'
        printf '%s\n' "$@"
        printf '[uplink %s]\nnics = all\n' "$uplink"
        [ -z "$capacity" ] || printf 'capacity = %s\n' "$capacity"
        [ -z "${UPLINK_LINES:-}" ] || printf '%s\n' "$UPLINK_LINES"
    } >"$RUN/agentd-$host.conf"
    start_daemon "agent-$host" "${AGENT_PROGRAM:-daqs-agentd}" --config "$RUN/agentd-$host.conf"
    # shellcheck disable=SC2034 # for the caller
    AGENT_PID=$STARTED
}

# vm_field HOST VM FIELD: prints one field of the VM's (first) nic, "null" if it has none.
vm_field() {
    ctl -o json vms "$1" | jq -r --arg vm "$2" --arg f "$3" \
        'map(select(.vm == $vm)) | .[0] | .[$f]'
}

# vm_is HOST VM FIELD TEST...: checks the field with a jq test such as '. == "ok"'.
vm_is() {
    ctl -o json vms "$1" | jq -e --arg vm "$2" --arg f "$3" \
        "map(select(.vm == \$vm)) | length > 0 and (.[0][\$f] | $4)" >/dev/null
}

# vm_limited HOST VM: checks that the VM is managed, and that a limit is in force on its (first)
# nic.
vm_limited() { vm_is "$1" "$2" state '. == "ok" or . == "capped"' && vm_is "$1" "$2" limit_bps '. != null'; }

# vms_seen HOST COUNT: checks that COUNT nics of the host are measured.
vms_seen() {
    ctl -o json vms "$1" |
        jq -e --argjson n "$2" 'map(select(.usage_bps != null)) | length == $n' >/dev/null
}

# documented_metrics SECTION: the names of the metrics that a section of docs/metrics.md lists.
documented_metrics() { sed -n "/^## $1/,/^## /p" "$TOP/docs/metrics.md" | sed -n 's/^| `\([a-z_]*\)`.*/\1/p' | sort; }
