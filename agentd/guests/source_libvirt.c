/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agentd/guests/guest_queue.h"
#include "agentd/guests/libvirt_pool.h"
#include "shared/base/cleanup.h"
#include "shared/base/log.h"
#include "shared/base/model.h"
#include "shared/base/thread.h"

/* Three threads are involved. libvirt's event thread only marks what has changed. The source's
 * thread asks libvirt about it, which may block, and queues events. The loop processes the
 * events. */

enum { CALLBACKS = 5, RETRY_S = 1, UUID_TEXT = VIR_UUID_STRING_BUFLEN };

/* A domain that libvirt's event thread has marked as changed. */
struct dirty {
    struct dirty *next;
    char uuid[UUID_TEXT];
    bool started;
};

/* A domain that was reported to the loop. */
struct reported {
    char uuid[UUID_TEXT];
    char name[DAQS_NAME_MAX + 1];
    int id; /* libvirt's, a new one with every start */
    bool seen;
};

struct source_libvirt {
    struct guest_source base;
    struct libvirt_pool *pool; /* for guest agent calls */
    char *uri;
    pthread_t thread;
    bool started;
    struct guest_queue *events;

    pthread_mutex_t lock; /* protects the fields up to the blank line */
    pthread_cond_t wake;
    bool stopping;
    bool lost; /* the connection was closed */
    struct dirty *dirty;

    virConnectPtr connection; /* used by the source's thread only, like the rest */
    int callback[CALLBACKS];
    struct reported reported[DAQS_MAX_VMS];
    size_t count;
};

/* --- marks, set by libvirt's event thread --- */

static void mark(struct source_libvirt *s, virDomainPtr domain, bool started)
{
    struct dirty *d = calloc(1, sizeof *d);
    if (!d)
        return; /* the next event or reconnection finds the change */
    (void)virDomainGetUUIDString(domain, d->uuid);
    d->started = started;
    pthread_mutex_lock(&s->lock);
    d->next = s->dirty;
    s->dirty = d;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

static int on_lifecycle(virConnectPtr connection, virDomainPtr domain, int event, int detail,
                        void *opaque)
{
    (void)connection;
    (void)detail;
    mark(opaque, domain, event == VIR_DOMAIN_EVENT_STARTED);
    return 0;
}

static void on_device(virConnectPtr connection, virDomainPtr domain, const char *alias,
                      void *opaque)
{
    (void)connection;
    (void)alias;
    mark(opaque, domain, false);
}

/* Marks the domain when its guest agent connects, so that it is asked at once. */
static void on_agent(virConnectPtr connection, virDomainPtr domain, int state, int reason,
                     void *opaque)
{
    (void)connection;
    (void)reason;
    if (state == VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED)
        mark(opaque, domain, false);
}

/* The title or the metadata of a domain was changed. */
static void on_metadata(virConnectPtr connection, virDomainPtr domain, int type, const char *nsuri,
                        void *opaque)
{
    (void)connection;
    (void)type;
    (void)nsuri;
    mark(opaque, domain, false);
}

static void on_close(virConnectPtr connection, int reason, void *opaque)
{
    struct source_libvirt *s = opaque;
    (void)connection;
    (void)reason;
    pthread_mutex_lock(&s->lock);
    s->lost = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

/* --- the source's thread --- */

static void queue_event(struct source_libvirt *s, struct guest_event *event)
{
    if (!guest_queue_put(s->events, event))
        free(event);
    guest_queue_ring(s->events);
}

static struct reported *find_reported(struct source_libvirt *s, const char *uuid)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->reported[i].uuid, uuid) == 0)
            return &s->reported[i];
    return NULL;
}

static void report_gone(struct source_libvirt *s, struct reported *t)
{
    struct guest_event *event = calloc(1, sizeof *event);
    if (!event)
        return;
    event->type = GUEST_GONE;
    memcpy(event->name, t->name, sizeof t->name);
    *t = s->reported[--s->count];
    queue_event(s, event);
}

/* Gets the domain's nics and reports them to the loop. */
static void report_present(struct source_libvirt *s, virDomainPtr domain, const char *uuid,
                           bool restarted)
{
    struct daqs_error err = {0};
    const char *name = virDomainGetName(domain);
    if (!name || daqs_name_check("VM", name, strlen(name), &err) != DAQS_OK) {
        daqs_log(DAQS_LOG_WARNING, "domain %s is left out: %s", uuid, err.text);
        return;
    }
    char *xml DAQS_AUTO_FREE = virDomainGetXMLDesc(domain, 0);
    struct guest_event *reported DAQS_AUTO_FREE = calloc(1, sizeof *reported);
    if (!xml || !reported)
        return; /* the domain has just stopped; its event follows */
    int result = domain_xml_read(xml, reported->nic, &reported->nics, &reported->labels, &err);
    if (result != DAQS_OK) {
        daqs_log(DAQS_LOG_WARNING, "domain %s is left out: %s", name, err.text);
        return;
    }
    struct reported *t = find_reported(s, uuid);
    if (!t && s->count < DAQS_MAX_VMS) {
        t = &s->reported[s->count++];
        *t = (struct reported){.seen = true};
        restarted = true;
    }
    if (!t)
        return;
    t->id = (int)virDomainGetID(domain);
    (void)snprintf(t->uuid, sizeof t->uuid, "%s", uuid);
    (void)snprintf(t->name, sizeof t->name, "%s", name);
    reported->type = GUEST_PRESENT;
    reported->restarted = restarted;
    reported->nics_known = reported->described = true;
    memcpy(reported->name, t->name, sizeof t->name);
    memcpy(reported->uuid, t->uuid, sizeof t->uuid);
    queue_event(s, DAQS_TAKE(reported));
}

/* Drops the connection after a call failed for another reason than a missing domain. The reported
 * guests stay until a new connection lists all domains again. */
static void distrust(struct source_libvirt *s)
{
    pthread_mutex_lock(&s->lock);
    s->lost = true;
    pthread_mutex_unlock(&s->lock);
}

/* Checks a domain and reports what has changed. 'domain' is NULL if it does not exist any
 * longer. */
static void refresh(struct source_libvirt *s, virDomainPtr domain, const char *uuid, bool started)
{
    struct reported *t = find_reported(s, uuid);
    const char *name = domain ? virDomainGetName(domain) : NULL;
    int active = domain ? virDomainIsActive(domain) : 0;
    bool failed = active < 0 && virGetLastErrorCode() != VIR_ERR_NO_DOMAIN;
    if (t && (active == 1 || failed))
        t->seen = true;
    if (failed) {
        distrust(s);
        return;
    }
    bool renamed = t && name && strcmp(t->name, name) != 0;
    if (t && (active != 1 || renamed)) {
        report_gone(s, t);
        t = NULL;
    }
    if (active == 1) {
        bool other = t && t->id != (int)virDomainGetID(domain);
        report_present(s, domain, uuid, started || other);
    }
}

static void free_domains(virDomainPtr *domains, int count)
{
    for (int i = 0; i < count; i++)
        virDomainFree(domains[i]);
    free(domains);
}

/* Compares all running domains with what was reported to the loop. */
static int list_all(struct source_libvirt *s)
{
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(s->connection, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    if (count < 0)
        return -1;
    for (size_t i = 0; i < s->count; i++)
        s->reported[i].seen = false;
    for (int i = 0; i < count; i++) {
        char uuid[UUID_TEXT];
        if (virDomainGetUUIDString(domains[i], uuid) == 0)
            refresh(s, domains[i], uuid, false);
    }
    free_domains(domains, count);
    for (size_t i = s->count; i-- > 0;)
        if (!s->reported[i].seen)
            report_gone(s, &s->reported[i]);
    return 0;
}

static void disconnect(struct source_libvirt *s)
{
    if (!s->connection)
        return;
    for (int i = 0; i < CALLBACKS; i++)
        if (s->callback[i] >= 0)
            virConnectDomainEventDeregisterAny(s->connection, s->callback[i]);
    virConnectUnregisterCloseCallback(s->connection, on_close);
    virConnectClose(s->connection);
    s->connection = NULL;
}

static int connect_and_list(struct source_libvirt *s, struct daqs_error *err)
{
    s->connection = virConnectOpenReadOnly(s->uri);
    if (!s->connection)
        return libvirt_cannot_connect(err);
    pthread_mutex_lock(&s->lock);
    s->lost = false;
    pthread_mutex_unlock(&s->lock);
    (void)virConnectSetKeepAlive(s->connection, 2, 3);
    (void)virConnectRegisterCloseCallback(s->connection, on_close, s, NULL);
    s->callback[0] =
        virConnectDomainEventRegisterAny(s->connection, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                         VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), s, NULL);
    s->callback[1] =
        virConnectDomainEventRegisterAny(s->connection, NULL, VIR_DOMAIN_EVENT_ID_DEVICE_ADDED,
                                         VIR_DOMAIN_EVENT_CALLBACK(on_device), s, NULL);
    s->callback[2] =
        virConnectDomainEventRegisterAny(s->connection, NULL, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED,
                                         VIR_DOMAIN_EVENT_CALLBACK(on_device), s, NULL);
    s->callback[3] =
        virConnectDomainEventRegisterAny(s->connection, NULL, VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE,
                                         VIR_DOMAIN_EVENT_CALLBACK(on_agent), s, NULL);
    s->callback[4] =
        virConnectDomainEventRegisterAny(s->connection, NULL, VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,
                                         VIR_DOMAIN_EVENT_CALLBACK(on_metadata), s, NULL);
    /* Register for events first, then list: changes in between are seen twice instead of never. */
    if (s->callback[0] < 0 || list_all(s) < 0) {
        int result = libvirt_fail(err, DAQS_EIO, "libvirt");
        disconnect(s);
        return result;
    }
    return DAQS_OK;
}

/* Waits for marks, a lost connection or the stop, at most for 'seconds'. Returns the marks, which
 * the caller frees. */
static struct dirty *await(struct source_libvirt *s, int seconds, bool *ret_lost, bool *ret_stop)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&s->lock);
    while (!s->stopping && !s->lost && !s->dirty)
        if (pthread_cond_timedwait(&s->wake, &s->lock, &until) == ETIMEDOUT)
            break;
    struct dirty *dirty = DAQS_TAKE(s->dirty);
    *ret_lost = s->lost;
    *ret_stop = s->stopping;
    pthread_mutex_unlock(&s->lock);
    return dirty;
}

/* Processes the marks, newest first, because they were pushed at the front. The order would only
 * matter for 'started', and refresh handles that in any order. */
static void refresh_marked(struct source_libvirt *s, struct dirty *dirty)
{
    while (dirty) {
        struct dirty *next = dirty->next;
        virDomainPtr domain =
            s->connection ? virDomainLookupByUUIDString(s->connection, dirty->uuid) : NULL;
        if (s->connection && !domain && virGetLastErrorCode() != VIR_ERR_NO_DOMAIN)
            distrust(s);
        else if (s->connection)
            refresh(s, domain, dirty->uuid, dirty->started);
        if (domain)
            virDomainFree(domain);
        free(dirty);
        dirty = next;
    }
}

static void *source_main(void *arg)
{
    struct source_libvirt *s = arg;
    struct daqs_error err = {0};
    bool complained = false;
    for (bool stop = false; !stop;) {
        if (!s->connection && connect_and_list(s, &err) == DAQS_OK) {
            daqs_log(DAQS_LOG_INFO, "connected to libvirt at %s, %zu guests", s->uri, s->count);
            complained = false;
        } else if (!s->connection && !complained) {
            daqs_log(DAQS_LOG_ERROR, "%s; will keep trying", err.text);
            complained = true;
        }
        bool lost = false;
        struct dirty *dirty = await(s, s->connection ? 60 : RETRY_S, &lost, &stop);
        refresh_marked(s, dirty);
        if (lost && s->connection) {
            daqs_log(DAQS_LOG_WARNING, "the connection to libvirt was lost");
            disconnect(s);
        }
        if (lost && !stop)
            (void)nanosleep(&(struct timespec){.tv_sec = RETRY_S}, NULL);
    }
    disconnect(s);
    return NULL;
}

/* --- the loop's side --- */

static int libvirt_fd(const struct guest_source *base)
{
    return guest_queue_fd(((const struct source_libvirt *)base)->events);
}

static bool libvirt_next(struct guest_source *base, struct guest_event *ret)
{
    return guest_queue_take(((struct source_libvirt *)base)->events, ret);
}

static struct qga_channel *libvirt_open(struct guest_source *base, const struct guest_event *guest)
{
    return qga_libvirt_new(((struct source_libvirt *)base)->pool, guest->uuid);
}

static void libvirt_source_free(struct guest_source *base)
{
    struct source_libvirt *s = (struct source_libvirt *)base;
    if (s->started) {
        pthread_mutex_lock(&s->lock);
        s->stopping = true;
        pthread_cond_signal(&s->wake);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
    }
    while (s->dirty) {
        struct dirty *d = s->dirty;
        s->dirty = d->next;
        free(d);
    }
    guest_queue_free(s->events);
    libvirt_pool_free(s->pool);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    free(s->uri);
    free(s);
}

struct guest_source *source_libvirt_new(const char *uri, struct daqs_error *err)
{
    if (libvirt_start(err) != DAQS_OK)
        return NULL;
    struct source_libvirt *s = calloc(1, sizeof *s);
    if (!s) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    s->base = (struct guest_source){libvirt_fd, libvirt_next, libvirt_open, libvirt_source_free};
    pthread_mutex_init(&s->lock, NULL);
    daqs_cond_init(&s->wake);
    s->uri = strdup(uri);
    s->pool = libvirt_pool_new(uri);
    s->events = guest_queue_new();
    if (s->uri && s->pool && s->events)
        s->started = daqs_thread_start(&s->thread, source_main, s);
    if (!s->started) {
        daqs_fail(err, DAQS_ESYSTEM, "cannot start the thread for libvirt: %s", strerror(errno));
        libvirt_source_free(&s->base);
        return NULL;
    }
    return &s->base;
}
