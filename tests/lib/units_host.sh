#!/usr/bin/env bash
# units_host.sh - the cases of tests/e2e/running_units.sh, run by systemd in its emulated machine.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
. "$TOP/tests/lib/libvirt_rig.sh"
. "$TOP/tests/lib/sriov_pf.sh"

export DAQS_CONTROLLER=ipc:///run/daqs/admin.sock
EXAMPLES=/usr/local/share/doc/daqs/examples
DROP_INS=/etc/systemd/system/daqs-agentd.service.d
NET_ADMIN=0000000000001000 NONE=0000000000000000

main_pid() { systemctl show -P MainPID "$1"; }
of_status() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$(main_pid "$1")/status"; }
log_has() { journalctl -q -u "$1" --no-pager | any_line -E -- "$2"; }
# confined UNIT CAPABILITIES: checks, in what the kernel knows of the process, that it is confined
# as the unit requires.
confined() {
    local pid field
    pid=$(main_pid "$1")
    [ "$(stat -c %U:%G "/proc/$pid")" = daqs:daqs ] || { say "$(stat -c %U:%G "/proc/$pid")"; return 1; }
    for field in CapPrm CapEff CapBnd CapAmb; do
        [ "$(of_status "$1" $field)" = "$2" ] || { say "$field $(of_status "$1" $field)"; return 1; }
    done
    [ "$(of_status "$1" NoNewPrivs) $(of_status "$1" Seccomp)" = "1 2" ]
}
says_status() { systemctl show -P StatusText "$1" | any_line -E -- "$2"; }
as() { setpriv --reuid "$1" --regid "$1" --init-groups "$DAQS_BIN/daqsctl" "${@:2}"; }

on_exit journalctl -q --no-pager -n 200 -u daqs-controllerd -u daqs-agentd

# --- users and folders, according to the files ---

mkdir -p /etc/sysusers.d
printf 'u alice -\nu mallory -\nm alice daqs\n' >/etc/sysusers.d/test.conf
systemd-sysusers
systemd-tmpfiles --create daqs.conf
try "there is a user daqs" getent passwd daqs
try "and a group libvirt, on a machine without libvirt-daemon-system too" getent group libvirt

# --- the controller ---

cat >/usr/local/bin/daqs-alert <<'SH'
#!/bin/sh
echo "$(id -un) $(date +%Y) $(jq -r .kind)" >>/var/lib/daqs/alerts
SH
chmod 755 /usr/local/bin/daqs-alert
mkdir -p /etc/daqs
sed 's,^; \(exec\|level\) = .*,\1 = info,; s,^exec = .*,exec = /usr/local/bin/daqs-alert,' \
    "$EXAMPLES/controllerd.conf" >/etc/daqs/controllerd.conf
systemctl start daqs-controllerd
try "once it is started the controller answers" ctl status
try "it says how it is" wait_for "its status" says_status daqs-controllerd '^hosts: 0, up: 0; nics: 0; SLAs: 0; history: ok$'
try "the controller runs as daqs, without capabilities, under seccomp" confined daqs-controllerd $NONE
try "with room for 100,000 connections" eval \
    'grep -qE "^Max open files +262144 +262144 " "/proc/$(main_pid daqs-controllerd)/limits"'
try "its socket is the group's" test "$(stat -c '%a %U:%G' /run/daqs/admin.sock)" = "660 daqs:daqs"
try "its folder too, its key is not" eval '[ "$(stat -c "%a %U:%G" /var/lib/daqs)" = "750 daqs:daqs" ] &&
    [ "$(stat -c %a /var/lib/daqs/controller.key)" = 600 ]'
try "who is in the group may use it" says 0 'node/db1: min 1Gbit' as alice set-sla node db1 1Gbit
try "and is known by name" eval 'ctl -o json list-sla | jq -e ".[0].updated_by == \"alice\"" >/dev/null'
try "root is too" eval 'ctl set-sla node db1 2Gbit >/dev/null &&
    ctl -o json list-sla | jq -e ".[0].updated_by == \"root\"" >/dev/null'
try "others may not" says 3 'no permission to enter its directory' as mallory hosts
try "alerts are told to a program" wait_for "its file" grep -qE '^daqs 20[0-9]{2} sla-set$' /var/lib/daqs/alerts
try "a backup goes where the unit lets it" says 0 'pages' ctl backup /var/backups/daqs/one.db
try "and is daqs' alone" test "$(stat -c '%a %U:%G' /var/backups/daqs/one.db)" = "600 daqs:daqs"
try "nowhere else, with a place that is allowed" says 1 'in /var/backups/daqs, for example' ctl backup /var/backups/one.db
systemctl reload daqs-controllerd
try "it reloads" wait_for "its log" log_has daqs-controllerd 'reloaded policy and history'
try "and serves again" wait_for "its state" eval '[ "$(systemctl show -P SubState daqs-controllerd)" = running ]'
try "what it logs has its severity" eval 'journalctl -q -u daqs-controllerd -p info --no-pager | any_line " reloaded policy" &&
    ! journalctl -q -u daqs-controllerd -p warning --no-pager | any_line "reloaded policy"'
kill -SEGV "$(main_pid daqs-controllerd)"
try "killed, it comes back" wait_for "a restart" eval \
    '[ "$(systemctl show -P NRestarts daqs-controllerd)" = 1 ] && ctl status'

# --- the agent, with libvirt ---

sriov_pf_up
# Without polkit, which would need a D-Bus.
sriov_libvirt_up 'auth_unix_ro = "none"' 'auth_unix_rw = "none"' 'unix_sock_group = "libvirt"' 'unix_sock_rw_perms = "0770"'
try "libvirt's socket is root's and the group's" \
    test "$(stat -c '%a %U:%G' /run/libvirt/libvirt-sock)" = "770 root:libvirt"
libvirt_guest_start gold 1

# agent LINES...: (re)starts the agent with these lines, and otherwise with the defaults.
agent() {
    printf '%s\n' '[agent]' 'host = node' 'on_stop = release' "$@" >/etc/daqs/agentd.conf
    systemctl daemon-reload
    systemctl restart daqs-agentd
    SINCE=$(systemctl show -P InvocationID daqs-agentd)
}
agent_log_has() { journalctl -q --no-pager "_SYSTEMD_INVOCATION_ID=$SINCE" | any_line -E -- "$1"; }
vm_has() { ctl -o json vms node | jq -e --arg vm "$1" "map(select(.vm == \$vm)) | length > 0 and (.[0] | $2)" >/dev/null; }
limited() { libvirt_guest_exec gold tc class show dev eth0 | any_line 'htb da05:1 root'; }

WAIT_S=300 wait_for "the guest answers" libvirt_guest_ready gold
mkdir -p $DROP_INS
printf '[Service]\nSupplementaryGroups=\n' >$DROP_INS/no-group.conf
agent '[uplink pf0]' 'enforce = guest'
try "without the group it says what is missing" wait_for "its log" \
    agent_log_has 'cannot connect to libvirt: .* in the group libvirt \(SupplementaryGroups=libvirt'
rm $DROP_INS/no-group.conf
agent '[uplink pf0]' 'enforce = guest'
try "with it the guest's VF is found and measured" wait_for "usage" vm_has gold '.uplink == "pf0" and .usage_bps != null'
try "as daqs, without capabilities, under seccomp, too" confined daqs-agentd $NONE
try "by a key that was made and enrolled by itself" eval \
    'ctl -o json peers | jq -e "any(.name == \"node\" and .enrolled_by == \"controller\")" >/dev/null'
try "the link's speed is known" eval 'ctl -o json hosts | jq -e ".[0].capacity_bps == 1e9" >/dev/null'
ctl set-sla node gold --max 20Mbit >/dev/null
try "its limit is set in the guest" wait_for "a class of ours" limited
systemctl stop daqs-agentd
try "stopped, it takes it off" eval '! limited'
try "and ends well" test "$(systemctl show -P Result daqs-agentd)" = success

# --- the host side ---

agent '[uplink pf0]' 'enforce = host'
try "VFs' rates are not allowed without the drop-in, which is said" wait_for "its log" \
    agent_log_has "cannot set a VF's rate on pf0: .*CAP_NET_ADMIN.*host-side.conf"
try "and seen" wait_for "the state" vm_has gold '.state == "unmanaged"'
cp $EXAMPLES/host-side.conf $DROP_INS/
agent '[uplink pf0]' 'enforce = host'
try "with it they are set" wait_for "a rate" eval '[ "$(rate 0)" = "$(on_wire 20)" ]'
try "by CAP_NET_ADMIN alone" confined daqs-agentd $NET_ADMIN
systemctl stop daqs-agentd
try "and put back" eval '[ -z "$(rate 0)" ]'
rm $DROP_INS/host-side.conf

# --- the agent, with the sockets of a QEMU that is root's ---

qga() { start "qga-$1" "$QGA" -m unix-listen -p "/run/qemu-server/$1.qga" -t "$RUN" -f "$RUN/qga-$1.pid"; }
sockets() { agent '[guests]' 'source = sockets' '[uplink up0]' 'nics = all' 'capacity = 1Gbit'; }
mkdir -m 755 /run/qemu-server
qga 100
wait_for "its socket" test -S /run/qemu-server/100.qga
sockets
try "sockets that are not for it are named" wait_for "its log" \
    agent_log_has '100.qga: this user may not write to it'
cp $EXAMPLES/daqs-qemu-sockets.* /etc/systemd/system/
systemctl daemon-reload
systemctl enable --now daqs-qemu-sockets.path daqs-qemu-sockets.service
try "those that are there are given to it" wait_for "usage" vm_has 100 '.usage_bps != null'
stop_pid "$STARTED" # they belong to one machine, and have the same nics
qga 101
try "and those that are made later" wait_for "usage" vm_has 101 '.usage_bps != null'
try "still without capabilities" confined daqs-agentd $NONE

# --- the export ---

cp $EXAMPLES/daqs-export.* /etc/systemd/system/
mkdir /etc/systemd/system/daqs-export.service.d
cat >/etc/systemd/system/daqs-export.service.d/test.conf <<'UNIT'
[Service]
ExecStart=
ExecStart=/usr/bin/env daqsctl export-history --level 1s -o jsonl --token-file ${STATE_DIRECTORY}/1s.token \
    -- sh -c 'cat >>$STATE_DIRECTORY/sent'
UNIT
systemctl daemon-reload
systemctl enable --now daqs-export.timer
sent() { systemctl start daqs-export && grep -q '"__name__":"daqs_nic_transmitted_bytes"' /var/lib/daqs-export/sent; }
try "the example exports history, as a user of its own" eval 'WAIT_S=300 wait_for "seconds" sent'
try "and keeps the token" grep -q '^1s\.[0-9]*$' /var/lib/daqs-export/1s.token
try "its timer waits" systemctl -q is-active daqs-export.timer

# --- loops that hang ---

hung() { kill -STOP "$(main_pid "$1")"; }
restarted() { # UNIT RESTARTS: checks that there were more restarts since
    [ "$(systemctl show -P NRestarts "$1")" -gt "$2" ] && systemctl -q is-active "$1" && log_has "$1" 'Watchdog timeout'
}
controller_restarts=$(systemctl show -P NRestarts daqs-controllerd)
agent_restarts=$(systemctl show -P NRestarts daqs-agentd)
try "the agent says how it is" wait_for "its status" says_status daqs-agentd '^guests: [12], nics: [12], limited: [0-2]; controller tcp://127.0.0.1:7420: obeyed$'
hung daqs-controllerd
hung daqs-agentd
try "a controller that hangs is started again" wait_for "a restart" restarted daqs-controllerd "$controller_restarts"
try "so is an agent" wait_for "a restart" restarted daqs-agentd "$agent_restarts"
try "and all goes on" wait_for "usage" vm_has 101 '.usage_bps != null'

# --- errors that are not retried ---

echo nonsense >/etc/daqs/agentd.conf
systemctl restart daqs-agentd || true
try "a configuration that is refused is not tried again" wait_for "its end" eval \
    '[ "$(systemctl show -P ActiveState,ExecMainStatus,NRestarts --value daqs-agentd | sort | paste -sd " ")" = "0 2 failed" ]'
echo "cases: done"
cases_done
