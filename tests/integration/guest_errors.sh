#!/usr/bin/env bash
# Tests errors of guest agents: a guest whose agent refuses commands is still measured, and the
# reason why it has no limit is reported; a guest whose file systems are frozen for a backup keeps
# its limit and its reserve. Guest agents are scripted; the daemons are real.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes

mkdir "$RUN/guests"
last=0
guest() { # NAME MBIT [INTERFACE]
    last=$((last + 1))
    start "qga-$1" python3 "$TOP/tests/lib/scripted_qga.py" "$RUN/guests/$1.qga" \
        "52:54:00:a0:00:0$last" "$(($2 * 1000000))" "${3:-eth0}"
}
mode() { # NAME MODE
    echo "$2" >"$RUN/guests/$1.qga.new"
    mv "$RUN/guests/$1.qga.new" "$RUN/guests/$1.qga.mode"
}
guest gold 100
guest quiet 0
guest plain 900
guest sick 50
guest windows 10 "Ethernet Instance 0 2"
controller_start
agent_start a up0 1Gbit "source = sockets" "socket_glob = $RUN/guests/*.qga"
wait_for "five measured nics" vms_seen a 5

# --- refused commands ---

measured() { vm_is a "$1" usage_bps '. != null and . > 1e6'; }
says() { # VM STATE WORDS: checks state and reason, and that the VM is measured
    vm_is a "$1" state ". == \"$2\"" && vm_is a "$1" reason "test(\"$3\")" && measured "$1"
}
try "g9: a name that tc does not take is told" \
    wait_for "windows" says windows unmanaged 'does not accept the name of the guest.s interface'
ctl set-sla a sick 1Mbit --max 20Mbit
is_told() { # MODE WORDS: with a guest that starts in this mode
    mode sick "$1"
    wait_for "$1" says sick unmanaged "$2"
}
try "g1: blocked guest-exec is told, and the guest measured" is_told blocked 'guest-exec is blocked'
still_measured() { for _ in 1 2 3; do sleep 1 && says sick unmanaged "$1" || return 1; done; }
try "g1: and measured on and on" still_measured 'guest-exec is blocked'
try "g1: so it is in the words of before" is_told blocked-before 'guest-exec is blocked'
try "g9: a guest without tc is told" is_told no-tc 'tc could not be run'
try "g9: an agent that may not run it is told" is_told no-permission 'not permitted to run tc'
try "g9: BusyBox's tc is told" is_told busybox 'not that of iproute2'
try "g9: a kernel without HTB is told" is_told no-htb 'kernel has no HTB'
try "with all of it allowed it is limited" eval 'mode sick well && wait_for "it" vm_limited a sick'
mode sick unlisted
try "g1: a blocked list is told" \
    wait_for "it" eval 'vm_is a sick state ". == \"unresponsive\"" &&
        vm_is a sick reason "test(\"does not allow guest-network-get-interfaces\")"'

# --- frozen file systems ---

ctl set-sla a gold 300Mbit
ctl set-sla a quiet 300Mbit
limit_of() { vm_field a "$1" limit_bps | sed 's/null/0/'; }
wait_for "the guarantee" vm_is a quiet min_bps ". == 300000000"
wait_for "plain limited" vm_limited a plain
settled() { # a new guarantee is reserved in full for a moment
    local _
    for _ in 1 2 3 4; do [ "$(limit_of plain)" -gt 800000000 ] && sleep 0.3 || return 1; done
}
frozen() { vm_is a "$1" state '. == "frozen"' && vm_is a "$1" reason 'test("file systems are frozen")'; }
well() { vm_is a "$1" state '. == "ok" or . == "capped"'; }
asked() { wc -l <"$RUN/guests/gold.qga.asked"; }
freeze() {
    wait_for "what is not used is lent" settled
    before=$(limit_of plain)
    mode gold frozen
    mode quiet frozen-before
    wait_for "gold frozen" frozen gold && wait_for "quiet frozen, in the words of before" frozen quiet
}
lent() { [ "$(limit_of plain)" -ge $((before * 9 / 10)) ] || { say "plain: $(limit_of plain) of $before"; return 1; }; }
unharmed() { # for longer than the silence that is tolerated
    local at=$SECONDS first
    first=$(asked)
    while [ $((SECONDS - at)) -lt 6 ]; do
        frozen gold && frozen quiet && lent || return 1
        sleep 0.5
    done
    [ $(($(asked) - first)) -le $((2 * (SECONDS - at))) ] || { say "asked $(($(asked) - first)) times"; return 1; }
}
# If a busy machine stretches a sample just before, all of gold's guarantee is reserved, and the
# freeze keeps that: only a defect harms the neighbour in each of three attempts.
one_of_three() {
    for _ in 1 2 3; do
        freeze && unharmed && return
        mode gold well
        mode quiet well
        wait_for "both well" eval 'well gold && well quiet'
    done
    return 1
}
try "g6: frozen guests are; their reserve is kept, a neighbour unharmed, and they are asked now and then" one_of_three
try "g6: and nothing is wrong" eval '! ctl problems a | any_line "gold|quiet"'
held=$(limit_of plain)
mode plain frozen
wait_for "plain frozen" frozen plain
try "g6: a limit stays in a guest that is frozen" eval '[ "$(limit_of plain)" -ge $((held * 9 / 10)) ]'
for vm in gold quiet plain; do mode "$vm" well; done
try "g6: thawed, all are well" wait_for "them" eval 'vms_seen a 4 && vm_limited a plain &&
    vm_is a gold state ". == \"ok\" or . == \"capped\"" && vm_is a quiet state ". == \"ok\" or . == \"capped\""'
told() { ctl -o json events a | jq -e 'any(.[]; (.vm == "gold" or .vm == "quiet" or .vm == "plain") and
    (.kind == "unresponsive" or .kind == "unmanaged" or .kind == "recovered"))' >/dev/null; }
try "g6: no event was told of it" eval '! told'
cases_done
