/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/event_losses.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shared/base/text.h"

/* Hosts that are counted one by one; more of them are counted together. */
enum { HOSTS_MAX = 1024, NAMED_MAX = 3 };

struct loss {
    uint64_t count;
    UT_hash_handle hh;
    char host[DAQS_NAME_MAX + 1];
};

struct event_losses {
    uint64_t total;
    struct loss *hosts;
};

struct event_losses *event_losses_new(void)
{
    return calloc(1, sizeof(struct event_losses));
}

static void forget(struct event_losses *losses)
{
    struct loss *loss = NULL;
    struct loss *next = NULL;
    HASH_ITER(hh, losses->hosts, loss, next)
    {
        HASH_DEL(losses->hosts, loss);
        free(loss);
    }
    losses->total = 0;
}

void event_losses_free(struct event_losses *losses)
{
    if (!losses)
        return;
    forget(losses);
    free(losses);
}

void event_losses_note(struct event_losses *losses, const char *host)
{
    struct loss *loss = NULL;
    losses->total++;
    HASH_FIND_STR(losses->hosts, host, loss);
    if (!loss && HASH_COUNT(losses->hosts) < HOSTS_MAX && (loss = calloc(1, sizeof *loss))) {
        (void)snprintf(loss->host, sizeof loss->host, "%s", host);
        HASH_ADD_STR(losses->hosts, host, loss);
    }
    if (loss)
        loss->count++;
}

static int more_first(const struct loss *a, const struct loss *b)
{
    return (a->count < b->count) - (a->count > b->count);
}

static void append(char text[static EVENT_TEXT_BYTES], const char *what, uint64_t count)
{
    daqs_text_add(text, EVENT_TEXT_BYTES, ", ", "%s: %" PRIu64, what, count);
}

bool event_losses_report(struct event_losses *losses, char host[static DAQS_NAME_MAX + 1],
                         char text[static EVENT_TEXT_BYTES])
{
    uint64_t rest = losses->total;
    int named = 0;
    if (rest == 0)
        return false;
    *host = *text = '\0';
    append(text, "events that were not stored, or only later, because there were too many", rest);
    HASH_SORT(losses->hosts, more_first);
    const struct loss *first = losses->hosts;
    if (first && first->count == losses->total) {
        (void)snprintf(host, DAQS_NAME_MAX + 1, "%s", first->host);
        rest = 0;
    }
    for (const struct loss *loss = first; loss && rest > 0 && named < NAMED_MAX;
         loss = loss->hh.next, named++) {
        append(text, *loss->host ? loss->host : "of no host", loss->count);
        rest -= loss->count;
    }
    if (rest > 0 && named > 0)
        append(text, "of others", rest);
    forget(losses);
    return true;
}
