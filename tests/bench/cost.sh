# shellcheck shell=bash
# cost.sh - processor time, for benchmarks of the agent. awk's %d ends at 2^31, hence %.0f.

now_us() { echo "${EPOCHREALTIME/[.,]/}"; }

# cpu_ns PID: nanoseconds of processor time that all threads of a process have had.
cpu_ns() { cat /proc/"$1"/task/*/schedstat | awk '{ s += $1 } END { printf "%.0f\n", s }'; }

# child_ticks: hundredths of a second that ended children of this shell have had.
child_ticks() { awk '{ print $16 + $17 }' /proc/$$/stat; }

# say_latencies LOG: what the agent said of them at its end.
say_latencies() { sed -n 's/.* \([0-9]* \(polls were\|times limits\) .*\)/\1/p' "$1"; }
