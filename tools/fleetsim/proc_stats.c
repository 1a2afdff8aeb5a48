/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/proc_stats.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads the file's first line, without its line feed; "" on failure. */
static void read_line(const char *path, char *buf, int size)
{
    FILE *file = fopen(path, "re");
    buf[0] = '\0';
    if (!file)
        return;
    if (fgets(buf, size, file))
        buf[strcspn(buf, "\n")] = '\0';
    (void)fclose(file);
}

static uint64_t read_rss(pid_t pid)
{
    char path[64];
    char line[128];
    uint64_t size;
    uint64_t resident = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    read_line(path, line, sizeof line);
    if (sscanf(line, "%" SCNu64 " %" SCNu64, &size, &resident) != 2)
        return 0;
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

struct proc_stats proc_stats_read(pid_t pid)
{
    struct proc_stats stats = {.rss_bytes = read_rss(pid)};
    char path[512];
    char line[128];
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)) && stats.threads < PROC_THREADS_MAX) {
        struct proc_thread *thread = &stats.thread[stats.threads];
        thread->id = (int)strtol(entry->d_name, NULL, 10);
        if (thread->id <= 0)
            continue;
        (void)snprintf(path, sizeof path, "/proc/%d/task/%d/comm", (int)pid, thread->id);
        read_line(path, thread->name, sizeof thread->name);
        (void)snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", (int)pid, thread->id);
        read_line(path, line, sizeof line);
        thread->cpu_ns = strtoull(line, NULL, 10);
        stats.threads++;
    }
    if (folder)
        closedir(folder);
    return stats;
}

uint64_t proc_stats_cpu_ns(const struct proc_stats *stats)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < stats->threads; i++)
        sum += stats->thread[i].cpu_ns;
    return sum;
}

json_t *proc_stats_threads(const struct proc_stats *before, const struct proc_stats *after,
                           pid_t pid, int64_t span_ns)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < after->threads; i++) {
        const struct proc_thread *thread = &after->thread[i];
        const char *name = thread->id == (int)pid ? "main" : thread->name;
        uint64_t cpu_ns = thread->cpu_ns;
        for (size_t k = 0; k < before->threads; k++)
            if (before->thread[k].id == thread->id)
                cpu_ns -= before->thread[k].cpu_ns;
        double percent = json_real_value(json_object_get(object, name)) +
                         (double)cpu_ns * 100 / (double)(span_ns > 0 ? span_ns : 1);
        (void)json_object_set_new(object, name, json_real(percent));
    }
    return object;
}
