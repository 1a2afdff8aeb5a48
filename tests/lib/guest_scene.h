/* SPDX-License-Identifier: Apache-2.0 */
/* guest_scene - guests whose agents are variables, and the modules that find and visit them. */
#ifndef DAQS_TESTS_LIB_GUEST_SCENE_H
#define DAQS_TESTS_LIB_GUEST_SCENE_H

#include "tests/lib/check.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/polling.h"
#include "tests/lib/fake_pf.h"

enum { SCENE_GUESTS = 12, SCENE_POLL_MS = 100, SCENE_PATIENCE_MS = 30000, SCENE_EVENTS = 8 };

/* The agent of one guest. It gives counters but runs no commands. */
struct guest_agent {
    struct qga_channel channel;
    uint8_t number; /* of the guest; the last byte of its nic's address */
    pthread_mutex_t *lock;
    pthread_cond_t *changed;
    int fails_with; /* DAQS_OK: it answers */
    bool hangs;     /* its calls return once this is false again */
    unsigned calls; /* visits so far */
    unsigned turn;  /* of its last visit among all visits */
    unsigned *turns;
    bool open;
};

struct guest_scene {
    struct uplink uplink[1];
    struct daqs_log_budget budget;
    struct guests guests;
    struct pace pace;
    daqs_bps capacity[1];
    struct inventory *inventory;
    struct host_pfs *pfs;
    struct nic_places *places;
    struct guest_source source;
    struct guest_event event[SCENE_EVENTS];
    size_t events;
    size_t next_event;
    struct discovery *discovery;
    struct agent_counters count;
    struct buckets took;
    struct daqs_pool *pool;
    struct socket_checks *checks;
    struct visit_results *results;
    struct polling *polling;
    pthread_mutex_t lock; /* of the agents */
    pthread_cond_t changed;
    struct guest_agent agent[SCENE_GUESTS];
    unsigned turns;
};

static inline int guest_scene_call(struct qga_channel *channel, const char *command, int timeout_ms,
                                   char **ret_reply, struct daqs_error *err)
{
    struct guest_agent *agent = (struct guest_agent *)channel;
    bool lists = strstr(command, "guest-network-get-interfaces");
    (void)timeout_ms;
    pthread_mutex_lock(agent->lock);
    if (lists || agent->fails_with != DAQS_OK) {
        agent->calls++;
        agent->turn = ++*agent->turns;
    }
    pthread_cond_broadcast(agent->changed);
    while (agent->hangs)
        pthread_cond_wait(agent->changed, agent->lock);
    int result = agent->fails_with;
    unsigned calls = agent->calls;
    pthread_mutex_unlock(agent->lock);
    if (result == DAQS_OK && !lists)
        result = DAQS_EREFUSED;
    if (result != DAQS_OK)
        return daqs_fail(err, result, "the agent does not");
    if (asprintf(ret_reply,
                 "{\"return\": [{\"name\": \"eth0\", \"hardware-address\": "
                 "\"02:00:00:00:00:%02x\", \"statistics\": {\"tx-bytes\": %u000, \"rx-bytes\": 0, "
                 "\"tx-packets\": %u, \"rx-packets\": 0}}]}",
                 agent->number, calls, calls) < 0)
        return DAQS_ENOMEM;
    return DAQS_OK;
}

static inline void guest_scene_close(struct qga_channel *channel)
{
    ((struct guest_agent *)channel)->open = false;
}

/* Returns the channel to a guest; the letter of its name is its number. */
static inline struct qga_channel *guest_scene_open(struct guest_scene *s, const char *name)
{
    struct guest_agent *agent = &s->agent[name[0] - 'a'];
    assert_false(agent->open);
    *agent = (struct guest_agent){.channel = {.call = guest_scene_call, .free = guest_scene_close},
                                  .number = (uint8_t)(name[0] - 'a'),
                                  .lock = &s->lock,
                                  .changed = &s->changed,
                                  .turns = &s->turns,
                                  .open = true};
    return &agent->channel;
}

/* --- the source --- */

static inline struct guest_scene *guest_scene_of(struct guest_source *source)
{
    return (struct guest_scene *)((char *)source - offsetof(struct guest_scene, source));
}

static inline bool guest_scene_next(struct guest_source *source, struct guest_event *ret)
{
    struct guest_scene *s = guest_scene_of(source);
    if (s->next_event == s->events)
        return false;
    *ret = s->event[s->next_event++];
    return true;
}

static inline struct qga_channel *guest_scene_open_event(struct guest_source *source,
                                                         const struct guest_event *event)
{
    return guest_scene_open(guest_scene_of(source), event->name);
}

/* Has the source report one event. */
static inline void guest_scene_event(struct guest_scene *s, const struct guest_event *event)
{
    s->event[0] = *event;
    s->events = 1;
    s->next_event = 0;
    discovery_take_events(s->discovery);
}

/* --- making --- */

/* Makes the modules, without guests. Visits run in at most 'threads' threads, and at most 'queued'
 * wait for one. */
static inline void guest_scene_make(struct guest_scene *s, unsigned threads, size_t queued)
{
    *s = (struct guest_scene){.uplink = {{.name = "up0", .nics = UPLINK_NICS_ALL}},
                              .pace = {SCENE_POLL_MS, 10 * SCENE_POLL_MS, SCENE_POLL_MS},
                              .source = {.next = guest_scene_next, .open = guest_scene_open_event}};
    guests_init(&s->guests);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    s->pool = daqs_pool_new(threads, queued);
    s->pfs = fake_pfs_new(s->uplink, 1, "/sys", &s->budget);
    s->inventory = inventory_new(&(struct inventory_setup){
        .guests = &s->guests, .uplink = s->uplink, .uplinks = 1, .capacity = s->capacity});
    s->places = nic_places_new(s->pfs, &s->guests);
    s->discovery = discovery_new(&(struct discovery_setup){.guests = &s->guests,
                                                           .source = &s->source,
                                                           .places = s->places,
                                                           .uplink = s->uplink,
                                                           .uplinks = 1,
                                                           .budget = &s->budget});
    s->checks = socket_checks_new(&(struct socket_checks_setup){.guests = &s->guests,
                                                                .inventory = s->inventory,
                                                                .discovery = s->discovery,
                                                                .pool = s->pool,
                                                                .budget = &s->budget});
    s->results = visit_results_new(&(struct visit_results_setup){
        .guests = &s->guests, .discovery = s->discovery, .count = &s->count, .budget = &s->budget});
    s->polling = polling_new(&(struct polling_setup){.guests = &s->guests,
                                                     .pfs = s->pfs,
                                                     .pace = &s->pace,
                                                     .discovery = s->discovery,
                                                     .results = s->results,
                                                     .checks = s->checks,
                                                     .pool = s->pool,
                                                     .count = &s->count,
                                                     .took = &s->took,
                                                     .budget = &s->budget});
    assert_non_null(s->pool);
    assert_non_null(s->polling);
}

/* Adds guest number 'number', named by a letter, with one nic. */
static inline struct guest *guest_scene_add(struct guest_scene *s, uint8_t number)
{
    const struct guest_nic_place place = {.mac = {{2, 0, 0, 0, 0, number}}, .vf = -1};
    char name[2] = {(char)('a' + number), '\0'};
    struct guest *guest = guests_add(&s->guests, name, "");
    assert_non_null(guest);
    guest->work = guest_job_new(guest->id, guest_scene_open(s, name));
    assert_non_null(guest->work);
    assert_int_equal(guests_set_nics(&s->guests, guest, &place, 1), DAQS_OK);
    return guest;
}

/* Changes how an agent behaves. */
static inline void guest_scene_hangs(struct guest_scene *s, uint8_t number, bool hangs)
{
    pthread_mutex_lock(&s->lock);
    s->agent[number].hangs = hangs;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

/* Returns how often an agent was visited. */
static inline unsigned guest_scene_calls(struct guest_scene *s, uint8_t number)
{
    pthread_mutex_lock(&s->lock);
    unsigned calls = s->agent[number].calls;
    pthread_mutex_unlock(&s->lock);
    return calls;
}

/* Waits until an agent was visited so often. */
static inline void guest_scene_await_calls(struct guest_scene *s, uint8_t number, unsigned calls)
{
    pthread_mutex_lock(&s->lock);
    while (s->agent[number].calls < calls)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

/* Waits until at most 'left' visits run or wait for a thread, and processes their results. */
static inline void guest_scene_reap(struct guest_scene *s, size_t left, int64_t now_ms)
{
    struct pollfd ready = {.fd = daqs_pool_fd(s->pool), .events = POLLIN};
    while (daqs_pool_load(s->pool) > left) {
        assert_int_equal(poll(&ready, 1, SCENE_PATIENCE_MS), 1);
        polling_reap(s->polling, now_ms);
    }
}

static inline void guest_scene_end(struct guest_scene *s)
{
    for (uint8_t i = 0; i < SCENE_GUESTS; i++)
        guest_scene_hangs(s, i, false);
    daqs_pool_stop(s->pool, true);
    while (daqs_pool_reap(s->pool))
        ;
    for (size_t i = 0; i < s->guests.count; i++)
        guest_job_free(s->guests.guest[i]->work);
    polling_free(s->polling);
    visit_results_free(s->results);
    socket_checks_free(s->checks);
    discovery_free(s->discovery);
    nic_places_free(s->places);
    inventory_free(s->inventory);
    host_pfs_free(s->pfs);
    guests_done(&s->guests);
    daqs_pool_free(s->pool);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    for (size_t i = 0; i < SCENE_GUESTS; i++)
        assert_false(s->agent[i].open);
}

#endif
