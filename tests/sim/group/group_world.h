/* SPDX-License-Identifier: Apache-2.0 */
/* group_world - what the parts of the simulation of a group share. */
#ifndef DAQS_TESTS_SIM_GROUP_GROUP_WORLD_H
#define DAQS_TESTS_SIM_GROUP_GROUP_WORLD_H

#include "agentd/core/candidates.h"
#include "agentd/core/lease.h"
#include "controllerd/core/group/adoption.h"
#include "controllerd/core/group/moves.h"
#include "tests/lib/random.h"
#include "tests/sim/group/group_sim.h"

enum {
    SLOTS = GROUP_MEMBERS + 1,
    TICK_MS = 100,
    LEASE_MS = 3000,
    LOST_AFTER_MS = 6000,
    POLL_MS = 500,
    SNAPSHOTS = 11,
    NO_CONN = -1,
};

enum message_kind { MSG_HELLO, MSG_REPORT, MSG_BYE, MSG_ASK, MSG_WELCOME, MSG_LIMITS, MSG_CLOSED };

struct message {
    enum message_kind kind;
    int conn;
    bool to_agent;
    uint64_t epoch;
    uint64_t sequence;
    uint64_t instance;
    char left[DAQS_MEMBER_MAX + 1];
    uint8_t list[PLACEMENT_FIRST]; /* slots */
    uint8_t count;
    uint8_t from; /* slot of the sender */
    bool planned; /* a move, other than of a drain */
    int64_t sent_ms;
    uint32_t order; /* on its connection, in its direction */
};

/* The database's rows are those of the slots' names: that of a clone is its original's. */
struct db_row {
    bool there;
    uint64_t incarnation;
    uint64_t beat;
    enum member_state state;
    unsigned slot; /* who wrote it */
};

struct db_request {
    unsigned slot;
    uint64_t process;
    uint64_t number; /* of this process's requests */
    uint64_t incarnation;
    enum member_state state;
    bool put;
};

struct db_answer {
    struct db_request request;
    struct db_row row[GROUP_MEMBERS];
};

enum event_kind { EV_MEMBER, EV_AGENT, EV_MESSAGE, EV_REQUEST, EV_ANSWER, EV_SNAPSHOT, EV_PEER };

struct event_time {
    int64_t at_ms;
    uint64_t number; /* of events, so that their order is the same in each run */
    size_t place;    /* in the slab */
};

struct event {
    enum event_kind kind;
    unsigned of;      /* slot, or agent */
    unsigned from;    /* of a peer's word: its slot */
    bool reads;       /* the database answers it */
    uint64_t process; /* of a tick or a peer's word: that of the process */
    union {
        struct message message;
        struct db_request request;
        struct db_answer answer;
    };
};

struct conn {
    unsigned agent;
    unsigned slot;
    uint64_t process; /* of the member */
    bool agent_open;
    bool member_open;
    int64_t last_ms[2]; /* of the messages to the member, to the agent */
    uint32_t posted[2];
    uint32_t delivered[2]; /* or given up */
};

/* What a member knows of an agent. */
struct host_record {
    int conn;
    bool served;
    bool waiting; /* its SLAs are not known */
    uint64_t epoch;
    uint64_t sequence;
    int64_t heard_ms;
    int64_t pushed_ms;
    int64_t hang_up_ms; /* 0: not */
    struct message hello;
};

struct member_process {
    bool runs;
    uint64_t process; /* grows with each start */
    int64_t paused_until_ms;
    int64_t skew_ms; /* of its wall clock */
    uint64_t epoch;  /* on disk, too */
    uint64_t incarnation;
    bool known; /* it knows the SLAs */
    bool put;   /* its row is to be put */
    int64_t leaving_ms;
    uint64_t requests;
    bool asking;
    int64_t asked_ms;
    int64_t peer_ms;
    struct members *members;
    struct moves *moves;
    struct host_record *host; /* one for each agent */
};

struct agent {
    char name[16];
    bool old;
    uint64_t process;
    int64_t paused_until_ms;
    struct candidates *candidates;
    struct lease lease;
    struct candidate saved[DAQS_MAX_MEMBERS]; /* on disk */
    size_t saved_count;
    int conn[2]; /* by line */
    int64_t reconnect_ms;
    int64_t reported_ms;
    /* of the checks */
    uint64_t obeyed_epoch;
    unsigned obeyed_slot;
    uint64_t obeyed_process;
    int64_t obeyed_ms;
    int serving;
    unsigned lapses;
    unsigned moves;
    unsigned redirects; /* in a row */
    bool planned;       /* the offer that it follows next is a move */
    int64_t offered_ms; /* when that was sent */
    int64_t moved_ms;   /* when the last one that it followed was sent; 0: never */
    int64_t reached_ms; /* when it reached a member that knows its SLAs; 0: has not */
    unsigned reached;   /* that member */
    uint64_t reached_process;
};

struct group {
    struct group_setup setup;
    struct random_source random;
    int64_t now_ms;
    uint64_t numbers;
    struct event *slab;
    struct event_time *heap;
    size_t heaped;
    size_t *spare;
    size_t spares;
    size_t capacity;
    struct conn *conn;
    size_t conns;
    size_t conn_capacity;
    struct member_process member[SLOTS];
    unsigned original; /* of the clone */
    bool cloned;       /* there was one in this run */
    struct agent *agent;
    unsigned *cut; /* agents by slots */
    unsigned cut_members[SLOTS][SLOTS];
    unsigned cut_database[SLOTS];
    unsigned database_stops;
    struct db_row row[GROUP_MEMBERS];
    struct db_row snapshot[SNAPSHOTS][GROUP_MEMBERS];
    unsigned snapshots;
    int64_t latency_ms;
    struct group_tally tally;
    int64_t moved_ms[SLOTS]; /* the second in which moves to a member are counted */
    unsigned moved[SLOTS];
    char broken[256];
};

/* group_checks.c: prints a line if the setup says so. */
__attribute__((format(printf, 2, 3))) void group_trace(const struct group *g, const char *format,
                                                       ...);

/* group_events.c */
struct event *group_event(struct group *g, enum event_kind kind, int64_t at_ms);
void group_next(struct group *g, struct event *ret);

/* group_net.c */
int net_open(struct group *g, unsigned agent, const char *endpoint);
void net_close_agent(struct group *g, int conn);
void net_close_member(struct group *g, int conn);
void net_post(struct group *g, const struct message *message);
void net_deliver(struct group *g, const struct event *event);
bool net_up(const struct group *g, unsigned agent, unsigned slot);
int64_t net_delay(struct group *g);
unsigned group_name_of(const struct group *g, unsigned slot);
extern const char *const group_names[GROUP_MEMBERS];

/* group_database.c */
void database_request(struct group *g, const struct event *event);
void database_answer(struct group *g, const struct event *event);
void database_snapshot(struct group *g);

/* group_member.c */
void member_tick(struct group *g, unsigned slot);
void member_message(struct group *g, unsigned slot, const struct message *message);
void member_closed(struct group *g, unsigned slot, int conn);
void member_peer(struct group *g, const struct event *event);
void member_read(struct group *g, unsigned slot, const struct db_answer *answer);
void member_start(struct group *g, unsigned slot, bool known);
void member_end(struct group *g, unsigned slot);

/* group_agent.c */
void agent_start(struct group *g, unsigned agent);
void agent_tick(struct group *g, unsigned agent);
void agent_message(struct group *g, unsigned agent, const struct message *message);

/* group_checks.c */
__attribute__((format(printf, 2, 3))) void check_broken(struct group *g, const char *format, ...);
void check_push(struct group *g, unsigned slot, unsigned agent);
void check_reached(struct group *g, unsigned slot, unsigned agent);
void check_obeyed(struct group *g, unsigned agent, const struct message *message);
void check_refused(struct group *g, unsigned agent, const struct message *message);
void check_dialled(struct group *g, unsigned agent);
void check_sent(struct group *g, unsigned agent);
void check_tick(struct group *g, unsigned agent);
void check_offered(struct group *g, unsigned target, enum move_reason reason);
void check_taken(struct group *g, unsigned slot);
bool check_is_healed(const struct group *g);
void check_healed(struct group *g);

#endif
