#!/usr/bin/env bash
# Tests an agent whose controllers form a group: fallbacks, moves without a lapse, moves that fail,
# loops, and what it remembers over a restart. The controllers are fakes; the guest is real.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

TOOLS=$DAQS_BIN/../tests
LEASE_MS=3000
C1=tcp://127.0.0.1:$DAQS_PORT C2=tcp://127.0.0.1:$((DAQS_PORT + 1)) NOWHERE=tcp://127.0.0.1:$((DAQS_PORT + 2))
NAMELESS=tcp://localhost:$((DAQS_PORT + 2)) # no resolver answers
STATE=$RUN/agent-a
export DAQS_INSECURE=yes

# member NAME LIMIT MEMBER...: sets what controller NAME does; members are c1, c2, nowhere, nameless.
member() {
    local name=$1 limit=$2 m
    shift 2
    {
        printf 'name %s\nepoch 100\nlease %s\nlimit %s\n' "$name" "$LEASE_MS" "$limit"
        for m in "$@"; do
            case $m in
            c1) printf 'member c1=%s\n' "$C1" ;;
            c2) printf 'member c2=%s\n' "$C2" ;;
            nowhere) printf 'member c9=%s\n' "$NOWHERE" ;;
            nameless) printf 'member c8=%s\n' "$NAMELESS" ;;
            *) printf '%s\n' "$m" ;;
            esac
        done
    } >"$RUN/$name.new"
    mv "$RUN/$name.new" "$RUN/$name.says"
}
controller() { # NAME: starts it. Sets STARTED
    local endpoint=$C1
    [ "$1" = c1 ] || endpoint=$C2
    start "$1" ip netns exec "$DAQS_NETNS" "$TOOLS/fake_controller" "$endpoint" "$RUN/$1.says"
}
agent() { # starts the agent, or again
    start_daemon agent-a daqs-agentd --config "$RUN/agentd-a.conf"
    AGENT=$STARTED
}
lines() { grep -c "$2" "$RUN/$1.log" || true; } # CONTROLLER PATTERN
served() { [ "$(lines "$1" '^served')" -gt "$2" ]; } # CONTROLLER COUNT: more often than before
limited() { guest_exec_ns a vm tc class show dev eth0 | any_line "^class htb da05:1 root .*rate $1"; }
never_lapsed() { ! grep -q 'the lease expired' "$RUN/agent-a.log"; }
checked() { # PATTERN in what --check-config prints
    "$DAQS_BIN/daqs-agentd" --config "$RUN/agentd-a.conf" --check-config >"$RUN/check" 2>&1 || true
    grep -q "$1" "$RUN/check"
}
metric() { ip netns exec "$DAQS_NETNS" curl -s "http://127.0.0.1:$((DAQS_PORT + 3))/metrics" | any_line "$1"; }
now_ms() { date +%s%3N; }

# Controllers and agent are in a namespace where names are asked of a server that never answers.
export DAQS_NETNS=dq$$-names
mkdir -p "/etc/netns/$DAQS_NETNS"
on_exit rm -rf "/etc/netns/$DAQS_NETNS"
on_exit ip netns del "$DAQS_NETNS"
echo 'nameserver 198.18.0.9' >"/etc/netns/$DAQS_NETNS/resolv.conf"
: >"/etc/netns/$DAQS_NETNS/hosts"
ip netns add "$DAQS_NETNS"
ip -n "$DAQS_NETNS" link set lo up
ip -n "$DAQS_NETNS" link add names0 type veth peer name names1
ip -n "$DAQS_NETNS" address add 198.18.0.1/24 dev names0
ip -n "$DAQS_NETNS" link set names0 up
ip -n "$DAQS_NETNS" link set names1 up

netns_host_up a 500mbit
netns_guest_up a vm 1
member c1 100000000 c1 c2
member c2 200000000 c1 c2
controller c1
controller c2
C2_PID=$STARTED
AGENT_LINES="metrics = 127.0.0.1:$((DAQS_PORT + 3))" DAQS_BUS="$C1, $C2" \
    agent_start a up0 500Mbit "source = sockets" "socket_glob = $RUN/a/*.qga"
AGENT=$AGENT_PID

wait_for "limits of c1" limited 100Mbit
try "the first controller is dialled first, and none was lost before" \
    grep -q '^hello 0 left=-' "$RUN/c1.log"
try "the second is left alone" test "$(lines c2 hello)" = 0
try "the list is kept" eval '[ "$(wc -l <"$STATE/controllers")" = 3 ] && grep -qx "$C2 - c2" "$STATE/controllers"'
try "metrics show the controller and its fallback" eval '
    metric "^daqs_agent_controller{member=\"c1\",endpoint=\"$C1\"} 1$" &&
    metric "^daqs_agent_controller{member=\"c2\",endpoint=\"$C2\"} 0$"'

# --- a move ---

member c2 200000000 c2 c1
member c1 100000000 c2 c1
try "sent to c2, it obeys c2" wait_for "limits of c2" limited 200Mbit
try "c1 is told" wait_for "its bye" grep -q '^bye 4' "$RUN/c1.log"
try "c2 has an epoch above that of c1" grep -q '^hello 100 left=-' "$RUN/c2.log"
try "the move is counted" wait_for "the metric" metric '^daqs_agent_moves_total 1$'
try "no lease lapsed" never_lapsed

# --- a move that fails ---

member c2 200000000 nowhere c2
try "sent to where nothing listens, it stays and says so" \
    wait_for "a hello" grep -q '^hello 101 left=c9' "$RUN/c2.log"
try "it is still limited by c2" limited 200Mbit
try "no lease lapsed" never_lapsed
member c2 200000000 c2 c1

# --- a dead controller ---

member c1 100000000 c1 c2
member c2 200000000 c2 c1
wait_for "the list of c2, with c1 as its fallback" grep -qx "$C1 - c1" "$STATE/controllers"
BEFORE=$(lines c1 '^served')
SINCE=$(now_ms)
{ kill -KILL "$C2_PID" && wait "$C2_PID"; } 2>/dev/null || true
wait_for "c1 to serve it" served c1 "$BEFORE"
TOOK=$(($(now_ms) - SINCE))
printf '(c1 is obeyed after %s ms)\n' "$TOOK"
try "when c2 is killed it goes on to c1 in a few seconds" at_most "$TOOK" 5000
[ "$TOOK" -ge "$LEASE_MS" ] || try "before its lease lapsed" never_lapsed # on a busy machine it may
try "and says that it has lost c2" grep -q '^hello 101 left=c2' "$RUN/c1.log"
try "whose limit is in force" wait_for "it" limited 100Mbit

# --- restarts ---

controller c2
stop_pid "$AGENT"
HELLOS=$(lines c1 '^hello')
sed -i "2{h;d};3{G}" "$STATE/controllers" # c2 is the home
BEFORE=$(lines c2 '^served')
agent
try "after a restart it dials its home, not the first that is configured" \
    wait_for "c2 to serve it" served c2 "$BEFORE"
try "and no other" test "$(lines c1 '^hello')" = "$HELLOS"
try "which --check-config shows" checked "controller c2 at $C2"

# --- names ---

member c2 200000000 nameless c2
try "sent to a name that no resolver knows, it stays as well" \
    wait_for "a hello" grep -q '^hello [0-9]* left=c8' "$RUN/c2.log"
sleep 5 # until the resolver gives up
try "no lease lapsed meanwhile" never_lapsed

# --- a loop ---

member c1 100000000 c2 c1
member c2 300000000 c1 c2
try "sent to and fro, it stays with the one that serves it" \
    wait_for "a hello" grep -q '^hello [0-9]* left=c1' "$RUN/c2.log"
try "c2 goes on" wait_for "its new limit" limited 300Mbit
try "no lease lapsed" never_lapsed

# --- a damaged file ---

stop_pid "$AGENT"
member c1 100000000 c1 c2
echo nonsense >"$STATE/controllers"
try "a damaged file is a mistake" checked 'controllers is damaged'
BEFORE=$(lines c1 '^served')
agent
try "with a damaged file the first that is configured is dialled" \
    wait_for "c1 to serve it" served c1 "$BEFORE"
try "the log says so once" test "$(lines agent-a 'is damaged')" = 1
try "it is kept" test -f "$STATE/controllers.damaged"
try "a list is stored again" grep -qx "$C1 - c1" "$STATE/controllers"

# --- a controller without a group ---

sed -i '/^name\|^member/d' "$RUN/c1.says"
try "a controller without a group ends the list" \
    wait_for "an empty list" eval '[ "$(wc -l <"$STATE/controllers")" = 1 ]'
cases_done
