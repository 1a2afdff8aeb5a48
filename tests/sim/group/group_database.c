/* SPDX-License-Identifier: Apache-2.0 */
/* The database: rows of members, each changed and read in one round trip. */
#include <string.h>

#include "tests/sim/group/group_world.h"

static bool answers(const struct group *g, unsigned slot)
{
    return g->database_stops == 0 && g->cut_database[slot] == 0;
}

void database_request(struct group *g, const struct event *event)
{
    const struct db_request request = event->request;
    struct db_row *row = &g->row[group_name_of(g, request.slot)];
    if (!answers(g, request.slot))
        return;
    if (request.put)
        *row = (struct db_row){true, request.incarnation, 1, request.state, request.slot};
    else if (row->there && row->incarnation == request.incarnation) {
        row->beat++;
        row->state = request.state;
    }
    struct event *answer = group_event(g, EV_ANSWER, g->now_ms + net_delay(g));
    answer->answer.request = request;
    memcpy(answer->answer.row, g->row, sizeof g->row);
}

void database_answer(struct group *g, const struct event *event)
{
    const struct db_answer *answer = &event->answer;
    const unsigned slot = answer->request.slot;
    struct member_process *member = &g->member[slot];
    if (!answers(g, slot) || !member->runs || member->process != answer->request.process)
        return;
    if (member->paused_until_ms > g->now_ms) {
        struct event *later = group_event(g, EV_ANSWER, member->paused_until_ms);
        later->answer = *answer;
    } else if (member->asking && member->requests == answer->request.number) {
        member_read(g, slot, answer);
    }
}

/* Called every second. */
void database_snapshot(struct group *g)
{
    memcpy(g->snapshot[g->snapshots++ % SNAPSHOTS], g->row, sizeof g->row);
    group_event(g, EV_SNAPSHOT, g->now_ms + 1000);
}

void group_rewind_database(struct group *g, unsigned seconds)
{
    if (seconds >= g->snapshots || seconds >= SNAPSHOTS)
        return;
    memcpy(g->row, g->snapshot[(g->snapshots - 1 - seconds) % SNAPSHOTS], sizeof g->row);
}
