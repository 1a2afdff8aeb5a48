/* SPDX-License-Identifier: Apache-2.0 */
/* proc_stats - resources used by another process of this machine: processor time by thread, and
 * memory. */
#ifndef DAQS_TOOLS_FLEETSIM_PROC_STATS_H
#define DAQS_TOOLS_FLEETSIM_PROC_STATS_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

#define PROC_THREADS_MAX 64

struct proc_thread {
    int id;
    char name[16];
    uint64_t cpu_ns; /* since the thread started */
};

struct proc_stats {
    size_t threads; /* at most PROC_THREADS_MAX; others are left out */
    struct proc_thread thread[PROC_THREADS_MAX];
    uint64_t rss_bytes;
};

/* Reads the resources used so far; all zero for a process that does not exist. */
struct proc_stats proc_stats_read(pid_t pid);

uint64_t proc_stats_cpu_ns(const struct proc_stats *stats);

/* Returns an object with the share of a core that each thread used from 'before' to 'after', in
 * percent. The first thread of a process is "main"; threads with the same name are summed up. The
 * caller calls json_decref. Returns NULL if out of memory. */
json_t *proc_stats_threads(const struct proc_stats *before, const struct proc_stats *after,
                           pid_t pid, int64_t span_ns);

#endif
