/* proc_stats - what another process of this machine takes: processor time by thread, and memory. */
#ifndef DAQS_TOOLS_FLEETSIM_PROC_STATS_H
#define DAQS_TOOLS_FLEETSIM_PROC_STATS_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

#define PROC_THREADS_MAX 64

struct proc_thread {
    int id;
    char name[16];
    uint64_t cpu_ns; /* since the thread began */
};

struct proc_stats {
    size_t threads; /* more than PROC_THREADS_MAX are left out */
    struct proc_thread thread[PROC_THREADS_MAX];
    uint64_t rss_bytes;
};

/* What it has taken so far; nothing for a process that is not there. */
struct proc_stats proc_stats_read(pid_t pid);

uint64_t proc_stats_cpu_ns(const struct proc_stats *stats);

/* An object of the share of a core that each thread had from 'before' to 'after', in percent. A
 * process's first thread is "main", others of the same name are counted together. The caller's to
 * json_decref; NULL if out of memory. */
json_t *proc_stats_threads(const struct proc_stats *before, const struct proc_stats *after,
                           pid_t pid, int64_t span_ns);

#endif
