#!/usr/bin/env bash
# Tests that VFs that domains use but that are not watched are reported, by the agent and by
# --check-config (FIELD.md, row G8). libvirt is a shim, and sysfs is a tree with two PFs, one of
# which is an uplink.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root
DAQS_INSECURE=yes
DAQS_BUS=ipc://$RUN/bus.sock # because the agent has a separate loopback
mkdir "$RUN/domains" "$RUN/state"
vf() { # PCI PF NUMBER INTERFACE
    local devices=$RUN/sys/devices
    mkdir -p "$devices/$1" "$devices/$2/net/$4" "$RUN/sys/bus/pci/devices"
    echo 0x020000 >"$devices/$1/class"
    ln -s "../$2" "$devices/$1/physfn"
    ln -s "../$1" "$devices/$2/virtfn$3"
    ln -s "../../../devices/$1" "$RUN/sys/bus/pci/devices/$1"
}
vf 0000:3b:02.1 0000:3b:00.0 1 ens1
vf 0000:3b:02.5 0000:3b:00.0 5 ens1
vf 0000:5e:02.3 0000:5e:00.0 3 ens2
domain() { echo "<domain><devices>$2</devices></domain>" >"$RUN/domains/$1.xml"; } # NAME DEVICES
address() { echo "<source><address type='pci' domain='0x0000' bus='0x$1' slot='0x02' function='0x$2'/></source>"; }
interface() { echo "<interface type='hostdev'><mac address='52:54:00:a0:00:0$3'/>$(address "$1" "$2")</interface>"; }
domain covered "$(interface 3b 1 1)"
domain other "$(interface 5e 3 2)"
domain nameless "<hostdev mode='subsystem' type='pci'>$(address 3b 5)</hostdev>" # as KubeVirt's

cat >"$RUN/agentd.conf" <<EOF
[agent]
host = a
controller = $DAQS_BUS
state_dir = $RUN/state
insecure = yes
[guests]
source = libvirt
[uplink ens1]
capacity = 1Gbit
EOF
export LIBVIRT_SHIM_DIR=$RUN/domains ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
SHIM=$(cd "$DAQS_BIN/../tests" && pwd)/libvirt_shim.so
# A PF whose driver lists no VFs.
HOST='ip link add ens1 type veth peer name wire && mount --bind "$0" /sys && export LD_PRELOAD=$1 && exec "${@:2}"'
on_host() { unshare -m -n bash -c "$HOST" "$RUN/sys" "$SHIM" "$@"; }

unwatched='VF 3 of ens2 \(0000:5e:02.3\) is in use and not watched: its PF is not an uplink in the configuration'
on_host "$DAQS_BIN/daqs-agentd" --check-config --config "$RUN/agentd.conf" >"$RUN/said" 2>&1 && STATUS=0 || STATUS=$?
try "g8: --check-config tells of a VF in use that no uplink covers" any_line -E "domain other: $unwatched" <"$RUN/said"
try "g8: and of no other" [ "$(grep -c 'not watched' "$RUN/said")" = 1 ]
try "g8: that is not an error of the configuration" [ "$STATUS" = 0 ]

controller_start
start agent unshare -m -n bash -c "$HOST" "$RUN/sys" "$SHIM" "$DAQS_BIN/daqs-agentd" --config "$RUN/agentd.conf"
logged() { any_line -E "$1" <"$RUN/agent.log"; }
unlisted='VF 5 of ens1 \(0000:3b:02.5\) is in use and not watched: its address is not known'
try "g8: the agent's log tells of it" wait_for "the log" logged "guest other: $unwatched"
try "g8: and of a VF whose PF does not list it" wait_for "the log" logged "guest nameless: $unlisted"
unwatched_row() { # VM NIC UPLINK WHY
    ctl -o json vms a | jq -e --arg vm "$1" --arg nic "$2" --arg uplink "$3" --arg why "$4" \
        'any(.vm == $vm and .nic == $nic and .uplink == $uplink and .state == "unwatched" and .reason == $why
            and .usage_bps == null)'
}
try "g8: and daqsctl vms" wait_for "its row" \
    unwatched_row other 0000:5e:02.3 ens2 'VF 3 of ens2: its PF is not an uplink in the configuration'
try "g8: of the other one as well" wait_for "its row" \
    unwatched_row nameless 0000:3b:02.5 ens1 'VF 5 of ens1: its address is not known: its PF does not list it'
try "g8: and set-sla, of a guarantee" any_line 'a VF of this VM is not watched' <<<"$(ctl set-sla a other 10Mbit)"
problem() { { ctl -o json problems a || [ $? = 4 ]; } | jq -e 'any(.kind == "unwatched" and .vm == "other")'; }
try "g8: and daqsctl problems, then" wait_for "the problem" problem
try "g8: and explain" any_line 'its guarantee of 10Mbit does not hold there' <<<"$(ctl explain a other || true)"
try "g8: each once" [ "$(grep -c 'not watched' "$RUN/agent.log")" = 2 ]
cases_done
