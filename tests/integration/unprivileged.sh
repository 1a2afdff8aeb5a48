#!/usr/bin/env bash
# Tests that root is not needed: the controller, the agent, and the caller of daqsctl are three
# users without any capability. Guests are namespaces (their guest agents run as root, as QEMU's
# sockets may).
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

# Numbers suffice: accounts are not created.
CONTROLLER=61001 AGENT=61002 GUESTS=61003 MEMBER=61010 STRANGER=61011
NONE=0000000000000000

# as USER GROUPS COMMAND...: runs a command without capabilities and without a way to gain one.
as() {
    local groups=(--clear-groups)
    [ "$2" = - ] || groups=(--groups "$2")
    exec setpriv --reuid "$1" --regid "$1" "${groups[@]}" --inh-caps=-all --ambient-caps=-all \
        --bounding-set=-all --no-new-privs "${@:3}"
}
is() { # FILE MODE USER GROUP
    local found
    found=$(stat -c '%a %u %g' "$1")
    [ "$found" = "$2 $3 $4" ] || { say "$1: $found"; return 1; }
}
powerless() { # PID USER
    [ "$(sed -n 's/^Uid:\t//p' "/proc/$1/status")" = "$(printf '%s\t%s\t%s\t%s' "$2" "$2" "$2" "$2")" ] &&
        [ "$(grep -cE "^Cap(Inh|Prm|Eff|Bnd|Amb):.$NONE$" "/proc/$1/status")" = 5 ]
}

chmod 755 "$RUN"
mkdir -m 750 "$RUN/state" "$RUN/run" "$RUN/agent"
chown $CONTROLLER:$CONTROLLER "$RUN/state" "$RUN/run"
chown $AGENT:$AGENT "$RUN/agent"
export DAQS_CONTROLLER="ipc://$RUN/run/admin.sock"

# --- the controller ---

{
    printf '[controller]\nbus = tcp://127.0.0.1:%s\nadmin = %s\nhttp =\n' "$DAQS_PORT" "$DAQS_CONTROLLER"
    printf 'database = %s/state/daqs.db\n' "$RUN"
} >"$RUN/controllerd.conf"
try "a controller that may not write its database names it" \
    says 1 "$RUN/state/daqs.db" as $STRANGER - "$DAQS_BIN/daqs-controllerd" --config "$RUN/controllerd.conf"
start controller as $CONTROLLER - "$DAQS_BIN/daqs-controllerd" --config "$RUN/controllerd.conf"
CONTROLLER_PID=$STARTED
wait_for "the controller answers" ctl status
try "the controller runs without any capability" powerless "$CONTROLLER_PID" $CONTROLLER
try "its key is its own" is "$RUN/state/controller.key" 600 $CONTROLLER $CONTROLLER
try "the public one is everybody's who may look there" is "$RUN/state/controller.key.pub" 644 $CONTROLLER $CONTROLLER
try "its database can be read by its group" is "$RUN/state/daqs.db" 640 $CONTROLLER $CONTROLLER
try "its socket can be used by its group" is "$RUN/run/admin.sock" 660 $CONTROLLER $CONTROLLER

# --- operators ---

by() { ctl -o json list-sla | jq -e --arg by "$1" '.[0].updated_by | contains($by)' >/dev/null; }
try "root may use the socket" says 0 'node/gold: min 1Gbit' ctl set-sla node gold 1Gbit
try "a member of the group may" says 0 'node/gold: min 1.5Gbit' as $MEMBER $CONTROLLER "$DAQS_BIN/daqsctl" set-sla node gold 1.5Gbit
try "and is the one who did it" by "uid $MEMBER"
try "a stranger may not, and reads what to do" \
    says 3 "no permission to enter its directory; run as root, or join the socket's group" \
    as $STRANGER - "$DAQS_BIN/daqsctl" hosts
chmod 755 "$RUN/run"
try "nor by an open folder" says 3 "no permission to write to the socket" as $STRANGER - "$DAQS_BIN/daqsctl" hosts
chmod 750 "$RUN/run"
try "a backup is the controller's" says 0 'pages' as $MEMBER $CONTROLLER "$DAQS_BIN/daqsctl" backup "$RUN/state/copy.db"
try "and nobody else's" is "$RUN/state/copy.db" 600 $CONTROLLER $CONTROLLER
try "it goes nowhere where the controller may not write" \
    says 1 'Permission denied; the controller writes it' ctl backup "$RUN/copy.db"

# --- the agent ---

netns_host_up a 4gbit
mask=$(umask)
umask 0 # the sockets are open to all users that can access the folder
netns_guest_up a gold 1
netns_guest_up a noisy 2
umask "$mask"
chgrp $GUESTS "$RUN/a"
chmod 750 "$RUN/a"
ctl keygen "$RUN/agent/agent.key" >/dev/null 2>&1
chown $AGENT:$AGENT "$RUN/agent/agent.key" "$RUN/agent/agent.key.pub"
cp "$RUN/state/controller.key.pub" "$RUN/agent/"
ctl enroll node "$RUN/agent/agent.key.pub" >/dev/null
cat >"$RUN/agentd.conf" <<CONF
[agent]
host = node
controller = tcp://127.0.0.1:$DAQS_PORT
state_dir = $RUN/agent
[guests]
source = sockets
socket_glob = $RUN/a/*.qga
[uplink up0]
nics = all
capacity = 4Gbit
CONF
agent() { # GROUPS
    start agent as $AGENT "$1" "$DAQS_BIN/daqs-agentd" --config "$RUN/agentd.conf"
    AGENT_PID=$STARTED
}
try "what another user keeps is not read" says 1 "$RUN/agent/epoch: Permission denied" \
    as $STRANGER - "$DAQS_BIN/daqs-agentd" --config "$RUN/agentd.conf"
agent -
try "without a right to the sockets the agent says so" \
    wait_for "its log" grep -q "socket_glob .*cannot be searched; has this user permission to read it" "$RUN/agent.log"
stop_pid "$AGENT_PID"
agent $GUESTS
try "with it guests are found and measured" wait_for "two nics" vms_seen node 2
try "by an agent without any capability" powerless "$AGENT_PID" $AGENT
limited() { guest_exec_ns a noisy tc class show dev eth0 | any_line 'htb da05:1 root'; }
ctl set-sla node noisy --max 100Mbit >/dev/null
try "and limited" wait_for "a class of ours" limited
try "what it keeps is its own" is "$RUN/agent/epoch" 600 $AGENT $AGENT

# --- the end ---

kill -TERM "$AGENT_PID"
status=0; wait "$AGENT_PID" || status=$?
try "the agent ends well" test "$status" = 0
kill -TERM "$CONTROLLER_PID"
status=0; wait "$CONTROLLER_PID" || status=$?
try "and so does the controller" test "$status" = 0
cases_done
