/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/alert_queue.h"

#include <stddef.h>
#include <utlist.h>

static void remove_from(struct alert_queue *queue, struct alert_turn *turn,
                        struct alert_waiting *waiting)
{
    DL_DELETE(turn->first, waiting);
    if (!turn->first)
        DL_DELETE(queue->ring[waiting->queued], turn);
    waiting->queued = ALERT_CLASSES;
}

void alert_queue_move(struct alert_queue *queue, struct alert_turns *host,
                      struct alert_waiting *waiting, enum alert_class rank)
{
    if (rank == waiting->queued)
        return;
    if (waiting->queued != ALERT_CLASSES)
        remove_from(queue, &host->turn[waiting->queued], waiting);
    if (rank == ALERT_CLASSES)
        return;
    struct alert_turn *turn = &host->turn[rank];
    if (!turn->first)
        DL_APPEND(queue->ring[rank], turn);
    DL_APPEND(turn->first, waiting);
    waiting->queued = rank;
}

struct alert_waiting *alert_queue_next(struct alert_queue *queue, enum alert_class rank)
{
    struct alert_turn *turn = queue->ring[rank];
    if (!turn)
        return NULL;
    struct alert_waiting *waiting = turn->first;
    remove_from(queue, turn, waiting);
    if (turn->first) {
        DL_DELETE(queue->ring[rank], turn);
        DL_APPEND(queue->ring[rank], turn);
    }
    return waiting;
}
