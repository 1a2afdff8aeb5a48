/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/live_feed.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/wire/bus.h"

enum { ARENA_BYTES = 64 * WIRE_MESSAGE_MAX, ANSWER_MS = 5000 };

/* The requests for a snapshot. The first is not sent if the feed is about one host. */
static const enum wire_verb steps[] = {WIRE_STATUS, WIRE_HOSTS, WIRE_VMS};
enum { STEPS = sizeof steps / sizeof steps[0] };

static size_t first_step(const struct live_feed *feed)
{
    return *feed->host ? 1 : 0;
}

enum exit_status live_feed_begin(struct live_feed *feed, const struct command_line *line,
                                 const char *host)
{
    struct daqs_error err = {0};
    *feed = (struct live_feed){.host = host};
    daqs_arena_init(&feed->arena, ARENA_BYTES);
    snapshot_init(&feed->building);
    snapshot_init(&feed->shown);
    feed->step = first_step(feed);
    if (endpoints_parse(line->controller, &feed->controllers, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "%s", err.text);
    if (client_keys_load(line->key, line->controller_key, &feed->controllers, &feed->keys, &err) !=
        DAQS_OK)
        return complain(EXIT_FAILED, "%s", err.text);
    return EXIT_DONE;
}

void live_feed_end(struct live_feed *feed)
{
    line_close(&feed->client);
    snapshot_done(&feed->building);
    snapshot_done(&feed->shown);
    daqs_arena_done(&feed->arena);
}

zsock_t *live_feed_socket(const struct live_feed *feed, short *ret_events, int64_t *ret_ms)
{
    *ret_ms = feed->deadline_ms ? feed->deadline_ms : feed->next_ms;
    *ret_events = feed->asked ? ZMQ_POLLIN : ZMQ_POLLOUT;
    return feed->open && feed->deadline_ms ? feed->client.socket : NULL;
}

/* Abandons this snapshot and closes the connection; the next snapshot connects to the next
 * controller. Returns true, because there is a problem to show. */
static bool give_up(struct live_feed *feed, int64_t now_ms, const char *why)
{
    (void)snprintf(feed->problem, sizeof feed->problem, "%s", why);
    line_close(&feed->client);
    feed->client = (struct line){0};
    feed->controller = (feed->controller + 1) % feed->controllers.count;
    feed->open = false;
    feed->asked = false;
    feed->deadline_ms = 0;
    feed->next_ms = now_ms + feed->interval_ms;
    feed->step = first_step(feed);
    feed->token[0] = '\0';
    feed->paging = (struct paging){0};
    snapshot_done(&feed->building);
    return true;
}

static bool begin(struct live_feed *feed, int64_t now_ms)
{
    struct daqs_error err = {0};
    if (!feed->open && client_keys_open(&feed->keys, &feed->controllers, feed->controller,
                                        &feed->client, &err) != DAQS_OK)
        return give_up(feed, now_ms, err.text);
    feed->open = true;
    feed->next_ms = now_ms + feed->interval_ms;
    feed->deadline_ms = now_ms + feed->client.connect_ms;
    return false;
}

/* Returns true if the request was sent. */
static bool ask(struct live_feed *feed, int64_t now_ms)
{
    struct daqs_error err = {0};
    struct wire_request request = wire_request_of(steps[feed->step]);
    if (request.verb != WIRE_STATUS)
        request.list.host = feed->host;
    request.token = feed->token;
    feed->asked = line_send(&feed->client, &request, &err) == DAQS_OK;
    if (feed->asked)
        feed->deadline_ms = now_ms + ANSWER_MS;
    return feed->asked;
}

static bool add(struct live_feed *feed, const struct wire_reply *reply)
{
    if (steps[feed->step] == WIRE_STATUS) {
        snapshot_add_status(&feed->building, &reply->table);
        return true;
    }
    if (!snapshot_add_left_out(&feed->building, reply->missing_member, reply->missing))
        return false;
    return steps[feed->step] == WIRE_HOSTS ? snapshot_add_hosts(&feed->building, &reply->table)
                                           : snapshot_add_vms(&feed->building, &reply->table);
}

static void complete(struct live_feed *feed, int64_t now_ms)
{
    snapshot_complete(&feed->building);
    snapshot_done(&feed->shown);
    feed->shown = feed->building;
    feed->shown_ms = now_ms;
    snapshot_init(&feed->building);
    feed->step = first_step(feed);
    feed->deadline_ms = 0;
    feed->problem[0] = '\0';
}

/* Receives a reply. Returns true if there is something new to show. */
static bool take(struct live_feed *feed, int64_t now_ms)
{
    struct daqs_error err = {0};
    struct wire_reply reply;
    int result = line_take(&feed->client, &feed->arena, &reply, &err);
    if (result == DAQS_ENOTFOUND)
        return false;
    if (result != DAQS_OK)
        return give_up(feed, now_ms, err.text);
    if (reply.code != DAQS_OK)
        return give_up(feed, now_ms, reply.text);
    if (!add(feed, &reply))
        return give_up(feed, now_ms, "out of memory");
    feed->asked = false;
    feed->deadline_ms = now_ms + feed->client.connect_ms;
    (void)snprintf(feed->token, sizeof feed->token, "%s", feed->building.cut ? "" : reply.token);
    if (*feed->token)
        return paging_next(&feed->paging, daqs_table_rows(&reply.table), feed->token, &err) !=
                   DAQS_OK &&
               give_up(feed, now_ms, err.text);
    feed->paging = (struct paging){0};
    if (++feed->step == STEPS) {
        complete(feed, now_ms);
        return true;
    }
    return false;
}

bool live_feed_step(struct live_feed *feed, int64_t now_ms)
{
    struct daqs_error err = {0};
    bool news = false;
    if (!feed->deadline_ms && now_ms >= feed->next_ms)
        news = begin(feed, now_ms);
    if (feed->deadline_ms && !feed->asked)
        (void)ask(feed, now_ms);
    if (feed->asked)
        news |= take(feed, now_ms);
    if (!feed->deadline_ms || now_ms < feed->deadline_ms)
        return news;
    if (feed->asked)
        return give_up(feed, now_ms, "the controller received the request but does not answer");
    (void)line_why_not(&feed->client, &err);
    return give_up(feed, now_ms, err.text);
}
