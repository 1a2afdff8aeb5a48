# shellcheck shell=bash
# lives.sh - the common part of the scripts in tests/chaos that start and end a controller and an
# agent without guests again and again. Source it after daqs.sh.
# SPDX-License-Identifier: Apache-2.0

# lives_options LAST_LINE OPTION...: sets ROUNDS and SEED, prints them, and seeds RANDOM. The help
# text ends in that line of the script.
lives_options() {
    local last=$1
    SEED=$((RANDOM * 32768 + RANDOM))
    shift
    while [ $# -gt 0 ]; do
        [ "$1" != --help ] || { sed -n "2,${last}s/^# \{0,1\}//p" "$0" && exit 0; }
        [[ ${2:-} =~ ^[0-9]+$ ]] || { say "${0##*/}: $1: try --help" && exit 2; }
        case $1 in
            --rounds) ROUNDS=$2 ;;
            --seed) SEED=$2 ;;
            *) say "${0##*/}: unknown option '$1'; try --help" && exit 2 ;;
        esac
        shift 2
    done
    printf 'seed %s (%s --seed %s --rounds %s)\n' "$SEED" "$0" "$SEED" "$ROUNDS"
    RANDOM=$SEED
}

# The controller keeps its files in $RUN/state, the agent, host a, in $RUN/agent.
mkdir -p "$RUN/state" "$RUN/agent"
{
    printf '[controller]\nbus = tcp://127.0.0.1:%s\nadmin = ipc://%s/admin.sock\nhttp =\n' "$DAQS_PORT" "$RUN"
    printf 'database = %s/state/daqs.db\ninsecure = yes\n' "$RUN"
} >"$RUN/controllerd.conf"
{
    printf '[agent]\nhost = a\ncontroller = tcp://127.0.0.1:%s\nstate_dir = %s/agent\ninsecure = yes\n' "$DAQS_PORT" "$RUN"
    printf '[guests]\nsource = sockets\nsocket_glob = %s/none/*.qga\n[uplink lo]\nnics = all\ncapacity = 10Gbit\n' "$RUN"
} >"$RUN/agentd.conf"

FAILED=0
up() { ctl -o json hosts | jq -e 'any(.host == "a" and .state == "up")' >/dev/null; }
gone() { ! kill -0 "$1" 2>/dev/null; }
answers_or_gone() { gone "$CONTROLLER_PID" || ctl status; }
agent_serves_or_gone() { gone "$AGENT_PID" || grep -q 'host a, controller' "$RUN/agent.log"; }
start_both() {
    start_daemon controller daqs-controllerd --config "$RUN/controllerd.conf"
    CONTROLLER_PID=$STARTED
    wait_for "the controller answers or ends" answers_or_gone
    start_daemon agent daqs-agentd --config "$RUN/agentd.conf"
    AGENT_PID=$STARTED
    wait_for "the agent serves or ends" agent_serves_or_gone
}
# end PID SIGNAL: ends a process and sets STATUS.
end() {
    STATUS=0
    kill -"$2" "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || STATUS=$?
}
bad() {
    say "round $round: $*; the log: $(tail -n 5 "$RUN/controller.log" "$RUN/agent.log")"
    FAILED=$((FAILED + 1))
}
# well_logged: checks that neither log has what no program should write.
well_logged() { ! grep -q 'Sanitizer\|Assertion' "$RUN/controller.log" "$RUN/agent.log" || bad "a report of a sanitizer"; }
