#!/usr/bin/env bash
# Compares the accounting with what a real guest sent and wanted, second by second: it must not
# report a second as met that was not, nor one as missed in which the VM sent what it wanted. Three
# minutes of traffic drawn from a seed; SECONDS_OF_IT=3600 SEED=N for more of it, or other traffic.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/varying.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

SECONDS_OF_IT=${SECONDS_OF_IT:-180} SEED=${SEED:-20261129} MBIT=200 GUARANTEE=80 PHASE_S=12
netns_host_up a "${MBIT}mbit"
netns_guest_up a gold 1
netns_guest_up a plain 2
controller_start
agent_start a up0 "$((MBIT * 1538 / 1514))Mbit" "source = sockets" "socket_glob = $RUN/a/*.qga"
wait_for "both nics" vms_seen a 2
varying_sink a
traffic_start a plain 8 $((SECONDS_OF_IT + 600))
ctl set-sla a gold "${GUARANTEE}Mbit"

# Shapes whose demand is below, at and above the guarantee, and silence. In every fourth phase the
# policy is off, so the guarantee is not enforced.
RANDOM=$SEED
SHAPES=("saw:4:70:2" "sine:8:76:7" "web:4:78:0.3" "web:4:150:1" "flat:0:40:1" "flat:0:80:1" "flat:0:170:1"
    "saw:10:120:5" "flat:0:0.1:1")
phases=$((SECONDS_OF_IT / PHASE_S))
for ((phase = 0; phase < phases; phase++)); do
    shape=${SHAPES[RANDOM % ${#SHAPES[@]}]}
    [ $((phase % 4)) = 3 ] && ctl set-policy a off >/dev/null
    varying_start a gold "phase-$phase" "$shape" $PHASE_S
    wait "$VARYING"
    [ $((phase % 4)) = 3 ] && ctl set-policy a default >/dev/null
done
now=$(date +%s)
recorded() { # all of it is on the disk
    ctl -o json history a gold --since 3s --step 1s | jq -e --argjson n "$now" 'any(.time[0:19] + "Z" | fromdate >= $n)'
}
wait_for "history" recorded
ctl -o json history a gold --since "$((SECONDS_OF_IT + 60))s" --step 1s >"$RUN/history.json"
PYTHONDONTWRITEBYTECODE=1 python3 "$TOP/tests/lib/accounting.py" "$RUN/history.json" $GUARANTEE \
    "$RUN"/phase-*.json >"$RUN/account.json"
say "seed $SEED: $(jq -c 'del(.odd)' "$RUN/account.json")"
jq -c '.odd[]' "$RUN/account.json" >&2
account() { jq -e "$1" "$RUN/account.json" >/dev/null; }
try "no second is met in which it sent less" account '.false_met == 0'
try "none is missed in which it sent what it wanted" account '.false_missed == 0'
try "there were met ones, missed ones and idle ones" account '.met >= 10 and .missed >= 5 and .idle >= 10'
# While the guarantee is not enforced, what a guest wanted is known only if its sockets have shown
# it.
try "and four of five are known" account ".unknown * 5 <= .seconds"
cases_done
