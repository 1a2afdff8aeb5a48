# shellcheck shell=bash
# varying.sh - namespace guests that send as applications do: at a varying rate. Source it after
# netns_rig.sh.
#
#   varying_sink HOST                       starts the receiver
#   varying_start HOST GUEST NAME SHAPE SECONDS [DEVICE]   in the background; sets VARYING to its
#       process id and writes its figures to $RUN/NAME.json at its end. SHAPE: see varying_sender.py
#   varying_percent NAME                    what it sent, in percent of what it wanted
# SPDX-License-Identifier: Apache-2.0

VARYING_PORT=5999

varying_sink() {
    start "sink-$1" ip netns exec "$(sink_ns "$1")" python3 "$TOP/tests/lib/traffic_sink.py" $VARYING_PORT
    wait_for "the sink" grep -q listening "$RUN/sink-$1.log"
}

varying_start() {
    ip netns exec "$(guest_ns "$1" "$2")" python3 "$TOP/tests/lib/varying_sender.py" \
        "$(sink_address "$1")" $VARYING_PORT "${@:4}" >"$RUN/$3.json" 2>"$RUN/$3.err" &
    # shellcheck disable=SC2034 # for the caller
    VARYING=$!
}

varying_percent() { jq '100 * .sent / .wanted' "$RUN/$1.json"; }
