/* SPDX-License-Identifier: Apache-2.0 */
/* group_sim - a group of controllers, the database that they share, and agents, in simulated time.
 *
 * Members decide by controllerd/core/group, agents by agentd/core/candidates and lease; only what
 * carries their messages is made up. Networks, processes, the database and clocks fail at random
 * or on request. Invariants are checked all the time: see group_checks.c. */
#ifndef DAQS_TESTS_SIM_GROUP_GROUP_SIM_H
#define DAQS_TESTS_SIM_GROUP_GROUP_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The last slot is for a clone of a member's machine. */
enum { GROUP_MEMBERS = 6, GROUP_CLONE = GROUP_MEMBERS };

struct group_setup {
    uint64_t seed;
    unsigned members; /* at most GROUP_MEMBERS */
    unsigned agents;
    unsigned old_agents; /* of these, agents that cannot be sent elsewhere */
    unsigned seeds;      /* members that agents are configured with; 0: all */
    uint32_t weight[GROUP_MEMBERS];
    bool absent[GROUP_MEMBERS]; /* not started until group_start */
    bool misled[GROUP_MEMBERS]; /* advertises an address where nothing listens */
    int64_t settle_ms;
    uint32_t move_rate;
    bool reorder;       /* messages overtake each other within a connection, too */
    int64_t latency_ms; /* of a message, at most */
    bool trace;         /* print what happens */
};

struct group; /* opaque: one run */

struct group *group_new(const struct group_setup *setup);
void group_free(struct group *g);

/* Lets time pass. Returns false once an invariant is broken: see group_broken. */
bool group_run(struct group *g, int64_t for_ms);
int64_t group_now(const struct group *g);

unsigned group_agents(const struct group *g);

/* What was broken, and when; "" if nothing was. */
const char *group_broken(const struct group *g);

/* --- what fails --- */

void group_crash(struct group *g, unsigned member);
/* known: its copy of the records is young enough to be used while the database is silent. */
void group_start(struct group *g, unsigned member, bool known);
void group_pause(struct group *g, unsigned member, int64_t for_ms);
void group_drain(struct group *g, unsigned member);
bool group_ended(const struct group *g, unsigned member);
void group_step_clock(struct group *g, unsigned member, int64_t by_ms);
/* These count: what is cut twice must be mended twice. */
void group_cut_agent(struct group *g, unsigned agent, unsigned member, bool cut);
void group_cut_members(struct group *g, unsigned a, unsigned b, bool cut);
void group_cut_database(struct group *g, unsigned member, bool cut);
void group_stop_database(struct group *g, bool stop);
/* The database loses what was written in the last seconds, 10 at most. */
void group_rewind_database(struct group *g, unsigned seconds);
void group_clone(struct group *g, unsigned member);
void group_end_clone(struct group *g);
void group_restart_agent(struct group *g, unsigned agent);
void group_pause_agent(struct group *g, unsigned agent, int64_t for_ms);
void group_slow_down(struct group *g, int64_t latency_ms);

/* --- what happened --- */

struct group_agent_view {
    int serving;       /* member that it obeyed last; -1: none yet */
    int64_t obeyed_ms; /* when */
    int home;          /* by weights, of the members that run and serve; -1: none */
    unsigned lapses;   /* of its lease */
    unsigned moves;    /* planned ones that it followed */
    bool failed;       /* it was sent to its home in vain */
    uint64_t epoch;
};
struct group_agent_view group_agent(const struct group *g, unsigned agent);

struct group_tally {
    uint64_t obeyed;
    uint64_t redirects;
    uint64_t moves;  /* offered, without drains */
    uint64_t drains; /* offered */
    uint64_t waits;  /* hellos without known SLAs */
    uint64_t lapses;
    uint64_t events;
    unsigned moves_in_second; /* the most, to one member */
};
const struct group_tally *group_tally(const struct group *g);

/* Runs with random faults for faults_ms, then heals all and checks that every agent is at home.
 * Returns false if anything is broken. */
bool group_run_random(struct group *g, int64_t faults_ms);

/* A random setup. */
struct group_setup group_random_setup(uint64_t seed);

#endif
