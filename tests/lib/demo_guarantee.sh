# shellcheck shell=bash
# demo_guarantee.sh - a demonstration, see demo.sh: one controller, and a guarantee that is missed
# first, and kept then. TRAFFIC_S is the length of the traffic, GUARANTEE_MBIT the guarantee.
# SPDX-License-Identifier: Apache-2.0

# shellcheck disable=SC2153,SC2154 # those of demo.sh and its caller

fleet_up() {
    host_up
    task "controller and agent"
    programs_use 1
    controller_start "" # no lines for [policy]
    agent_start "$HOST" uplink "${UPLINK_MBIT}Mbit" "source = libvirt" "uri = $LIBVIRT_URI"
    task_done
    guests_start
    guests_wait
}

still_running() {
    kill -0 "$CONTROLLER_PID" 2>/dev/null || die "the controller ended: $(tail -n 1 "$RUN/controller.log")"
    kill -0 "$AGENT_PID" 2>/dev/null || die "the agent ended: $(tail -n 1 "$RUN/agent-$HOST.log")"
}

demonstrate() {
    local before_s=$((TRAFFIC_S / 3)) after_s warmup_s=2 steady_s end
    after_s=$((TRAFFIC_S - before_s))
    steady_s=$((after_s / 2))

    watch $before_s "1. Without a guarantee: the VM with the most flows gets the most bandwidth"
    end=$(iperf_second gold)
    GOLD_BEFORE=$(mean gold "$end" $((before_s - warmup_s)))
    end=$(iperf_second noisy)
    NOISY_BEFORE=$(mean noisy "$end" $((before_s - warmup_s)))

    printf '\n%s$ daqsctl set-sla %s gold %sMbit%s\n' "$BOLD" $HOST $GUARANTEE_MBIT "$PLAIN"
    ctl set-sla $HOST gold ${GUARANTEE_MBIT}Mbit

    watch $after_s "2. With a guarantee of $GUARANTEE_MBIT Mbit/s for gold"
    end=$(iperf_second gold)
    GOLD_AFTER=$(mean gold "$end" $steady_s)
    end=$(iperf_second noisy)
    NOISY_AFTER=$(mean noisy "$end" $steady_s)
}

# Sets VERDICT to the exit status.
judge() {
    local total_before total_after percent_before percent_after broken='' held=''
    total_before=$(jq -n "$GOLD_BEFORE + $NOISY_BEFORE")
    total_after=$(jq -n "$GOLD_AFTER + $NOISY_AFTER")
    printf '\n%sWhat arrived at the far end (iperf3, Mbit/s)%s\n' "$BOLD" "$PLAIN"
    printf '%-26s %7s %7s %7s\n' '' gold noisy total \
        'before, without guarantee' "$GOLD_BEFORE" "$NOISY_BEFORE" "$(printf %.1f "$total_before")" \
        'after, steady second half' "$GOLD_AFTER" "$NOISY_AFTER" "$(printf %.1f "$total_after")"
    ! is "$GOLD_BEFORE < 0.9 * $GUARANTEE_MBIT" || broken=1
    ! is "$GOLD_AFTER >= 0.97 * $GUARANTEE_MBIT" || held=1
    percent_before=$(jq -n "$GOLD_BEFORE * 100 / $GUARANTEE_MBIT | round")
    percent_after=$(jq -n "$GOLD_AFTER * 100 / $GUARANTEE_MBIT | round")
    VERDICT=1
    if [ -n "$broken" ] && [ -n "$held" ]; then
        VERDICT=0
        printf '%sHeld:%s ' "$GOOD$BOLD" "$PLAIN"
    elif [ -z "$held" ]; then
        printf '%sNot held:%s ' "$BAD$BOLD" "$PLAIN"
    else
        printf '%sNothing shown:%s gold had enough without the guarantee; ' "$BAD$BOLD" "$PLAIN"
    fi
    printf 'gold got %s %% of its %s Mbit/s before, %s %% after.\n' \
        "$percent_before" $GUARANTEE_MBIT "$percent_after"
    # Emulated guests on a busy machine cannot fill the uplink even without limits. gold still gets
    # its part of what arrives.
    if [ $VERDICT != 0 ] && is "$total_before < 0.9 * $UPLINK_MBIT" &&
        is "$GOLD_AFTER >= 0.5 * $total_after"; then
        VERDICT=77
        TOO_BUSY="the uplink was not full before either: the guests got too little of the processor"
    fi
}

how_to_look() {
    printf '  %s\n' "daqsctl vms" "daqsctl history $HOST gold --since 1m" "daqsctl unset-sla $HOST gold"
}
