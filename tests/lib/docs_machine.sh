#!/usr/bin/env bash
# docs_machine.sh FOLDER LIST CAPACITY GLOB - runs the blocks of LIST, as written by docs_blocks.py,
# in an environment that resembles a reader's hypervisor; prints a line "ok ..." or "not ok ..." for
# each.
#
# Started by unshare with separate namespaces for mounts, names, network and processes: /etc,
# /usr/local and /var are layers over this machine's, discarded with all that was started. Programs
# are those in DAQS_BIN, the source folder is TOP. The agent's guests are the sockets that match
# GLOB.
# SPDX-License-Identifier: Apache-2.0

set -euo pipefail

FOLDER=$1 LIST=$2 CAPACITY=$3 GLOB=$4
export HOME=$FOLDER/home
export PATH=$FOLDER/bin:$DAQS_BIN:$PATH
mkdir -p "$HOME" "$FOLDER/bin" "$FOLDER/layers"

# --- the machine ---

mount -t tmpfs layers "$FOLDER/layers"
for dir in etc usr/local var; do
    mkdir -p "$FOLDER/layers/$dir/upper" "$FOLDER/layers/$dir/work"
    mount -t overlay overlay -o \
        "lowerdir=/$dir,upperdir=$FOLDER/layers/$dir/upper,workdir=$FOLDER/layers/$dir/work" "/$dir"
done
mount -t tmpfs run /run
ip link set lo up
hostname node1
systemd-sysusers "$TOP/packaging/sysusers.d/daqs.conf"
mkdir -p /etc/daqs /var/lib/daqs /var/backups/daqs
chmod 750 /var/lib/daqs
printf '[guests]\nsource = sockets\nsocket_glob = %s\n[uplink ens6f1np1]\ncapacity = %s\nnics = all\n' \
    "$GLOB" "$CAPACITY" >/etc/daqs/agentd.conf

# --- commands that the reader has and this machine lacks ---

cat >"$FOLDER/bin/sudo" <<'SH'
#!/bin/sh
exec "$@"
SH
# An error response would go unnoticed otherwise.
cat >"$FOLDER/bin/curl" <<'SH'
#!/bin/sh
exec /usr/bin/curl --fail --show-error "$@"
SH
# Following events goes on until Ctrl-C, and problems or differences may be found. The reader's controller has run
# for long when a host is removed; one that has just started refuses that.
cat >"$FOLDER/bin/daqsctl" <<SH
#!/bin/sh
old_enough='any(.name == "uptime_seconds" and (.value | tonumber) > 30)'
case " \$* " in
*" forget "*)
    timeout 60 sh -c 'until "$DAQS_BIN/daqsctl" -o json status | jq -e "\$0"; do sleep 0.5; done' \
        "\$old_enough" >/dev/null
    exec "$DAQS_BIN/daqsctl" "\$@"
    ;;
*" --follow "*) timeout -s INT 2 "$DAQS_BIN/daqsctl" "\$@"; [ \$? -eq 124 ] ;;
*" problems "* | *" --dry-run "*) "$DAQS_BIN/daqsctl" "\$@" || [ \$? -eq 4 ] ;;
*) exec "$DAQS_BIN/daqsctl" "\$@" ;;
esac
SH
# Acts as the units do: the controller has started when it answers, and a daemon that fails is
# restarted.
cat >"$FOLDER/bin/systemctl" <<SH
#!/bin/bash
set -e
verb=\$1
shift
for unit; do
    case \$unit in
    --now) continue ;;
    daqs-controllerd | daqs-agentd) ;;
    *) echo "there is no unit \$unit" >&2 && exit 5 ;;
    esac
    pid=\$(cat "/run/\$unit.pid" 2>/dev/null || true)
    case \$verb in stop | restart)
        [ -z "\$pid" ] || { kill -- "-\$pid" && while pgrep -g "\$pid" >/dev/null; do sleep 0.1; done; } ;;
    esac
    case \$verb in
    enable | start | restart)
        setsid bash -c "while \$unit; [ \\\$? = 1 ]; do sleep 1; done" >>"/run/\$unit.log" 2>&1 </dev/null &
        echo \$! >"/run/\$unit.pid"
        [ "\$unit" != daqs-controllerd ] || timeout 30 sh -c 'until daqsctl status >/dev/null 2>&1; do sleep 0.1; done'
        ;;
    stop) rm -f "/run/\$unit.pid" ;;
    *) echo "not that: \$verb" >&2 && exit 1 ;;
    esac
done
SH
chmod +x "$FOLDER"/bin/*

# --- the reader, who waits until there is something to see ---

until_true() { # SECONDS COMMAND...
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || { printf 'waited in vain: %s\n' "$*" >&2; return 1; }
        sleep 0.1
    done
}
ask() { daqsctl -o json "$1" | jq -e "$2"; }
others_yield() { daqsctl -o json vms node1 | jq -e 'any(.vm == "web1" and .limit_bps != null)'; }

look() { # FILE: waits after a block
    if grep -qE 'systemctl (enable --now|start) .*daqs-agentd' "$1"; then
        until_true 30 ask vms 'length == 2 and all(.usage_bps != null)'
    fi
    if grep -q 'daqs-fleetsim.*&$' "$1"; then
        until_true 60 ask hosts 'length == 20 and all(.state == "up")'
    fi
    if grep -q 'set-sla .*db1 2Gbit$' "$1"; then
        until_true 30 others_yield
    fi
}

run() {
    cd "$HOME"
    bash -e -o pipefail "$1" && look "$1"
}

status=0
while read -r where file; do
    if run "$file" >"$FOLDER/log" 2>&1 </dev/null; then
        echo "ok $where"
    else
        echo "not ok $where"
        tail -qn 8 "$FOLDER/log" /run/daqs-*.log 2>/dev/null | sed 's/^/    /' >&2
        status=1
    fi
done <"$LIST"
exit $status
