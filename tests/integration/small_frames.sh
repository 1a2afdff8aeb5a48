#!/usr/bin/env bash
# Tests that the per-frame overhead of small frames on a port does not reduce a guarantee. The
# uplink is a queue that counts as a port does, 24 bytes per frame and 84 at least, and drops the
# excess.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

netns_host_up a 20mbit
switch_exec_ns a tc class change dev uplink parent 1: classid 1:1 htb rate 20mbit burst 10000b \
    cburst 10000b quantum 60000 overhead 24 mpu 84
switch_exec_ns a tc qdisc change dev uplink parent 1:1 handle 10: bfifo limit 30000b
netns_guest_up a gold 1
netns_guest_up a flood 2
controller_start
agent_start a up0 20Mbit "source = sockets" "socket_glob = $RUN/a/*.qga"
wait_for "both nics" vms_seen a 2

# Datagrams of 86 bytes in frames of 128, more than the uplink can carry.
cat >"$RUN/flood.py" <<'PY'
import socket, sys, time

peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sent, begin = 0, time.monotonic()
while True:
    due = (time.monotonic() - begin) * 24e6 / 8 / (128 + 24)
    sent = max(sent, due - 1000)  # gives up what could not be sent for a while
    while sent < due:
        sent += 1
        try:
            peer.sendto(bytes(86), (sys.argv[1], 9))
        except OSError:  # the queue is full
            pass
    time.sleep(0.001)
PY
start flood ip netns exec "$(guest_ns a flood)" python3 "$RUN/flood.py" "$(sink_address a)"
began=$(date +%s)
traffic_start a gold 2 600
# On a busy machine the flood may be too slow: then nothing can be observed.
fills_uplink() { # 128 of 152 bytes on the wire are counted
    at_least "$(awk -v u="$(vm_field a flood usage_bps)" 'BEGIN { print u * 152 / 128 }')" 17e6
}
pushed_aside() {
    local now=$(($(date +%s) - began))
    [ "$now" -ge 8 ] && at_most "$(traffic_mbps a gold $((now - 5)) $((now - 1)))" 2.4
}
full=0
until pushed_aside 2>"$RUN/out" || [ "$full" = 20 ] || [ $(($(date +%s) - began)) -gt 60 ]; do
    fills_uplink 2>"$RUN/out" && full=$((full + 1))
    sleep 0.5
done
if pushed_aside 2>"$RUN/out" || [ "$full" = 20 ]; then
    try "n12: without control the guarantee is not had" pushed_aside
else
    skip "n12: without control the guarantee is not had" "the machine is too busy to fill the uplink"
fi
ctl set-sla a gold 3Mbit
try "n12: the flood is limited" wait_for "flood limited" vm_limited a flood
held() {
    local now=$(($(date +%s) - began))
    at_least "$(traffic_mbps a gold $((now - 5)) $((now - 1)))" 3
}
try "n12: a guarantee of 3 of 20 Mbit/s is had beside small frames" wait_for "the guarantee" held
# Averages over five seconds, because usage and limit are read at different times.
usage_to_limit() {
    for _ in $(seq 10); do
        echo "$(vm_field a flood usage_bps) $(vm_field a flood limit_bps)"
        sleep 0.5
    done | awk '{ u += $1; l += $2 } END { print u / l }'
}
try "n12: the flood's limit is of the wire, its usage as it counts" at_most "$(usage_to_limit)" 0.9
cases_done
