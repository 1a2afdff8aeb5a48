/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "agentd/guests/guest_queue.h"
#include "agentd/guests/socket_facts.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/model.h"
#include "shared/base/thread.h"

/* A separate thread reads folders and processes, which may block, and queues events. The loop
 * processes the events. */

enum {
    LOOK_S = 1,
    STOP_S = 2, /* for a search to end: the file system may hang, for example Proxmox VE's */
};

struct known {
    char *path;
    ino_t inode;          /* a different inode at the same path is a new guest */
    struct timespec born; /* likewise, because inode numbers are reused */
    uid_t owner;
    bool seen; /* in the current search */
    bool reported;
    bool duplicate_logged; /* a socket with the same name was logged */
    struct socket_facts facts;
};

struct source_sockets {
    struct guest_source base;
    char *pattern;
    char *configs;
    char *pools;
    char *proc;
    struct vm_host_stamp pools_stamp; /* used by the thread only, like the next one */
    char *pools_text;                 /* NULL: there are none, or they cannot be read */
    pthread_t thread;
    bool started;
    struct guest_queue *events;

    pthread_mutex_t lock; /* protects the following; the thread reads 'known' without it, too */
    pthread_cond_t wake;
    bool stopping;
    struct known known[DAQS_MAX_VMS];
    size_t count;
};

/* Derives a guest's name from a path: "/run/qemu-server/100.qga" -> "100". Returns false if it is
 * not a valid name. */
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

/* --- sockets --- */

static void known_done(struct known *k)
{
    socket_facts_done(&k->facts);
    free(k->path);
}

static struct known *find_path(struct source_sockets *s, const char *path)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->known[i].path, path) == 0)
            return &s->known[i];
    return NULL;
}

static struct known *find_name(struct source_sockets *s, const char *name)
{
    char other[DAQS_NAME_MAX + 1];
    for (size_t i = 0; i < s->count; i++)
        if (name_of(s->known[i].path, other) && strcmp(other, name) == 0)
            return &s->known[i];
    return NULL;
}

/* Logs that a socket is ignored because another one has the same name, such as QEMU's monitor next
 * to the guest agent. The first one belongs to the guest. */
static void log_duplicate(struct known *k, const char *name, const char *path)
{
    if (!k->duplicate_logged)
        daqs_log(DAQS_LOG_WARNING,
                 "guest %s: its socket is %s, and %s, which has the same name, is left out; see "
                 "socket_glob",
                 name, k->path, path);
    k->duplicate_logged = true;
}

static void note_socket(struct source_sockets *s, const char *path)
{
    struct stat st;
    char name[DAQS_NAME_MAX + 1];
    if (stat(path, &st) < 0 || !S_ISSOCK(st.st_mode) || !name_of(path, name))
        return;
    struct known *k = find_path(s, path);
    struct known *rival = k ? NULL : find_name(s, name);
    if (rival) {
        log_duplicate(rival, name, path);
        return;
    }
    char *copy = k || s->count == DAQS_MAX_VMS ? NULL : strdup(path);
    if (copy) {
        k = &s->known[s->count];
        *k = (struct known){.path = copy};
        pthread_mutex_lock(&s->lock);
        s->count++;
        pthread_mutex_unlock(&s->lock);
    }
    if (!k)
        return;
    if (copy || k->inode != st.st_ino || memcmp(&k->born, &st.st_mtim, sizeof st.st_mtim) != 0) {
        k->inode = st.st_ino;
        k->born = st.st_mtim;
        k->reported = false;
        socket_facts_done(&k->facts);
    }
    k->owner = st.st_uid;
    k->seen = true;
}

/* Continues if a folder does not exist: it has no guests. If a folder cannot be read, the search
 * shows nothing. */
static int stop_search(const char *path, int error)
{
    (void)path;
    return error != ENOENT && error != ENOTDIR;
}

static bool find_sockets(struct source_sockets *s)
{
    glob_t found;
    int rc = glob(s->pattern, 0, stop_search, &found);
    bool searched = rc == 0 || rc == GLOB_NOMATCH;
    for (size_t i = 0; i < s->count && searched; i++)
        s->known[i].seen = false;
    for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++)
        note_socket(s, found.gl_pathv[i]);
    globfree(&found);
    return searched;
}

/* --- what the host knows of the guests --- */

static bool search_due(const struct known *k, int64_t now_ms)
{
    return k->seen && socket_facts_search_due(&k->facts, now_ms);
}

static void search_processes(struct source_sockets *s)
{
    int64_t now_ms = daqs_mono_ms(daqs_clock_system());
    size_t due = 0;
    for (size_t i = 0; i < s->count; i++)
        due += search_due(&s->known[i], now_ms);
    struct vm_host_search *search DAQS_AUTO_FREE = due ? calloc(due, sizeof *search) : NULL;
    if (!search)
        return;
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        if (search_due(&s->known[i], now_ms))
            search[n++] =
                (struct vm_host_search){.socket = s->known[i].path, .owner = s->known[i].owner};
    vm_host_processes(s->proc, search, n);
    n = 0;
    for (size_t i = 0; i < s->count; i++)
        if (search_due(&s->known[i], now_ms))
            socket_facts_take(&s->known[i].facts, &search[n++], now_ms);
}

/* Returns true if they may have changed. Without the file, the pools are those that it had last. */
static bool read_pools(struct source_sockets *s)
{
    char *text = NULL;
    if (vm_host_pools(s->pools, &s->pools_stamp, &text) != VM_HOST_READ)
        return false;
    free(s->pools_text);
    s->pools_text = text;
    return true;
}

static void read_configs(struct source_sockets *s, bool pools_changed)
{
    char name[DAQS_NAME_MAX + 1];
    for (size_t i = 0; i < s->count; i++) {
        struct known *k = &s->known[i];
        if (!k->seen || !name_of(k->path, name))
            continue;
        socket_facts_read(&k->facts, s->configs, name);
        if (s->pools_text && (pools_changed || !k->facts.pool_sought))
            socket_facts_find_pool(&k->facts, s->pools_text, name);
    }
}

/* --- reports to the loop --- */

static bool report(struct source_sockets *s, const struct known *k, enum guest_event_type type)
{
    struct guest_event *event DAQS_AUTO_FREE = calloc(1, sizeof *event);
    if (!event)
        return false; /* tried again with the next search */
    event->type = type;
    event->restarted = type == GUEST_PRESENT && !k->reported;
    (void)name_of(k->path, event->name); /* was checked by note_socket */
    socket_facts_report(&k->facts, event);
    if (!guest_queue_put(s->events, event))
        return false;
    event = NULL;
    return true;
}

static void log_nics(const struct source_sockets *s, const struct known *k)
{
    char name[DAQS_NAME_MAX + 1];
    const struct host_nics *nics = socket_facts_nics(&k->facts);
    (void)name_of(k->path, name);
    if (!nics)
        daqs_log(DAQS_LOG_INFO, "guest %s: the nics that its host gave it are not known", name);
    else if (nics == k->facts.args)
        daqs_log(DAQS_LOG_INFO, "guest %s: its nics are those that QEMU was started with", name);
    else
        daqs_log(DAQS_LOG_INFO, "guest %s: its nics are those in %s/%s.conf", name, s->configs,
                 name);
}

static void report_present(struct source_sockets *s, struct known *k)
{
    struct socket_facts *facts = &k->facts;
    const bool nics = !k->reported || facts->nics_changed;
    if ((!nics && !facts->labels_changed) || !report(s, k, GUEST_PRESENT))
        return;
    if (nics)
        log_nics(s, k);
    k->reported = true;
    facts->nics_changed = facts->labels_changed = false;
}

static void report_all(struct source_sockets *s)
{
    for (size_t i = 0; i < s->count;) {
        struct known *k = &s->known[i];
        if (k->seen)
            report_present(s, k);
        if (k->seen || !report(s, k, GUEST_GONE)) {
            i++;
            continue;
        }
        pthread_mutex_lock(&s->lock);
        known_done(k);
        *k = s->known[--s->count];
        pthread_mutex_unlock(&s->lock);
    }
}

static void look(struct source_sockets *s)
{
    if (find_sockets(s)) {
        read_configs(s, read_pools(s));
        search_processes(s);
        report_all(s);
    }
    guest_queue_ring(s->events);
}

/* Waits for the next search. Returns true if the thread has to stop. */
static bool await(struct source_sockets *s)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_S;
    pthread_mutex_lock(&s->lock);
    while (!s->stopping && pthread_cond_timedwait(&s->wake, &s->lock, &until) != ETIMEDOUT)
        ;
    bool stopping = s->stopping;
    pthread_mutex_unlock(&s->lock);
    return stopping;
}

static void *source_main(void *arg)
{
    daqs_thread_describe("sockets", 0);
    do
        look(arg);
    while (!await(arg));
    return NULL;
}

/* --- the loop's side --- */

static int sockets_fd(const struct guest_source *base)
{
    return guest_queue_fd(((const struct source_sockets *)base)->events);
}

static bool sockets_next(struct guest_source *base, struct guest_event *ret)
{
    return guest_queue_take(((struct source_sockets *)base)->events, ret);
}

static struct qga_channel *sockets_open(struct guest_source *base, const struct guest_event *guest)
{
    struct source_sockets *s = (struct source_sockets *)base;
    struct qga_channel *channel = NULL;
    pthread_mutex_lock(&s->lock);
    const struct known *k = find_name(s, guest->name);
    if (k)
        channel = qga_socket_new(k->path);
    pthread_mutex_unlock(&s->lock);
    return channel;
}

/* Stops the thread. Returns false if it is still searching and uses the source. */
static bool stop_thread(struct source_sockets *s)
{
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    if (daqs_thread_join_until(s->thread,
                               daqs_mono_ns(daqs_clock_system()) + (int64_t)STOP_S * 1000000000))
        return true;
    pthread_detach(s->thread);
    return false;
}

static void sockets_free(struct guest_source *base)
{
    struct source_sockets *s = (struct source_sockets *)base;
    if (s->started && !stop_thread(s)) {
        daqs_log(DAQS_LOG_INFO,
                 "stopping without the thread that looks for guests: the file system blocks it");
        return;
    }
    for (size_t i = 0; i < s->count; i++)
        known_done(&s->known[i]);
    guest_queue_free(s->events);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    free(s->pattern);
    free(s->configs);
    free(s->pools);
    free(s->pools_text);
    free(s->proc);
    free(s);
}

struct guest_source *source_sockets_new(const char *pattern, const struct vm_host_places *places,
                                        struct daqs_error *err)
{
    struct source_sockets *s = calloc(1, sizeof *s);
    if (!s) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    s->base = (struct guest_source){sockets_fd, sockets_next, sockets_open, sockets_free};
    pthread_mutex_init(&s->lock, NULL);
    daqs_cond_init(&s->wake);
    s->pattern = strdup(pattern);
    s->configs = strdup(places->configs);
    s->pools = strdup(places->pools);
    s->proc = strdup(places->proc);
    s->events = guest_queue_new();
    if (s->pattern && s->configs && s->pools && s->proc && s->events)
        s->started = daqs_thread_start(&s->thread, source_main, s);
    if (!s->started) {
        daqs_fail(err, DAQS_ESYSTEM, "cannot watch %s: %s", pattern, strerror(errno));
        sockets_free(&s->base);
        return NULL;
    }
    return &s->base;
}
