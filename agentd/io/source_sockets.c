#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "agentd/io/guest_source.h"
#include "shared/base/model.h"

struct known {
    char *path;
    ino_t inode; /* a new socket under the same path is a new guest; numbers are used again, */
    struct timespec born; /* so its time of birth counts too */
    bool seen;            /* in the scan under way */
    bool told;
};

struct source_sockets {
    struct guest_source base;
    char *pattern;
    int timer_fd;
    struct known known[DAQS_MAX_VMS];
    size_t count;
    size_t cursor; /* where 'next' goes on; == count: scan again when the timer fires */
};

static int sockets_fd(const struct guest_source *base)
{
    return ((const struct source_sockets *)base)->timer_fd;
}

/* "/run/qemu-server/100.qga" -> "100". False if that is no name for a guest. */
static bool name_of(const char *path, char name[static DAQS_NAME_MAX + 1])
{
    const char *last = strrchr(path, '/');
    last = last ? last + 1 : path;
    const char *dot = strrchr(last, '.');
    size_t length = dot && dot != last ? (size_t)(dot - last) : strlen(last);
    if (daqs_name_check("VM", last, length, NULL) != DAQS_OK)
        return false;
    memcpy(name, last, length);
    name[length] = '\0';
    return true;
}

static void note_socket(struct source_sockets *s, const char *path)
{
    struct stat st;
    char name[DAQS_NAME_MAX + 1];
    if (stat(path, &st) < 0 || !S_ISSOCK(st.st_mode) || !name_of(path, name))
        return;
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->known[i].path, path) != 0)
            continue;
        s->known[i].seen = true;
        if (s->known[i].inode != st.st_ino ||
            memcmp(&s->known[i].born, &st.st_mtim, sizeof st.st_mtim) != 0) {
            s->known[i].inode = st.st_ino;
            s->known[i].born = st.st_mtim;
            s->known[i].told = false;
        }
        return;
    }
    char *copy = s->count < DAQS_MAX_VMS ? strdup(path) : NULL;
    if (copy)
        s->known[s->count++] = (struct known){copy, st.st_ino, st.st_mtim, true, false};
}

/* A folder that is not there has no guests; one that cannot be read just now says nothing. */
static int stop_scan(const char *path, int error)
{
    (void)path;
    return error != ENOENT && error != ENOTDIR;
}

static void scan(struct source_sockets *s)
{
    glob_t found;
    int rc = glob(s->pattern, GLOB_NOSORT, stop_scan, &found);
    if (rc != 0 && rc != GLOB_NOMATCH) {
        globfree(&found);
        return;
    }
    for (size_t i = 0; i < s->count; i++)
        s->known[i].seen = false;
    for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++)
        note_socket(s, found.gl_pathv[i]);
    globfree(&found);
    s->cursor = 0;
}

static void fill(struct guest_event *event, enum guest_event_type type, const char *path)
{
    memset(event, 0, sizeof *event);
    event->type = type;
    (void)name_of(path, event->name); /* was checked when it was noted */
}

static bool next_change(struct source_sockets *s, struct guest_event *ret)
{
    while (s->cursor < s->count) {
        struct known *k = &s->known[s->cursor];
        if (!k->seen) {
            fill(ret, GUEST_GONE, k->path);
            free(k->path);
            *k = s->known[--s->count];
            return true;
        }
        s->cursor++;
        if (!k->told) {
            fill(ret, GUEST_PRESENT, k->path);
            ret->restarted = true;
            k->told = true;
            return true;
        }
    }
    return false;
}

static bool sockets_next(struct guest_source *base, struct guest_event *ret)
{
    struct source_sockets *s = (struct source_sockets *)base;
    if (next_change(s, ret))
        return true;
    uint64_t ticks;
    if (read(s->timer_fd, &ticks, sizeof ticks) != sizeof ticks)
        return false;
    scan(s);
    return next_change(s, ret);
}

static struct qga_channel *sockets_open(struct guest_source *base, const struct guest_event *guest)
{
    struct source_sockets *s = (struct source_sockets *)base;
    char name[DAQS_NAME_MAX + 1];
    for (size_t i = 0; i < s->count; i++)
        if (name_of(s->known[i].path, name) && strcmp(name, guest->name) == 0)
            return qga_socket_new(s->known[i].path);
    return NULL;
}

static void sockets_free(struct guest_source *base)
{
    struct source_sockets *s = (struct source_sockets *)base;
    for (size_t i = 0; i < s->count; i++)
        free(s->known[i].path);
    if (s->timer_fd >= 0)
        close(s->timer_fd);
    free(s->pattern);
    free(s);
}

struct guest_source *source_sockets_new(const char *pattern, struct daqs_error *err)
{
    struct source_sockets *s = calloc(1, sizeof *s);
    if (!s) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    s->base = (struct guest_source){sockets_fd, sockets_next, sockets_open, sockets_free};
    s->pattern = strdup(pattern);
    s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    const struct itimerspec every = {.it_interval = {.tv_sec = 1}, .it_value = {.tv_nsec = 1}};
    if (!s->pattern || s->timer_fd < 0 || timerfd_settime(s->timer_fd, 0, &every, NULL) < 0) {
        daqs_fail(err, DAQS_ESYSTEM, "cannot watch %s: %s", pattern, strerror(errno));
        sockets_free(&s->base);
        return NULL;
    }
    return &s->base;
}
