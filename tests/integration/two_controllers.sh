#!/usr/bin/env bash
# Tests two controllers on one fleet by mistake, with one key: the agent obeys the newer one, the
# older one leaves it alone, and both log it.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

OLD_PORT=$DAQS_PORT
NEW_PORT=$((DAQS_PORT + 1))
NEW=ipc://$RUN/new/admin.sock
new() { ctl --controller "$NEW" "$@"; }
event() { "$1" -o json events | jq -e --arg k "$2" 'any(.[]; .kind == $k and .host == "a")' >/dev/null; }
state() { [ "$("$1" -o json hosts | jq -r '.[0].state')" = "$2" ]; }
limited() { guest_exec_ns a plain tc class show dev eth0 | any_line '^class htb da05:1 root'; }

netns_host_up a 500mbit
netns_guest_up a gold 1
netns_guest_up a plain 2
controller_start "lease = 1s"
OLD_PID=$CONTROLLER_PID
agent_enroll a "$RUN/agent-a"
OLD_EPOCH=$(ctl -o json status | jq -r '.[] | select(.name == "epoch").value')

# The second: another machine with a copy of the first one's files.
mkdir "$RUN/new"
cp "$RUN/controller.key" "$RUN/new/"
{
    printf '[controller]\nbus = tcp://127.0.0.1:%s\nadmin = %s\nhttp =\n' "$NEW_PORT" "$NEW"
    printf 'database = %s/new/daqs.db\nkey = %s/new/controller.key\n[policy]\nlease = 1s\n' "$RUN" "$RUN"
} >"$RUN/new/controllerd.conf"
start_daemon new-controller daqs-controllerd --config "$RUN/new/controllerd.conf"
NEW_PID=$STARTED
wait_for "the second controller" new version
new enroll a "$RUN/agent-a/agent.key.pub" >/dev/null
NEW_EPOCH=$(new -o json status | jq -r '.[] | select(.name == "epoch").value')
try "the one that was started later is the newer" test "$NEW_EPOCH" -gt "$OLD_EPOCH"
ctl set-sla a gold 200Mbit >/dev/null
new set-sla a gold 200Mbit >/dev/null

agent_start a up0 500Mbit "source = sockets" "socket_glob = $RUN/a/*.qga"
stop_pid "$AGENT_PID"
sed -i "s|^controller = .*|controller = tcp://127.0.0.1:$OLD_PORT, tcp://127.0.0.1:$NEW_PORT|" "$RUN/agentd-a.conf"
start_daemon agent-a daqs-agentd --config "$RUN/agentd-a.conf"
AGENT=$STARTED
traffic_start a gold 2 600
try "the older is obeyed while nothing else is known" wait_for "a limit" limited
try "nobody is said to disobey" eval '! event ctl host-disobeys'

kill -STOP "$OLD_PID"
try "when it is silent the newer is found" wait_for "host a there" state new up
wait_for "the newer's limits" eval '[ "$(cat "$RUN/agent-a/epoch")" = '"$NEW_EPOCH"' ]'
kill -CONT "$OLD_PID"

kill -STOP "$NEW_PID"
try "back at the older, the agent does not obey it" wait_for "it" state ctl disobeys
try "which it says" wait_for "an event" event ctl host-disobeys
try "the guarantee holds meanwhile" limited
try "the epoch stays" test "$(cat "$RUN/agent-a/epoch")" = "$NEW_EPOCH"
kill -CONT "$NEW_PID"
try "the newer is looked for, and found again" wait_for "host a there" state new up
try "it says that there is an older one" wait_for "an event" event new other-controller
stop_pid "$AGENT" # the older one sends nothing that the agent would have to refuse
try "the older left it alone" eval '! grep -q "of an older controller [1-9]" "$RUN/agent-a.log"'
cases_done
