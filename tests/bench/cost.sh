# shellcheck shell=bash
# cost.sh - processor time, for benchmarks of the agent. awk's %d is limited to 2^31, hence %.0f.
# SPDX-License-Identifier: Apache-2.0

now_us() { echo "${EPOCHREALTIME/[.,]/}"; }

# cpu_ns PID: prints the processor time used by all threads of a process, in nanoseconds.
cpu_ns() { cat /proc/"$1"/task/*/schedstat | awk '{ s += $1 } END { printf "%.0f\n", s }'; }

# child_ticks: prints the processor time used by ended children of this shell, in hundredths of a
# second.
child_ticks() { awk '{ print $16 + $17 }' /proc/$$/stat; }

# say_latencies LOG: prints the latencies that the agent logged when it exited.
say_latencies() { sed -n 's/.* \([0-9]* \(polls were\|times limits\) .*\)/\1/p' "$1"; }
