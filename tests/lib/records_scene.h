/* SPDX-License-Identifier: Apache-2.0 */
/* records_scene - the engine for a shared database with a fake client, and a real store for its
 * copy. */
#ifndef DAQS_TESTS_LIB_RECORDS_SCENE_H
#define DAQS_TESTS_LIB_RECORDS_SCENE_H

#include "tests/lib/store_box.h"

#include "controllerd/io/records/records_pg_internal.h"
#include "tests/lib/fake_pg.h"

static const struct sla gold = {.min = 1000000000, .max = DAQS_UNLIMITED, .weight = 1};

struct scene {
    struct box *box;
    struct records_pg *pg;
    unsigned reads; /* of images with SLAs that are not valid; they are kept as gold */
    unsigned reloads;
    char news[256];
};

struct change {
    struct records_changeset job;
    bool done;
};

/* For cmocka: *state is the scene. */
int set_up_records(void **state);
int tear_down_records(void **state);

void tick(struct scene *s);

/* Submits a change of node1/db1, which was asked for so long ago, and checks how it has ended. */
void submit(struct scene *s, struct change *c, const char *by);
void submit_late(struct scene *s, struct change *c, int64_t asked_ms_ago);
void end_change(struct change *c, int result);

/* Returns the number of the statement that begins so in the first job. */
size_t statement_of(const struct scene *s, const char *begin);
/* Answers what reads the host back; _weight: the SLA has another one. */
void put_host(struct scene *s, const char *revision);
void put_host_weight(struct scene *s, const char *revision, const char *weight);
/* Answers a comparison: the host has this revision there; NULL: it is not asked for. */
void compare(struct scene *s, const char *standbys, const char *revision);

#endif
