/* watch - what another process of this machine takes: processor time by thread, and memory. */
#ifndef DAQS_FLEETSIM_WATCH_H
#define DAQS_FLEETSIM_WATCH_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

#define WATCH_THREADS_MAX 64

struct watch_thread {
    int id;
    char name[16];
    uint64_t cpu_ns; /* since the thread began */
};

struct watch {
    size_t threads; /* more than WATCH_THREADS_MAX are left out */
    struct watch_thread thread[WATCH_THREADS_MAX];
    uint64_t rss_bytes;
};

/* What it has taken so far; nothing for a process that is not there. */
struct watch watch_look(pid_t pid);

uint64_t watch_cpu_ns(const struct watch *watch);

/* An object of the share of a core that each thread had from 'before' to 'after', in percent. A
 * process's first thread is "main", others of the same name are counted together. The caller's to
 * json_decref; NULL if out of memory. */
json_t *watch_threads(const struct watch *before, const struct watch *after, pid_t pid,
                      int64_t span_ns);

#endif
