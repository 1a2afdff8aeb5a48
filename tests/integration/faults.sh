#!/usr/bin/env bash
# Tests faults on one host: guests that hang, block guest-exec or have their own qdisc; agents and
# controllers that are killed, restarted or gone. Namespace guests without heavy traffic: a
# guarantee is "in use" with a few Mbit/s.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

netns_host_up a 500mbit
netns_guest_up a gold 1
netns_guest_up a plain 2
netns_guest_up a hung 3
netns_guest_up a blocked 4 -b guest-exec
netns_guest_up a tenant 5
guest_exec_ns a tenant tc qdisc add dev eth0 root handle 7: tbf rate 400mbit burst 64k latency 20ms
controller_start "lease = 2s"
agent_up() { agent_start a up0 500Mbit "source = sockets" "socket_glob = $RUN/a/*.qga"; }
agent_up
try "all guests are found" wait_for "five measured nics" vms_seen a 5

ctl set-sla a gold 200Mbit
traffic_start a gold 2 600
try "best effort is limited" wait_for "plain limited" vm_limited a plain

# --- guests that cannot or refuse to be managed ---

try "a guest that blocks guest-exec is unmanaged, and says why" \
    wait_for "blocked" eval 'vm_is a blocked state ". == \"unmanaged\"" &&
        vm_is a blocked reason "test(\"guest-exec is blocked\")"'
try "a guest with a root qdisc of its own is unmanaged, and says why" \
    wait_for "tenant" eval 'vm_is a tenant state ". == \"unmanaged\"" &&
        vm_is a tenant reason "test(\"qdisc of its own\")"'
tenant_untouched() { guest_exec_ns a tenant tc qdisc show dev eth0 | any_line '^qdisc tbf 7: root'; }
try "the tenant's qdisc is left alone" tenant_untouched
guest_exec_ns a tenant tc qdisc del dev eth0 root
try "once the tenant removes it, the guest is managed" \
    wait_for "tenant limited" vm_limited a tenant

kill -STOP "$(guest_qga_pid a hung)"
try "a guest that hangs is unresponsive" \
    wait_for "hung unresponsive" vm_is a hung state '. == "unresponsive"'
rows_during_hang() { # one row per second: the polls of the others continue
    ctl -o json history a plain --since 6s --until 1s | jq -e 'length >= 4' >/dev/null
}
sleep 6 # until the observed span has passed
try "a hung guest delays nobody else" rows_during_hang
gap_during_hang() { ctl -o json history a hung --since 4s --until 1s | jq -e 'length == 0' >/dev/null; }
try "a hung guest's history has a gap, not zeros" gap_during_hang
kill -CONT "$(guest_qga_pid a hung)"
try "a guest that answers again is managed again" \
    wait_for "hung limited" vm_limited a hung

# --- a guest that loses its limit ---

limited() { guest_exec_ns a "$1" tc class show dev eth0 | any_line '^class htb da05:1 root'; }
remove_limit() {
    guest_exec_ns a plain tc qdisc del dev eth0 root
    wait_for "plain limited" limited plain
}
try "a limit that the guest removed is set again" remove_limit
remove_limit
remove_limit
try "a guest that keeps removing its limit is said to tamper" \
    wait_for "plain tampered" eval 'vm_is a plain state ". == \"tampered\"" &&
        vm_is a plain reason "test(\"removing its limit\")"'

# A guest's root user can add a class and send through it.
evade() {
    guest_exec_ns a tenant tc class add dev eth0 parent da05: classid da05:2 htb rate 10gbit
    guest_exec_ns a tenant tc filter add dev eth0 parent da05: protocol all prio 1 u32 \
        match u32 0 0 flowid da05:2
}
try "a guest can evade its limit" evade
# Next to gold's flows, the tenant may not get more than the guarantee leaves, and then evades
# nothing.
ctl set-sla a tenant --max 50Mbit
traffic_start a tenant 2 600
try "a guest that does is said to tamper" \
    wait_for "tenant tampered" eval 'vm_is a tenant state ". == \"tampered\"" &&
        vm_is a tenant reason "test(\"more than its limit\")"'
guest_exec_ns a tenant tc filter del dev eth0 parent da05:
traffic_stop a tenant
ctl unset-sla a tenant

# --- agents that die ---

kill -KILL "$AGENT_PID"
try "a killed agent leaves its limits in the guests" limited plain
try "a host without agent is shown as away" wait_for "host away" \
    eval 'ctl -o json hosts | jq -e ".[0].state == \"away\""'
before=$(guest_exec_ns a plain tc -s qdisc show dev eth0 | awk '/Sent/ { print $2; exit }')
agent_up
try "a restarted agent is served again" wait_for "host up" \
    eval 'ctl -o json hosts | jq -e ".[0].state == \"up\"" && vms_seen a 5'
adopted() { # the qdisc's byte counter continues, so the qdisc was not recreated
    local after
    after=$(guest_exec_ns a plain tc -s qdisc show dev eth0 | awk '/Sent/ { print $2; exit }')
    [ "$after" -ge "$before" ] && limited plain && vm_limited a plain
}
try "a restarted agent adopts the limits it finds" wait_for "adopted" adopted

# --- controllers that die ---

epoch() { ctl -o json status | jq -r '.[] | select(.name == "epoch").value'; }
old_epoch=$(epoch)
kill -KILL "$CONTROLLER_PID"
fallbacks() { grep -c 'splitting the uplinks locally' "$RUN/agent-a.log" || true; }
fallback() { [ "$(fallbacks)" -gt "$1" ]; } # more than $1 times, by this agent
try "without a controller the agent splits the uplink by itself" wait_for "fallback" fallback 0
try "then best effort still yields to the guarantee" limited plain
# Only the agent can learn of this now.
traffic_stop a gold
try "what a guaranteed VM does not use is lent" wait_for "no split" eval '! limited plain'
traffic_start a gold 2 600
try "and is its own again when it begins" wait_for "local split" limited plain
cp "$RUN/daqs.db" "$RUN/old.db" && cp "$RUN/daqs.db-wal" "$RUN/old.db-wal"
mv "$RUN/a/gold.qga" "$RUN/gold.away"
try "a guaranteed VM that goes away holds nobody up" wait_for "no split" eval '! limited plain'
mv "$RUN/gold.away" "$RUN/a/gold.qga"
try "and has its guarantee when it is back" wait_for "local split" limited plain
# As if the host had been switched off: only the disks of the agent and the guests remain.
kill -KILL "$AGENT_PID"
wait_for "the agent has gone" eval "! kill -0 $AGENT_PID"
for guest in gold plain hung blocked tenant; do
    guest_exec_ns a "$guest" tc qdisc del dev eth0 root 2>"$RUN/none" || true
done
printf '17' >"$RUN/agent-a/epoch"
start_daemon agent-a daqs-agentd --config "$RUN/agentd-a.conf"
AGENT_PID=$STARTED
set_aside() {
    [ "$(cat "$RUN/agent-a/epoch.damaged")" = 17 ] &&
        grep -q 'epoch is damaged: kept as epoch.damaged' "$RUN/agent-a.log"
}
try "a damaged epoch is set aside" wait_for "the file" set_aside
try "an agent that starts without a controller knows what was promised" \
    wait_for "local split" limited plain

kill -STOP "$(guest_qga_pid a gold)"
controller_start "lease = 2s"
wait_for "the host is back" eval 'ctl -o json hosts | jq -e ".[0].state == \"up\"" && vms_seen a 4'
stays_limited() {
    for _ in $(seq 30); do
        limited plain || return 1
        sleep 0.1
    done
}
try "a controller that never heard of a hung guaranteed VM lifts no limit" stays_limited
kill -CONT "$(guest_qga_pid a gold)"
wait_for "gold answers" vm_is a gold state '. == "ok"'
try "SLAs survive the controller" eval 'ctl -o json list-sla | jq -e ".[0].min_bps == 200000000"'
grown() { [ "$(epoch)" -gt "$old_epoch" ]; }
try "a new controller has a higher epoch" grown
# An agent that followed its saved orders would not learn of this.
obeys() {
    ctl set-sla a plain --max 3Mbit
    wait_for "the new maximum" eval \
        'guest_exec_ns a plain tc class show dev eth0 | any_line -E "rate (2[0-9]|3[01])[0-9]{2}Kbit"'
    ctl unset-sla a plain
}
try "agents obey the new controller" obeys
try "and it limits whom the old one did" wait_for "plain limited" \
    eval 'vms_seen a 5 && vm_limited a plain'

# --- a full state_dir ---

event() { ctl -o json events a --since 1h | jq -e --arg k "$1" 'any(.kind == $k)' >/dev/null; }
mount -t tmpfs -o size=4k daqs-test "$RUN/agent-a"
dd if=/dev/zero of="$RUN/agent-a/filler" bs=4k 2>/dev/null || true
ctl set-sla a plain --max 90Mbit >/dev/null
try "an agent whose state_dir is full is an event" wait_for "the event" event state-dir-failing
unsaved() { (ctl -o json problems || [ $? = 4 ]) | jq -e 'any(.kind == "state-dir-failing" and .host == "a")' >/dev/null; }
try "and a problem" unsaved
rm "$RUN/agent-a/filler"
try "once there is room, that is an event" wait_for "the event" event state-dir-back
umount -l "$RUN/agent-a"
ctl unset-sla a plain >/dev/null

# --- an old copy of the database ---

leases=$(fallbacks)
kill -KILL "$CONTROLLER_PID"
wait_for "the controller has gone" eval "! kill -0 $CONTROLLER_PID"
rm -f "$RUN"/daqs.db*
cp "$RUN/old.db" "$RUN/daqs.db" && cp "$RUN/old.db-wal" "$RUN/daqs.db-wal"
try "without a controller the uplink is split again" wait_for "fallback" fallback "$leases"
controller_start "lease = 2s"
wait_for "the host is back" vms_seen a 5
try "agents obey a controller whose database was put back" obeys
try "and best effort is limited again" wait_for "plain limited" limited plain

# --- the policy, live ---

try "explain says to whom best effort yields" wait_for "a decision after the SLA" \
    eval 'ctl explain a plain | any_line "yields to gold"'
no_limits() { ctl -o json vms | jq -e 'all(.limit_bps == null)' >/dev/null; }
ctl set-policy a/up0 off
try "set-policy off lifts every limit" wait_for "no limits" no_limits
kill -TERM "$CONTROLLER_PID"
wait_for "the controller has stopped" eval "! kill -0 $CONTROLLER_PID"
controller_start "lease = 2s"
wait_for "the host is back" vms_seen a 5
sleep 1 # long enough for ten decisions
try "a policy outlasts the controller" no_limits
ctl set-policy a/up0 default
try "and the configured one can be had back" wait_for "plain limited" limited plain

# --- a clean stop ---

traffic_stop a gold
ctl unset-sla a gold
try "limits are lifted" wait_for "no limits" eval 'ctl -o json vms | jq -e "all(.limit_bps == null)"'
ctl set-sla a gold 100Mbit
traffic_start a gold 2 600
try "limits are back" wait_for "plain limited" limited plain
kill -TERM "$AGENT_PID"
wait_for "the agent has stopped" eval "! kill -0 $AGENT_PID"
try "on_stop = keep leaves limits in place" limited plain
AGENT_LINES="on_stop = release"
agent_up
wait_for "plain limited" vm_limited a plain
kill -TERM "$AGENT_PID"
wait_for "the agent has stopped" eval "! kill -0 $AGENT_PID"
unlimited() { ! limited plain && ! limited tenant; }
try "on_stop = release takes them away" unlimited
cases_done
