#!/usr/bin/env bash
# Tests the bounds on the load that clients can put on the controller: each bound of [limits] is
# exceeded and counted, and does not hinder other clients.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
# shellcheck disable=SC2034 # daqs.sh's
DAQS_INSECURE=yes
PROGRAMS=$TOP/build/release/tests
BUS=tcp://127.0.0.1:$DAQS_PORT

# count NAME: prints a counter of the controller; its last value while the controller does not
# answer.
count() {
    local all
    all=$(ctl -o json status 2>/dev/null) && echo "$all" >"$RUN/status"
    jq -r --arg n "$1" '.[] | select(.name == $n) | .value' "$RUN/status"
}
counted() { [ "$(count "$1")" -ge "$2" ]; }
host_up() { ctl -o json hosts | jq -e --arg h "$1" 'any(.[]; .host == $h and .state == "up")' >/dev/null; }

# host NAME VM...: starts an agent without guests.
host() {
    local name=$1
    shift
    tell "$name" "$@"
    start "host-$name" "$PROGRAMS/fake_host" "$BUS" "$name" "$RUN/$name.vms"
}
tell() {
    local name=$1
    shift
    { echo "up0=${CAPACITY:-10Gbit}" && printf '%s -\n' "$@"; } >"$RUN/$name.new"
    mv "$RUN/$name.new" "$RUN/$name.vms"
}

# strangers COUNT SECONDS [FROM]: opens COUNT connections that never send anything.
cat >"$RUN/strangers.py" <<'PY'
import socket, sys, time

port, count, seconds = map(int, sys.argv[1:4])
here = (sys.argv[4], 0)
held = [socket.create_connection(("127.0.0.1", port), source_address=here) for _ in range(count)]
time.sleep(seconds)
PY
strangers() {
    start strangers python3 "$RUN/strangers.py" "$DAQS_PORT" "$1" "$2" "${3:-127.0.0.1}"
    STRANGERS_PID=$STARTED
}

controller_start '[limits]' 'hosts = 3' 'nics = 4' 'names = 6' 'message_size = 4096' \
    'handshakes = 20' 'connections = 20' 'requests = 15' 'events = 5'
try "nothing has been counted" test "$(count hosts_refused)$(count messages_large)" = 00
host a one two
host b one
try "hosts that fit are up" wait_for "both" eval 'host_up a && host_up b'

host c one two three four five
try "a host with too many nics is refused" wait_for "a refusal" counted hosts_refused 1
try "and is not listed" eval '! host_up c'
tell c one
try "until it has fewer" wait_for "host c" host_up c
before=$(count hosts_refused)
host d one
try "one host too many is refused" wait_for "a refusal" counted hosts_refused $((before + 1))
try "the others are not" eval 'host_up a && host_up b && host_up c && ! host_up d'

large() { "$PROGRAMS/hostile_peer" "$1" "$TOP/schema/vectors" 0 "$2"; }
large "$BUS" 5000
try "a message that is too large is refused" wait_for "it" counted messages_large 1
large "ipc://$RUN/admin.sock" 5000
try "so is a request" wait_for "it" counted messages_large 2
refused=$(count messages_refused)
large "$BUS" 9000
large "$BUS" 4096
try "one of twice that is not even read" wait_for "the other" counted messages_refused $((refused + 1))
try "and not counted" test "$(count messages_refused)" = $((refused + 1))

named() {
    [ "$(sqlite3 "$RUN/daqs.db" "SELECT count(*) FROM nic JOIN vm ON vm.id = vm_id
        JOIN host ON host.id = host_id WHERE host.name = 'a'")" = "$1" ]
}
try "a host's nics are named in the database" wait_for "two" named 2
tell a one-1 two-1 three-1
try "others too" wait_for "five" named 5
tell a one-2 two-2 three-2
try "but not any number of them" wait_for "some without history" counted names_refused 2
try "in the database are as many as may be" named 6
try "and are commanded all the same" ctl explain a three-2

# What operators do comes first. It uses up the limit for the rest.
for vm in {1..200}; do printf '[a/vm%s]\nmin = 1Mbit\n' "$vm"; done >"$RUN/slas.ini"
ctl apply "$RUN/slas.ini" >"$RUN/applied"
capacity=10Gbit
another_capacity() {
    [ "$capacity" = 10Gbit ] && capacity=5Gbit || capacity=10Gbit
    CAPACITY=$capacity tell a one-2 two-2 three-2
    counted events_lost 1
}
try "too many events at once are counted" wait_for "some lost" another_capacity
try "which is an event that names the host" wait_for "it" \
    eval "ctl events a | any_line 'events-lost.* too many: '"
try "an event of each applied SLA is stored" wait_for "200" \
    eval '[ "$(ctl -o json events --kind sla-set | jq length)" = 200 ]'

asked_too_often() {
    local pids=()
    for i in {1..60}; do
        ctl version >/dev/null 2>"$RUN/often.$i" &
        pids+=($!)
    done
    wait "${pids[@]}" || true
    grep -q 'too many requests' "$RUN"/often.*
}
try "who asks too often is told so" asked_too_often
try "and may ask again later" wait_for "an answer" ctl version
try "it is counted" wait_for "it" counted requests_put_off 1

strangers 100 30
try "of strangers those that came first are hung up on" wait_for "80" counted connections_crowded_out 80
try "the others wait" wait_for "no more than twenty" eval '[ "$(count connections_waiting)" -le 20 ]'
try "agents are not in their way" wait_for "all up" eval 'host_up a && host_up b && host_up c'
try "nor are operators" wait_for "an answer" ctl version
try "no stranger is waited for for long" wait_for "the rest" counted connections_silent 10
stop_pid "$STRANGERS_PID"

accepted=$(count connections_accepted)
strangers 200 5 127.0.0.2
try "who comes too often from one address is turned away" wait_for "some" counted connections_too_often 100
try "and not even looked at" test "$(count connections_accepted)" -le $((accepted + 100))
try "others of that address come later" wait_for "one" python3 -c '
import socket, sys
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])), source_address=("127.0.0.2", 0))
peer.recv(1) or sys.exit(1)' "$DAQS_PORT"
try "those of the machine itself come as they like" eval 'for i in {1..50}; do
    exec 9<>"/dev/tcp/127.0.0.1/$DAQS_PORT" && read -rN 1 -t 5 <&9 && exec 9>&-; done'
stop_pid "$STRANGERS_PID"

# A full queue, a ping behind it and a peer that has left: without protection, libzmq 4.3.4 ends the
# process.
cat >"$RUN/pings.py" <<'PY'
import socket, sys

ready = (b"\x05READY\x0bSocket-Type" + (6).to_bytes(4, "big") + b"DEALER" +
         b"\x08Identity" + bytes(4))
greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
flood = (b"\x00\x01x" * 20 + b"\x04\x07\x04PING\x00\x00") * 200
for _ in range(100):
    try:
        peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        peer.sendall(greeting)
        answer = b""
        while len(answer) < 64:
            part = peer.recv(4096)
            if not part:
                break
            answer += part
        peer.sendall(bytes([4, len(ready)]) + ready + flood)
        peer.close()
    except (BrokenPipeError, ConnectionResetError):
        pass  # the connection was closed, as it should be
PY
try "peers that flood and hang up" python3 "$RUN/pings.py" "$DAQS_PORT"
try "do not end the controller" wait_for "an answer" ctl version
try "they are counted" wait_for "them" counted messages_flooding 100
try "and in nobody's way" wait_for "all hosts" eval 'host_up a && host_up b && host_up c'

stop_pid "$CONTROLLER_PID"
(
    # With few files, because libzmq ends the process when it cannot accept on the admin socket.
    ulimit -n 100
    sed -i '/^\[limits\]/,$d' "$RUN/controllerd.conf"
    exec "$DAQS_BIN/daqs-controllerd" --config "$RUN/controllerd.conf"
) 2>"$RUN/few.log" &
FEW_PID=$!
on_exit stop_pid "$FEW_PID"
try "with few files" wait_for "an answer" ctl version
try "that is said" grep -q 'may open too few files' "$RUN/few.log"
strangers 300 20
answers() { for _ in {1..20}; do ctl version >/dev/null || return 1; done; }
try "strangers use up none that operators need" wait_for "answers" answers
try "nor does that end the controller" kill -0 "$FEW_PID"
try "its agents come back" wait_for "them" eval 'host_up a && host_up b && host_up c'
cases_done
