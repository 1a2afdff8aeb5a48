#!/usr/bin/env bash
# sriov_host.sh - the cases of tests/e2e/sriov.sh, run inside its emulated host: a NIC (82576) with
# virtual functions, libvirt, a guest with its own functions, controller and agent.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
. "$TOP/tests/lib/libvirt_rig.sh"
. "$TOP/tests/lib/sriov_pf.sh"

sriov_pf_up
rate_is() { [ "$(rate "$1")" = "$2" ]; } # empty: no rate
sriov_libvirt_up
cat >"$RUN/pool.xml" <<XML
<network><name>vfs</name><forward mode='hostdev' managed='yes'>$(address_xml 1)</forward></network>
XML
libvirt_virsh net-create "$RUN/pool.xml"
cat >"$RUN/pooled.xml" <<'XML'
<interface type='network'><source network='vfs'/><mac address='52:54:00:da:05:21'/></interface>
XML
cat >"$RUN/plain.xml" <<XML
<hostdev mode='subsystem' type='pci' managed='yes'><source>$(address_xml 2)</source></hostdev>
XML

# --- controller and agent ---

# agent ENFORCE: starts an agent; the uplink's capacity is the speed of the link.
agent() {
    agent_enroll node "$RUN/state"
    cat >"$RUN/agentd.conf" <<CONF
[agent]
host = node
controller = tcp://127.0.0.1:$DAQS_PORT
state_dir = $RUN/state
[guests]
source = libvirt
[uplink pf0]
enforce = $1
CONF
    start agent "$DAQS_BIN/daqs-agentd" --config "$RUN/agentd.conf"
    AGENT_PID=$STARTED
}
nic_is() { # MAC FIELD TEST
    ctl -o json vms node | jq -e --arg mac "52:54:00:da:05:$1" --arg f "$2" \
        "map(select(.nic == \$mac)) | length == 1 and (.[0][\$f] | $3)" >/dev/null
}
limited() { libvirt_guest_exec gold tc class show dev "$1" | any_line 'htb da05:1 root'; }
# Prints the Mbit/s received from the guest's first nic, over 5 seconds.
sent_mbps() {
    libvirt_guest_exec gold iperf3 -c 10.95.0.1 -t 5 -J | jq '.end.sum_received.bits_per_second / 1e6'
}

controller_start
libvirt_guest_start gold 1
agent auto
WAIT_S=300 wait_for "the guest answers" libvirt_guest_ready gold
try "an interface that is a VF is found and measured" wait_for "usage" nic_is 11 usage_bps '. != null'
try "its uplink is the PF, whose capacity is the speed of the link" \
    eval 'ctl -o json hosts | jq -e ".[0] | .uplink == \"pf0\" and .capacity_bps == 1e9" >/dev/null'

# An emulated guest sends at the machine's speed: the limit is a quarter of that.
free=$(sent_mbps)
quarter=$(awk -v f="$free" 'BEGIN { printf "%d", f * 250 }')
ctl set-sla node gold --max "${quarter}kbit"
try "its limit is set in the guest" wait_for "a class of ours" limited eth0
# Never above the limit, and near it in one measurement: on a busy machine the guest is held up, and
# sends less, for as long as the test beside this one lasts.
holds() {
    local held _
    for _ in $(seq 40); do
        held=$(sent_mbps)
        say "$free Mbit/s without a limit, $held of $quarter kbit/s"
        at_most "$held" "$(awk -v q="$quarter" 'BEGIN { print q / 1000 * 1.025 }')" || return 1
        at_least "$held" "$(awk -v q="$quarter" 'BEGIN { print q / 1000 * 0.6 }')" && return
    done
    return 1
}
try "and holds" holds
ctl set-sla node gold --max 20Mbit
# While the guest booted, and 30 s longer, the host enforced the limit. Each failure of the guest
# adds 30 s.
WAIT_S=600 try "the VF itself is left alone" wait_for "no rate" rate_is 0 ""

# plug FILE MAC NAME: plugs a nic in and waits until it is limited like the first.
plug() {
    libvirt_virsh attach-device gold "$RUN/$1" --live
    wait_for "$3 in the guest" libvirt_guest_exec gold ip link set "$3" up
    wait_for "usage" nic_is "$2" usage_bps '. != null'
    wait_for "a class of ours" limited "$3"
}
try "a VF from a pool, plugged in, is found, measured and limited" plug pooled.xml 21 eth1
try "and so is one that is passed through as a plain device" plug plain.xml a2 eth2
unplug() {
    libvirt_virsh detach-device gold "$RUN/pooled.xml" --live
    wait_for "two nics left" eval 'ctl -o json vms node | jq -e "length == 2" >/dev/null'
}
try "one that is unplugged is forgotten" unplug

kill -KILL "$AGENT_PID"
agent host
# The VM's maximum is shared by its nics, in whole Mbit/s.
rates_are() { # SUM
    local a b
    a=$(rate 0) b=$(rate 2)
    [ -n "$a" ] && [ -n "$b" ] && [ $((a + b)) -le "$1" ] && [ $((a + b)) -ge $(($1 - 2)) ]
}
try "enforce = host sets the rates of both VFs" wait_for "rates" rates_are "$(on_wire 20)"
try "other VFs are left alone" eval 'rate_is 1 "" && rate_is 3 ""'
try "the limit inside goes" wait_for "no class of ours" eval '! limited eth0'
# Sends until the usage is reported, which takes a while on a slow machine.
sends_and_is_seen() {
    while sent_mbps >/dev/null; do :; done &
    wait_for "usage" nic_is 11 usage_bps '. > 1e6'
    kill $!
    wait
}
try "counters that stand still are not believed: usage is the guest's" sends_and_is_seen
ctl set-sla node gold --max 40Mbit
try "a limit that changes is changed there" wait_for "rates" rates_are "$(on_wire 40)"

libvirt_virsh destroy gold
try "the rates go with the guest, or they would be the next one's" \
    wait_for "no rates" eval 'rate_is 0 "" && rate_is 2 ""'
try "the agent and the controller are well" eval 'kill -0 $AGENT_PID && ctl status >/dev/null'
echo "cases: done"
cases_done
