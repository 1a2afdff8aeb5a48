#!/usr/bin/env bash
# Runs the commands of README and the guides as written, block after block, in an environment that
# resembles the reader's machine: two namespace guests that send, db1 and web1, behind an uplink of
# 4 Gbit/s.
#
# A block that cannot be run here is preceded by <!-- not run: reason --> in the page.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

netns_host_up node1 4gbit
netns_guest_up node1 db1 1
netns_guest_up node1 web1 2
traffic_start node1 db1 1 600
traffic_start node1 web1 4 600

# walk NAME PAGE...: runs the pages in order on one machine, with one case per block.
walk() {
    local name=$1 status=0
    shift
    "$TOP/tests/lib/docs_blocks.py" "$RUN/$name" "$@" >"$RUN/$name/all" || die "the pages cannot be read"
    grep -v ' - ' "$RUN/$name/all" >"$RUN/$name/list" || true
    grep ' - ' "$RUN/$name/all" >>"$RUN/not_run" || true
    sed -i "0,/operating.md/s,^.*operating.md,before:operating.md $RUN/before.sh\n&," "$RUN/$name/list"
    unshare --mount --uts --net --pid --fork --mount-proc --kill-child \
        bash "$TOP/tests/lib/docs_machine.sh" "$RUN/$name" "$RUN/$name/list" 4Gbit "$RUN/node1/*.qga" ||
        status=$?
    [ "$status" = 0 ] || CASES_FAILED=$((CASES_FAILED + 1))
}

# The host whose key operating.md changes, and which it removes.
cat >"$RUN/before.sh" <<'EOT'
daqsctl keygen "$HOME/node7.key"
daqsctl enroll node7 "$HOME/node7.key.pub"
daqsctl set-sla node7 db1 1Gbit
EOT
mkdir "$RUN/readme" "$RUN/guides" "$RUN/fleet"
DAQS_BIN=$(cd "$DAQS_BIN" && pwd)
export DAQS_BIN TOP
unset DAQS_CONTROLLER
walk readme README.md
walk guides docs/getting-started.md docs/guests.md docs/slas.md docs/history.md docs/api.md docs/events.md \
    docs/operating.md
walk fleet docs/fleet.md

# --- inside of a guest ---

# allowed BEFORE AFTER: checks what guests.md does to the guest agent's list, by hand and by
# cloud-init.
allowed() {
    local list=$RUN/qemu-ga
    printf '%s\n' "$1" >"$list"
    bash -e -c "$(sed -n '/^sudo sed -i -E .*BLACKLIST/,/qemu-ga$/p' "$TOP/docs/guests.md" | sed "s/^sudo //; s,/etc/sysconfig/qemu-ga,$list,")"
    [ "$(cat "$list")" = "$2" ] || { say "by hand: $(cat "$list")"; return 1; }
    printf '%s\n' "$1" >"$list"
    bash -e -c "$(sed -n 's/^  - \[sh, -c, "\(test .*\)"\]$/\1/p' "$TOP/docs/guests.md" | sed "s,/etc/sysconfig/qemu-ga,$list,g")"
    [ "$(cat "$list")" = "$2" ] || { say "by cloud-init: $(cat "$list")"; return 1; }
}
try "guest-exec is taken out of what older guest agents refuse" \
    allowed 'BLACKLIST_RPC=guest-file-open,guest-exec,guest-exec-status' 'BLACKLIST_RPC=guest-file-open'
try "and out of what RHEL 9.2 refuses" allowed 'BLOCK_RPCS=guest-file-open,guest-exec-status,guest-exec' 'BLOCK_RPCS=guest-file-open'
try "and added to what newer ones allow" allowed 'FILTER_RPC_ARGS="--allow-rpcs=guest-ping,guest-info"' \
    'FILTER_RPC_ARGS="--allow-rpcs=guest-exec,guest-exec-status,guest-ping,guest-info"'
try "once" allowed 'FILTER_RPC_ARGS="--allow-rpcs=guest-exec,guest-exec-status,guest-ping"' \
    'FILTER_RPC_ARGS="--allow-rpcs=guest-exec,guest-exec-status,guest-ping"'
try "an empty list stays one" allowed 'BLACKLIST_RPC=' 'BLACKLIST_RPC='

# --- blocks that were not run ---

NOT_RUN=$(wc -l <"$RUN/not_run")
say "not run: $NOT_RUN blocks"
say "$(cat "$RUN/not_run")"
few() { [ "$NOT_RUN" -le 20 ]; }
try "few blocks are not run" few

cases_done
