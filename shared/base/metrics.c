/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/version.h"

bool metrics_wants_open(const char *accept)
{
    return accept && strstr(accept, "application/openmetrics-text");
}

static const char *type_name(const struct metrics *m, enum metrics_type type)
{
    switch (type) {
    case METRICS_COUNTER:
        return "counter";
    case METRICS_HISTOGRAM:
        return "histogram";
    case METRICS_INFO:
        return m->open ? "info" : "gauge";
    case METRICS_GAUGE:
        break;
    }
    return "gauge";
}

static const char *suffix(enum metrics_type type)
{
    if (type == METRICS_COUNTER)
        return "_total";
    return type == METRICS_INFO ? "_info" : "";
}

void metrics_begin(struct metrics *m, const struct metrics_family *family)
{
    /* The older format gives a family the name of its samples. */
    const char *end = m->open ? "" : suffix(family->type);
    m->family = family;
    (void)fprintf(m->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", family->name, end, family->help,
                  family->name, end, type_name(m, family->type));
    if (m->open && family->unit)
        (void)fprintf(m->out, "# UNIT %s %s\n", family->name, family->unit);
}

static void write_value(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            (void)fputs("\\n", out);
        else if (*text == '"' || *text == '\\')
            (void)fprintf(out, "\\%c", *text);
        else
            (void)fputc(*text, out);
    }
}

static void write_labels(FILE *out, va_list labels)
{
    const char *name;
    char before = '{';
    while ((name = va_arg(labels, const char *))) {
        (void)fprintf(out, "%c%s=\"", before, name);
        write_value(out, va_arg(labels, const char *));
        (void)fputc('"', out);
        before = ',';
    }
    if (before == ',')
        (void)fputc('}', out);
}

void metrics_number(struct metrics *m, uint64_t value, ...)
{
    va_list labels;
    va_start(labels, value);
    (void)fprintf(m->out, "%s%s", m->family->name, suffix(m->family->type));
    write_labels(m->out, labels);
    va_end(labels);
    (void)fprintf(m->out, " %" PRIu64 "\n", value);
}

void metrics_real(struct metrics *m, double value, ...)
{
    va_list labels;
    va_start(labels, value);
    (void)fprintf(m->out, "%s%s", m->family->name, suffix(m->family->type));
    write_labels(m->out, labels);
    va_end(labels);
    (void)fprintf(m->out, " %.15g\n", value);
}

void metrics_one(struct metrics *m, const struct metrics_family *family, double value)
{
    metrics_begin(m, family);
    metrics_real(m, value, NULL);
}

void metrics_buckets(struct metrics *m, const struct metrics_family *family,
                     const struct buckets *buckets)
{
    uint64_t count = 0;
    /* Read before the buckets: a duration that is added in between makes the mean slightly too
     * small. */
    uint64_t sum_us = atomic_load_explicit(&buckets->sum_us, memory_order_relaxed);
    metrics_begin(m, family);
    for (size_t i = 0; i < BUCKETS_COUNT; i++) {
        double bound_s = (double)buckets_bound_us(i) / 1e6;
        char bound[32] = "+Inf";
        count += atomic_load_explicit(&buckets->bucket[i], memory_order_relaxed);
        if (buckets_bound_us(i) % 1000000 != 0 && i + 1 < BUCKETS_COUNT)
            (void)snprintf(bound, sizeof bound, "%g", bound_s);
        else if (i + 1 < BUCKETS_COUNT) /* whole seconds need a decimal point, too */
            (void)snprintf(bound, sizeof bound, "%.1f", bound_s);
        (void)fprintf(m->out, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", family->name, bound, count);
    }
    (void)fprintf(m->out, "%s_sum %.15g\n%s_count %" PRIu64 "\n", family->name,
                  (double)sum_us / 1e6, family->name, count);
}

void metrics_end(struct metrics *m)
{
    if (m->open)
        (void)fputs("# EOF\n", m->out);
}

/* --- metrics of the process --- */

static const struct metrics_family build = {
    "daqs_build", METRICS_INFO, NULL, "Always 1; the label 'version' is the version that runs."};

static const struct metrics_family cpu = {"process_cpu_seconds", METRICS_COUNTER, "seconds",
                                          "Processor time of the process."};
static const struct metrics_family memory = {"process_resident_memory_bytes", METRICS_GAUGE,
                                             "bytes", "Resident memory of the process."};
static const struct metrics_family files = {"process_open_fds", METRICS_GAUGE, NULL,
                                            "Open file descriptors of the process."};
static const struct metrics_family started = {"process_start_time_seconds", METRICS_GAUGE,
                                              "seconds", "Start of the process, since 1970."};

static double cpu_seconds(void)
{
    struct timespec used = {0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* Reads the first line of a file below /proc; "" if it cannot be read. */
static void read_line(const char *path, char *ret, int size)
{
    FILE *file = fopen(path, "re");
    *ret = '\0';
    if (!file)
        return;
    if (!fgets(ret, size, file))
        *ret = '\0';
    (void)fclose(file);
}

static double resident_bytes(void)
{
    char line[256];
    read_line("/proc/self/statm", line, sizeof line);
    char *resident = strchr(line, ' ');
    return resident ? (double)strtoull(resident, NULL, 10) * (double)sysconf(_SC_PAGESIZE) : 0;
}

static double open_files(void)
{
    double count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return 0;
    while (readdir(folder))
        count++;
    (void)closedir(folder);
    return count - 3; /* ".", "..", and the descriptor of the folder */
}

/* Returns the start time since 1970. The 22nd field of /proc/self/stat has it in clock ticks since
 * boot. The second field is the program's name in parentheses, which may contain blanks. */
static double start_seconds(void)
{
    char line[1024];
    struct timespec since_boot = {0};
    struct timespec wall = {0};
    read_line("/proc/self/stat", line, sizeof line);
    const char *word = strrchr(line, ')');
    for (int i = 2; word && i < 22; i++)
        word = strchr(word + 1, ' ');
    if (!word)
        return 0;
    (void)clock_gettime(CLOCK_BOOTTIME, &since_boot);
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    double boot = (double)(wall.tv_sec - since_boot.tv_sec) +
                  (double)(wall.tv_nsec - since_boot.tv_nsec) / 1e9;
    return boot + (double)strtoull(word, NULL, 10) / (double)sysconf(_SC_CLK_TCK);
}

void metrics_build(struct metrics *m)
{
    metrics_begin(m, &build);
    metrics_number(m, 1, "version", DAQS_VERSION, NULL);
}

void metrics_process(struct metrics *m)
{
    metrics_one(m, &cpu, cpu_seconds());
    metrics_one(m, &memory, resident_bytes());
    metrics_one(m, &files, open_files());
    metrics_one(m, &started, start_seconds());
}
