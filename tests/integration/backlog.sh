#!/usr/bin/env bash
# Tests that reports distinguish, for guests below their guarantee, those that are held back where
# their host does not see it from those that have nothing more to send. Real qemu-ga, ss and TCP.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/varying.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

UNKNOWN=0 NONE=1 SOME=2

# readings GUEST FROM: prints "REPORT BACKLOG" for each of its readings with a sample, starting at
# report FROM.
readings() {
    awk -v guest="$1" -v from="$2" '
        $1 == "hello" { for (i = 2; i <= NF; i++) { split($i, v, ":"); if (v[1] == guest) place = i - 1 } }
        $1 == "report" && ++n >= from {
            sub(/.*\| /, ""); split($0, nic, " "); split(nic[place], v, ":")
            if (v[1] != 0) print n, v[3]
        }' "$RUN/tap.log"
}
backlog_is() { readings "$1" 1 | awk -v wanted="$2" '{ last = $2 } END { exit last != wanted }'; }
reports() { grep -c '^report' "$RUN/tap.log" || true; }
reports_reach() { [ "$(reports)" -ge "$1" ]; }
# stays GUEST BACKLOG REPORTS: checks that the next REPORTS reports all have this backlog.
stays() {
    local from
    from=$(($(reports) + 1))
    wait_for "$3 reports" reports_reach $((from + $3))
    readings "$1" "$from" | awk -v wanted="$2" '
        $2 != wanted { print "report " $1 " says " $2; other = 1 } END { exit other || NR == 0 }' >&2
}
# reads_slowly MBIT PORT: starts a peer that reads at this rate.
reads_slowly() {
    start slow ip netns exec "$(sink_ns a)" python3 -u -c '
import socket, sys, time
server = socket.create_server(("", int(sys.argv[2])))
print("listening")
peer, _ = server.accept()
while peer.recv(int(sys.argv[1]) * 125):
    time.sleep(0.001)' "$1" "$2"
    wait_for "the slow reader" grep -q listening "$RUN/slow.log"
}

# Two hosts for the rig, one for the agent: the guests of b are behind a slow switch.
netns_host_up a 500mbit
netns_host_up b 30mbit
netns_guest_up b squeezed 1
netns_guest_up b without 2
netns_guest_up b blocked 3 -b guest-exec
netns_guest_up a content 1
netns_guest_up a datagrams 2
netns_guest_up a window 3
varying_sink a
# In the mount namespace of its qemu-ga only, below its root, because this may be a chroot.
nsenter -t "$(guest_qga_pid b without)" --mount --root mount --bind /dev/null "$(readlink -f "$(command -v ss)")"

start tap "$DAQS_BIN/../tests/bus_tap" "ipc://$RUN/tap.sock" 100000000
mkdir -p "$RUN/agent"
cat >"$RUN/agentd.conf" <<CONF
[agent]
host = a
controller = ipc://$RUN/tap.sock
insecure = yes
state_dir = $RUN/agent
[guests]
source = sockets
socket_glob = $RUN/[ab]/*.qga
[uplink up0]
nics = all
capacity = 500Mbit
CONF
start_daemon agent daqs-agentd --config "$RUN/agentd.conf"
wait_for "reports" reports_reach 20
try "of guests that send nothing nothing is known" stays content $UNKNOWN 10

for guest in squeezed without blocked; do traffic_start b $guest 2 600; done
varying_start a content content flat:0:50:1 600
reads_slowly 20 5998
start writer ip netns exec "$(guest_ns a window)" bash -c "cat /dev/zero >/dev/tcp/$(sink_address a)/5998"
netns_server_start a datagrams
netns_number a datagrams
start udp ip netns exec "$(guest_ns a datagrams)" iperf3 -c "$(sink_address a)" \
    -p $((5200 + NETNS_INDEX)) -u -b 20M -t 600 -i 0
try "a guest behind a slow switch has unsent bytes" wait_for "some" backlog_is squeezed $SOME
try "and goes on to have them" stays squeezed $SOME 30
try "one whose application sends half of its guarantee has none" wait_for "none" backlog_is content $NONE
try "and goes on to have none" stays content $NONE 30
try "bytes that wait for the peer's window are none" wait_for "none" backlog_is window $NONE
try "and go on to be" stays window $NONE 20
try "of one without ss it is not known" stays without $UNKNOWN 10
try "of one that blocks guest-exec it is not known" stays blocked $UNKNOWN 10
try "of one that sends no TCP it is not known" wait_for "unknown" backlog_is datagrams $UNKNOWN
try "and goes on not to be" stays datagrams $UNKNOWN 10
cases_done
