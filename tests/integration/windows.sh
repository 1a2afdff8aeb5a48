#!/usr/bin/env bash
# Tests how windows.py judges 1 s windows of a guarantee, on logs of iperf3 that are made up.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/cases.sh"

# received FLOW KBITS...: prints a log with so much in each tenth of a second.
received() {
    local flow=$1 i=0 rate
    shift
    for rate in "$@"; do
        printf '[%3s]   %d.%d0-%d.%d0   sec  1.00 KBytes  %s Kbits/sec\n' "$flow" $((i / 10)) $((i % 10)) $(((i + 1) / 10)) $(((i + 1) % 10)) "$rate"
        i=$((i + 1))
    done
}
# times COUNT KBITS: prints it so often.
times() { for ((i = 0; i < $1; i++)); do echo "$2"; done; }
# shellcheck disable=SC2046 # words
{
    received 5 $(times 20 10000) $(times 10 6000) $(times 20 10000) >"$RUN/dip"
    received SUM $(times 20 4000) $(times 10 13000) $(times 20 4000) >"$RUN/takes"
    received SUM $(times 50 4000) >"$RUN/yields"
}
# judged OTHERS FROM OFFSET TEST: judges a guarantee of 10 Mbit/s on an uplink of 20 Mbit/s.
judged() { "$TOP/tests/lib/windows.py" "$RUN/dip" "$RUN/$1" "$2" "$3" 10 20 | tee "$RUN/out" | jq -e "$4" >/dev/null || { cat "$RUN/out" && false; }; }

try "a second below the guarantee while others fill the uplink is missed, wherever windows begin" \
    judged takes 0 0 '.missed > 2 and .worst == 6'
try "it is the guest's own doing if the uplink is not full" judged yields 0 0 '.missed == 0 and .idle > 5 and .worst_idle == 6'
try "all others are held" judged takes 3 0 '.missed == 0 and .idle == 0 and .windows > 5 and .worst == 10'
try "the other log may begin at another time" judged takes 0 2 '.missed == 0 and .idle > 5'
cases_done
