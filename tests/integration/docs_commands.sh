#!/usr/bin/env bash
# The commands of README and the guides, run as they stand there, block after block, on what looks like
# the reader's machine: two namespace guests that send, db1 and web1, behind an uplink of 4 Gbit/s.
#
# What cannot be run here has <!-- not run: reason --> before it in the page.

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

# walk NAME PAGE...: on one machine, one page after the other. A case for each block.
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

# The host that operating.md changes the key of, and removes.
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
walk guides docs/getting-started.md docs/slas.md docs/history.md docs/api.md docs/events.md \
    docs/operating.md
walk fleet docs/fleet.md

# --- what was not run ---

NOT_RUN=$(wc -l <"$RUN/not_run")
say "not run: $NOT_RUN blocks"
say "$(cat "$RUN/not_run")"
few() { [ "$NOT_RUN" -le 20 ]; }
try "few blocks are not run" few

cases_done
