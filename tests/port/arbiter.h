/* SPDX-License-Identifier: Apache-2.0 */
/* arbiter - schedules a port's transmit queues: deficit round robin at the port's speed, each VF at
 * most at its rate.
 *
 * Pure: the caller passes the time, polls the queue that arbiter_next returns, and reports the
 * result. All bytes are bytes on the wire. */
#ifndef DAQS_TESTS_PORT_ARBITER_H
#define DAQS_TESTS_PORT_ARBITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ARBITER_VFS_MAX = 16, ARBITER_VF_QUEUES_MAX = 16, ARBITER_NOTHING = -1 };

/* Depth of a bucket: a poller that is late by up to this loses nothing. */
#define ARBITER_DEPTH_NS INT64_C(4000000)

struct bucket {
    uint64_t bps;   /* 0: no limit */
    int64_t tokens; /* bits times 10^9; negative: overdrawn by a poll, paid back later */
    int64_t at_ns;
    uint64_t lost_bytes; /* overflowed while a queue could have sent: the poller was late */
};

struct arbiter_queue {
    size_t vf;
    bool waiting;     /* the last poll left frames in it */
    int64_t look_ns;  /* empty: earliest time of the next poll */
    int64_t empty_ns; /* back-off after the next empty poll */
    int64_t deficit;
};

enum arbiter_fair { ARBITER_BY_QUEUE, ARBITER_BY_VF };

struct arbiter {
    struct bucket port;
    struct bucket vf_bucket[ARBITER_VFS_MAX];
    size_t vfs;
    size_t queues_of_vf; /* queue q belongs to VF q / queues_of_vf */
    struct arbiter_queue queue[ARBITER_VFS_MAX * ARBITER_VF_QUEUES_MAX];
    size_t turn; /* index of the queue (or VF) being served */
    enum arbiter_fair fair;
    int64_t vf_deficit[ARBITER_VFS_MAX];
    size_t vf_turn[ARBITER_VFS_MAX]; /* next queue of the VF to serve, by VF */
};

void arbiter_init(struct arbiter *a, size_t vfs, size_t queues_of_vf, uint64_t bps, int64_t now_ns);

/* Changes the rate and clears the tokens. */
void bucket_set(struct bucket *bucket, uint64_t bps, int64_t now_ns);

/* Adds tokens up to now; 'wanted': a queue could have used them since the last call. */
void bucket_fill(struct bucket *bucket, int64_t now_ns, bool wanted);
void bucket_take(struct bucket *bucket, uint64_t bytes);
/* Returns the time until it has tokens; 0: it has some now. */
int64_t bucket_wait_ns(const struct bucket *bucket);

void arbiter_set_fair(struct arbiter *a, enum arbiter_fair fair);

/* Returns the queue to poll now, or ARBITER_NOTHING and the time until the next call. */
int arbiter_next(struct arbiter *a, int64_t now_ns, int64_t *ret_wait_ns);

/* Result of a poll. */
struct arbiter_served {
    uint64_t bytes; /* 0: it is empty */
    uint64_t local; /* of these, to other VFs: not on the wire */
    bool more;      /* the queue probably has more frames */
};

void arbiter_served(struct arbiter *a, int queue, const struct arbiter_served *served,
                    int64_t now_ns);

#endif
