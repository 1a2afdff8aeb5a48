#!/usr/bin/env bash
# Tests that bad input gets one clear line and changes nothing: command lines, configurations,
# databases, messages on both sockets, guest agents that answer nonsense.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes

mkdir "$RUN/guests"
controller_start
agent_start node up0 1Gbit "source = sockets" "socket_glob = $RUN/guests/*.qga"
wait_for "the host is up" eval 'ctl -o json hosts | jq -e ".[0].state == \"up\""'

# refused STATUS PATTERN ARGUMENTS...: checks that daqsctl exits with STATUS, prints one line on
# stderr that matches and nothing on stdout, and sets no SLA.
refused() {
    local want=$1 pattern=$2 status=0
    shift 2
    ctl "$@" >"$RUN/out" 2>"$RUN/err" || status=$?
    [ "$status" = "$want" ] || { say "status $status"; return 1; }
    [ "$(wc -l <"$RUN/err")" = 1 ] || { say "not one line: $(cat "$RUN/err")"; return 1; }
    grep -qE "$pattern" "$RUN/err" || { say "said: $(cat "$RUN/err")"; return 1; }
    [ ! -s "$RUN/out" ] && ctl -o json list-sla | jq -e 'length == 0' >/dev/null
}

# --- command lines ---

try "a rate without unit" refused 2 'no unit' set-sla node vm 100
try "a rate of zero" refused 2 'zero' set-sla node vm 0Gbit
try "a negative rate" refused 2 'unknown option' set-sla node vm -5Gbit
try "a negative rate after --" refused 2 'not a rate' set-sla -- node vm -5Gbit
try "a rate in bytes" refused 2 'bytes' set-sla node vm 5GB
try "a rate that overflows" refused 2 'too' set-sla node vm 99999999999999999999Gbit
try "a rate above the largest" refused 2 'too large' set-sla node vm 1001Tbit
try "a rate above the uplink's capacity" refused 1 'more than uplink up0 can carry' set-sla node vm 2Gbit
try "a guarantee above the maximum" refused 1 'above the maximum' set-sla node vm 500Mbit --max 400Mbit
try "no rate at all" refused 2 'needs a RATE' set-sla node vm
try "a weight of zero" refused 2 'weight' set-sla node vm --weight 0
try "a weight that is not a number" refused 2 'weight' set-sla node vm --weight 5x
try "an empty name" refused 1 'VM name is empty' set-sla node "" 1Mbit
try "a control character in a name" refused 1 'control character' set-sla node $'a\nb' 1Mbit
try "a name that is not UTF-8" refused 1 'UTF-8' set-sla node $'\xff' 1Mbit
long=$(printf 'x%.0s' {1..256})
try "a name of 256 bytes" refused 1 'longer than 255' set-sla node "$long" 1Mbit
try "an unknown verb" refused 2 'unknown verb' frobnicate
try "an option that the verb does not take" refused 2 'usage:' hosts --force
try "too few arguments" refused 2 'usage:' set-sla node
try "too many arguments" refused 2 'usage:' unset-sla a b c
try "an unknown format" refused 2 'table, json, csv or jsonl' -o xml hosts
try "json of what has none" refused 2 'does not accept -o json: it answers with text' -o json set-sla node vm 1Mbit
try "csv of a file that is INI" refused 2 'list-sla has a table' export -o csv
try "an unknown host in a listing" refused 1 'not known' vms elsewhere
try "history of an unknown VM" refused 1 'VM nobody is not known on host node' history node nobody
try "an invalid span" refused 2 'not a time' history node vm --since yesterday
try "a step of half a second" refused 2 'whole seconds' history node vm --step 500ms
try "an SLA that is not there" refused 1 'has no SLA' unset-sla node vm
try "a weight above 10,000" refused 2 'from 1 to 10000' set-sla node vm --weight 10001
try "an unknown mode" refused 1 'unknown mode' set-policy node fastest
try "the policy of an unknown uplink" refused 1 'has no uplink' set-policy node/up9 off
try "no uplink after the slash" refused 2 'the uplink is missing' set-policy node/ off
try "an explanation of an unknown VM" refused 1 'has no VM' explain node nobody
try "an explanation on an unknown host" refused 1 'not known' explain elsewhere nobody
try "an invalid endpoint" refused 2 'not an endpoint' --controller nonsense hosts
unreachable() {
    local began=$SECONDS status=0
    ctl --controller "ipc://$RUN/nobody.sock" hosts 2>"$RUN/err" || status=$?
    [ "$status" = 3 ] && [ $((SECONDS - began)) -le 4 ] &&
        grep -q "no controller answers at ipc://$RUN/nobody.sock: the socket does not exist" "$RUN/err"
}
try "a controller that is not there: status 3, soon" unreachable

accepted_with_note() {
    ctl set-sla elsewhere vm 1Gbit | any_line 'not been seen yet'
    ctl set-sla node later 100Mbit --dry-run | any_line 'would set'
    ctl unset-sla elsewhere vm >"$RUN/out"
}
try "a VM or host that was not seen yet is accepted, with a note" accepted_with_note

# --- configurations ---

# config_refused PROGRAM PATTERN TEXT: checks that the program rejects this configuration.
config_refused() {
    local status=0
    printf '%b' "$3" >"$RUN/bad.conf"
    "$DAQS_BIN/$1" --config "$RUN/bad.conf" --check-config >"$RUN/out" 2>"$RUN/err" || status=$?
    [ "$status" = 2 ] && [ "$(wc -l <"$RUN/err")" = 1 ] && grep -qE "$2" "$RUN/err" ||
        { say "status $status, said: $(cat "$RUN/err")"; return 1; }
}
try "an unknown key, with its line" config_refused daqs-agentd \
    'bad.conf:3: unknown key .frob. in \[agent\]; known are host' '[agent]\nhost = x\nfrob = 1\n'
try "a bad value, with its line" config_refused daqs-agentd \
    'bad.conf:2: poll_interval: .100. is not a duration' '[agent]\npoll_interval = 100\n'
try "an unknown section" config_refused daqs-controllerd 'unknown section \[frob\]' '[frob]\na = b\n'
try "a line that is neither" config_refused daqs-controllerd 'bad.conf:2: this is neither' \
    '[controller]\nnonsense\n'
try "a key given twice" config_refused daqs-controllerd 'bad.conf:3: .*twice' \
    '[policy]\nlease = 3s\nlease = 4s\n'
try "an admin socket on a network without keys" config_refused daqs-controllerd 'can be admin_remote' \
    '[controller]\nadmin = tcp://127.0.0.1:7421\n'
try "insecure on an open network" config_refused daqs-controllerd 'insecure = yes is refused' \
    '[controller]\ninsecure = yes\nbus = tcp://*:7420\n'
try "a configuration that is not there" eval \
    '! "$DAQS_BIN/daqs-agentd" --config /nonexistent 2>"$RUN/err" && grep -q "cannot read" "$RUN/err"'

# agent_problem PATTERN GUESTS UPLINKS: checks for one line about something that does not exist, and
# status 1.
agent_problem() {
    local status=0
    printf '[agent]\ninsecure = yes\nstate_dir = %s\n[guests]\n%b\n%b\n' \
        "${STATE_DIR:-$RUN/state}" "$2" "$3" >"$RUN/odd.conf"
    "$DAQS_BIN/daqs-agentd" --config "$RUN/odd.conf" --check-config >"$RUN/out" 2>"$RUN/err" || status=$?
    [ "$status" = 1 ] && [ "$(wc -l <"$RUN/err")" = 1 ] && grep -qE "$1" "$RUN/err" ||
        { say "status $status, said: $(cat "$RUN/err")"; return 1; }
}
quiet='source = libvirt\nuri = test:///default'
all_of_up0='[uplink up0]\ncapacity = 1G\nnics = all'
not_a_socket() {
    touch "$RUN/guests/file.qga"
    agent_problem 'file.qga is not a socket' "source = sockets\nsocket_glob = $RUN/guests/*.qga" "$all_of_up0"
    rm "$RUN/guests/file.qga"
}
try "a socket that is a file" not_a_socket
not_a_folder() { STATE_DIR=$RUN/bad.conf agent_problem 'state_dir .* it is not a directory' "$quiet" "$all_of_up0"; }
try "a state_dir that is a file" not_a_folder
try "uplinks that claim the same nics" agent_problem 'uplinks up0 and up1 claim the same nics' \
    "$quiet" "$all_of_up0\n[uplink up1]\ncapacity = 1G\nnics = 52:54:00"
try "an uplink that does not exist" agent_problem 'uplink nope9: this machine has no such' \
    "$quiet" '[uplink nope9]\ncapacity = 1G'
try "a libvirt that is not there" agent_problem "uri .*cannot connect to libvirt" \
    "source = libvirt\nuri = qemu+unix:///system?socket=$RUN/nothing" "$all_of_up0"
good_config() { # a socket that does not exist yet: logged, but not an error
    "$DAQS_BIN/daqs-agentd" --config "$RUN/agentd-node.conf" --check-config >"$RUN/out" 2>"$RUN/err"
    grep -q 'is valid' "$RUN/out" && grep -q 'no socket matches now' "$RUN/err"
}
try "sockets that do not exist yet are accepted" good_config

# --- databases ---

# database_refused PATTERN FILE: checks that the controller does not start and leaves the file
# unchanged.
database_refused() {
    local status=0 sum
    sum=$(sha256sum <"$2")
    printf '[controller]\nbus = ipc://%s/b2\nadmin = ipc://%s/a2\ninsecure = yes\nhttp =\ndatabase = %s\n' \
        "$RUN" "$RUN" "$2" >"$RUN/db.conf"
    "$DAQS_BIN/daqs-controllerd" --config "$RUN/db.conf" 2>"$RUN/err" || status=$?
    [ "$status" = 1 ] && grep -qE "$1" "$RUN/err" && [ "$sum" = "$(sha256sum <"$2")" ] ||
        { say "status $status, said: $(cat "$RUN/err")"; return 1; }
}
head -c 10000 /dev/urandom >"$RUN/noise.db"
try "a file that is not a database" database_refused 'not a database' "$RUN/noise.db"
python3 - "$RUN" <<'PYTHON'
import sqlite3, sys
run = sys.argv[1]
other = sqlite3.connect(run + "/other.db")
other.execute("CREATE TABLE somebody (s)")
other.commit()
newer = sqlite3.connect(run + "/newer.db")
newer.execute("PRAGMA application_id = 1145131347")
newer.execute("PRAGMA user_version = 999")
newer.commit()
PYTHON
try "a database of somebody else's" database_refused 'not a DAQS database' "$RUN/other.db"
try "a database that is newer than the program" database_refused 'version 999' "$RUN/newer.db"
try "a database that another controller uses" database_refused 'another process' "$RUN/daqs.db"

# --- messages ---

refused_count() { ctl -o json status | jq -r '.[] | select(.name == "messages_refused").value'; }
HOSTILE=${DAQS_BIN%/bin}/tests/hostile_peer
# hostile ENDPOINT: sends thousands of malformed messages. The controller counts those that arrive
# (libzmq drops what is queued when either side closes the connection) and keeps running.
hostile() {
    local before
    before=$(refused_count)
    "$HOSTILE" "$1" "$TOP/schema/vectors" 3000
    wait_for "hundreds of them counted" eval "[ \$((\$(refused_count) - $before)) -ge 500 ]"
    "$HOSTILE" "$1" "$TOP/schema/vectors" 0
    ctl status >/dev/null
    kill -0 "$CONTROLLER_PID"
}
try "malformed, truncated and oversized messages on the bus" hostile "tcp://127.0.0.1:$DAQS_PORT"
try "the same on the admin socket" hostile "ipc://$RUN/admin.sock"
noise() {
    head -c 100000 /dev/urandom >"/dev/tcp/127.0.0.1/$DAQS_PORT" || true # the peer closes it
    ctl status >/dev/null
}
try "bytes that are not ZeroMQ at all" noise
still_working() { ctl -o json hosts | jq -e 'any(.host == "node" and .state == "up")' >/dev/null; }
try "the agent is served all the while" wait_for "host up" still_working

# --- guest agents ---

# fake NAME KIND: starts a guest agent that answers every command with one kind of nonsense.
fake() { start "fake-$1" python3 "$TOP/tests/lib/fake_qga.py" "$RUN/guests/$1.qga" "$1"; }
for kind in garbage huge deep types negative hangup twice eager names drip; do
    fake "$kind"
done
all_found() { grep -c 'guest .* found' "$RUN/agent-node.log" | any_line -x 10; }
try "guest agents that answer nonsense are found" wait_for "ten guests" all_found
all_refused() {
    for kind in garbage huge deep types hangup twice; do
        grep -q "guest $kind does not answer" "$RUN/agent-node.log" || return 1
    done
}
try "and their answers refused, with the reason in the log" wait_for "refusals" all_refused
no_nonsense() { # "negative" has one good nic and one with a negative counter: one is left
    ctl -o json vms node | jq -e 'map(select(.vm == "negative")) | length == 1' >/dev/null
    ctl -o json vms node | jq -e 'map(.vm) - ["negative", "eager", "names"] == []' >/dev/null
}
try "nonsense counters are left out" wait_for "one nic" no_nonsense
odd_names() { # seven addresses, one of them shared by two interfaces
    ctl -o json vms node | jq -e 'map(select(.vm == "names")) | length == 7 and all(.state == "unmanaged") and
        (map(select(.reason | test("tc does not accept the name"))) | length == 6) and
        any(.reason | test("cannot be told apart"))' >/dev/null
}
try "invalid interface names reach no command" wait_for "seven nics" odd_names
try "an agent that answers more than it is asked is measured" wait_for "a nic" \
    vm_is node eager usage_bps '. != null'
measured() { ctl -o json history node eager --since 6s --until 1s | jq -e 'length >= 4' >/dev/null; }
try "none of them delays the others" wait_for "a row each second" measured
try "the agent lives" kill -0 "$AGENT_PID"
small() { at_most "$(awk '/VmRSS/ { print $2 }' "/proc/$AGENT_PID/status")" 60000; }
try "and stays small" small
cases_done
