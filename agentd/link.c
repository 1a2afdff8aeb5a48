/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/link.h"

#include <stdlib.h>
#include <string.h>

#include "agentd/controllers_file.h"
#include "agentd/line.h"
#include "shared/base/cleanup.h"

enum { LOG_AGAIN_MS = 60000, SAVE_AGAIN_MS = 5000 };

struct link {
    struct link_setup given;
    struct candidates *candidates;
    struct line current;
    struct line target;
    struct line left;  /* to be closed once the loop does not wait for it any more */
    int64_t logged_ms; /* when the outcome was logged last */
    int64_t retry_ms;  /* when to create a new socket; 0: not needed */
    unsigned endings;  /* of connections, since a controller was heard that may command */
    bool unsaved;      /* the list of controllers */
    int64_t save_ms;   /* monotonic, when it is saved at the earliest */
};

/* --- lines --- */

static const struct candidate *at(const struct link *link, enum candidates_line line)
{
    return candidates_at(link->candidates, line);
}

static struct line *line_of(struct link *link, enum candidates_line line)
{
    return line == CANDIDATES_CURRENT ? &link->current : &link->target;
}

/* Connects a new socket to the candidate of a line. On failure the line stays as it is. */
static int connect_to(struct link *link, enum candidates_line line, struct daqs_error *err)
{
    const struct link_keys *keys = link->given.keys;
    return line_connect(line_of(link, line), at(link, line), keys ? &keys->own : NULL,
                        keys ? &keys->controller : NULL, err);
}

/* --- the list of controllers --- */

static void load_list(struct link *link)
{
    struct daqs_error err = {0};
    struct controllers_list list;
    struct daqs_member_info member[DAQS_MAX_MEMBERS];
    const struct link_setup *given = &link->given;
    int result = controllers_file_load(given->state_dir, given->endpoint, given->endpoints,
                                       given->keys != NULL, &list, &err);
    if (result != DAQS_OK)
        daqs_log(DAQS_LOG_WARNING, "%s: the configured controllers are used%s", err.text,
                 result == DAQS_EFORMAT ? "; kept as controllers.damaged" : "");
    if (result == DAQS_EFORMAT && controllers_file_set_aside(given->state_dir, &err) != DAQS_OK)
        daqs_log(DAQS_LOG_WARNING, "%s", err.text);
    for (size_t i = 0; i < list.count; i++)
        member[i] = (struct daqs_member_info){list.controller[i].name, list.controller[i].endpoint,
                                              list.controller[i].key};
    candidates_restore(link->candidates, member, list.count);
}

/* Saves the list of controllers if it has changed. */
static void save_list(struct link *link, int64_t now_ms)
{
    struct daqs_error err = {0};
    struct controllers_list list = {.count = candidates_count_told(link->candidates)};
    if (!link->unsaved)
        return;
    link->save_ms = now_ms + SAVE_AGAIN_MS;
    for (size_t i = 0; i < list.count; i++)
        list.controller[i] = *candidates_get(link->candidates, i);
    link->unsaved = controllers_file_save(link->given.state_dir, link->given.endpoint,
                                          link->given.endpoints, &list, &err) != DAQS_OK;
    if (link->unsaved && daqs_log_allowed(link->given.budget, now_ms))
        daqs_log(DAQS_LOG_ERROR, "%s", err.text);
}

/* Writes the members that a welcome tells of; those that this agent may not dial have no endpoint.
 * Returns their number. */
static size_t take_members(struct link *link, const struct wire_welcome *welcome, int64_t now_ms,
                           struct daqs_member_info ret[static DAQS_MAX_MEMBERS])
{
    size_t barred = 0;
    size_t last = 0;
    size_t count = 0;
    for (; count < welcome->elsewhere && count < DAQS_MAX_MEMBERS; count++) {
        const struct daqs_member_info *member = &welcome->elsewhere_member[count];
        ret[count] = *member;
        if (*member->name && controllers_endpoint_ok(member->endpoint, link->given.keys != NULL))
            continue;
        ret[count].endpoint = "";
        last = count;
        barred++;
    }
    if (barred && daqs_log_allowed(link->given.budget, now_ms))
        daqs_log(
            DAQS_LOG_WARNING,
            "controller %s tells of %zu controllers that this agent may not dial, such as '%s' "
            "at '%s' ([group] advertise there): they are left out",
            link_endpoint(link), barred, welcome->elsewhere_member[last].name,
            welcome->elsewhere_member[last].endpoint);
    return count;
}

void link_told(struct link *link, enum candidates_line line, const struct wire_welcome *welcome,
               int64_t now_ms)
{
    struct daqs_member_info member[DAQS_MAX_MEMBERS];
    const size_t count = take_members(link, welcome, now_ms, member);
    if (!candidates_told(link->candidates, line, welcome->member, member, count, now_ms))
        return;
    link->unsaved = true;
    if (daqs_log_allowed(link->given.budget, now_ms))
        daqs_log(DAQS_LOG_INFO, "controllers of the group: %zu, the first is %s",
                 candidates_count_told(link->candidates), count ? member[0].name : "none");
}

/* --- making --- */

struct link *link_new(const struct link_setup *setup, int64_t now_ms, struct daqs_error *err)
{
    struct link *link = calloc(1, sizeof *link);
    const struct link_keys *keys = setup->keys;
    if (link)
        link->candidates = candidates_new(&(struct candidates_setup){
            .host = setup->host,
            .endpoint = setup->endpoint,
            .endpoints = setup->endpoints,
            .key = keys ? keys->endpoint : NULL,
            .usual_key = keys ? keys->controller : (struct daqs_key){{0}},
            .poll_ms = setup->poll_ms});
    if (!link || !link->candidates) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        link_free(link);
        return NULL;
    }
    link->given = *setup;
    load_list(link);
    while (candidates_next(link->candidates, now_ms) == CANDIDATES_DIAL) {
        if (connect_to(link, CANDIDATES_CURRENT, err) == DAQS_OK)
            return link;
        candidates_refused(link->candidates, CANDIDATES_CURRENT, now_ms);
    }
    link_free(link);
    return NULL;
}

void link_free(struct link *link)
{
    if (!link)
        return;
    if (link->candidates)
        save_list(link, 0);
    line_finish(&link->current);
    line_close(&link->target);
    line_close(&link->left);
    candidates_free(link->candidates);
    free(link);
}

zsock_t *link_socket(const struct link *link)
{
    return link->current.socket;
}

const char *link_endpoint(const struct link *link)
{
    return at(link, CANDIDATES_CURRENT)->endpoint;
}

const struct candidates *link_candidates(const struct link *link)
{
    return link->candidates;
}

bool link_connected(const struct link *link)
{
    return link->current.connection.outcome == HANDSHAKE_DONE;
}

bool link_trying(const struct link *link)
{
    return link->target.socket;
}

bool link_moved(const struct link *link)
{
    return link->left.socket;
}

/* --- messages --- */

int link_send(struct link *link, enum candidates_line line, const struct wire_message *message)
{
    return line_send(line_of(link, line), message);
}

int link_receive(struct link *link, struct daqs_arena *arena, int64_t now_ms,
                 struct wire_message *ret, enum candidates_line *ret_line)
{
    struct daqs_error err = {0};
    *ret_line = CANDIDATES_CURRENT;
    int result = line_receive(&link->current, arena, ret, &err);
    if (result == DAQS_ENOTFOUND) {
        *ret_line = CANDIDATES_TARGET;
        result = line_receive(&link->target, arena, ret, &err);
    }
    if (result == DAQS_OK || result == DAQS_ENOTFOUND)
        return result;
    if (daqs_log_allowed(link->given.budget, now_ms))
        daqs_log(DAQS_LOG_WARNING, "controller: %s", err.text);
    return DAQS_EFORMAT;
}

void link_heard(struct link *link, enum candidates_line line, bool obeyed, int64_t lease_ms,
                int64_t now_ms)
{
    link->endings = 0;
    if (!obeyed) {
        candidates_heard(link->candidates, line, lease_ms, now_ms);
        return;
    }
    if (!candidates_obeyed(link->candidates, line, lease_ms, now_ms) || !link->target.socket)
        return;
    daqs_log(DAQS_LOG_INFO, "moved to %s", link_endpoint(link));
    line_close(&link->left);
    line_leave(&link->current);
    link->left = link->current;
    link->current = link->target;
    link->target = (struct line){0};
    link->retry_ms = 0;
}

void link_dismissed(struct link *link, enum candidates_line line, int64_t now_ms)
{
    if (line == CANDIDATES_TARGET)
        candidates_refused(link->candidates, line, now_ms);
}

bool link_hears(const struct link *link, int64_t now_ms)
{
    return candidates_hears(link->candidates, now_ms);
}

/* --- maintaining the connections --- */

static void log_handshake(const struct link *link, const struct line *line, const char *endpoint)
{
    char key[KEY_TEXT] = "";
    if (link->given.keys)
        key_format(&link->given.keys->own.public_key, key);
    if (line->connection.outcome == HANDSHAKE_DONE)
        daqs_log(DAQS_LOG_INFO, "connected to %s", endpoint);
    else if (line->connection.outcome == HANDSHAKE_REFUSED)
        daqs_log(DAQS_LOG_WARNING,
                 "%s does not let this host in: its key is not enrolled, or was revoked; to "
                 "enroll it, run there: daqsctl enroll %s %s",
                 endpoint, link->given.host, key);
    else
        daqs_log(DAQS_LOG_WARNING,
                 "%s closes the connection during the key exchange: does it have the key that "
                 "this host has for it (controller_key), and is insecure the same on both sides?",
                 endpoint);
}

/* Returns the time until the next attempt. It differs between hosts, so that many rejected hosts do
 * not retry at once. */
static int64_t retry_ms(const struct link *link)
{
    unsigned part = link->given.keys ? link->given.keys->own.public_key.byte[0] : 0;
    return LINK_RETRY_MS + LINK_RETRY_MS / 3 * (int64_t)part / UINT8_MAX;
}

/* Likewise, after a connection ended. The first times are shorter, so that one corrupted byte costs
 * less than a lease. */
static int64_t redial_ms(const struct link *link)
{
    const bool refused = link->current.connection.outcome == HANDSHAKE_REFUSED;
    return refused || link->endings >= LINK_SOON ? retry_ms(link)
                                                 : retry_ms(link) >> (LINK_SOON - link->endings);
}

/* Notices when the connection ended. libzmq does not reconnect after a protocol error: without
 * this, one corrupted byte would disconnect this host forever. */
static void take_end(struct link *link, int64_t now_ms)
{
    if (link->current.connection.ended && link->retry_ms == 0) {
        link->retry_ms = now_ms + redial_ms(link);
        link->endings++;
        if (daqs_log_allowed(link->given.budget, now_ms))
            daqs_log(DAQS_LOG_WARNING, "lost the connection to %s", link_endpoint(link));
    } else if (!link->current.connection.ended && link_connected(link)) {
        link->retry_ms = 0;
    }
}

static void take_handshake(struct link *link, int64_t now_ms)
{
    struct line *line = &link->current;
    enum handshake before = line->connection.outcome;
    enum handshake handshake = handshake_read(line->watch, &line->connection);
    if (line->connection.outcome == HANDSHAKE_DONE && !line->connection.up)
        candidates_disconnected(link->candidates, now_ms);
    take_end(link, now_ms);
    if (handshake == HANDSHAKE_NONE)
        return;
    if (handshake != before ||
        (handshake != HANDSHAKE_DONE && now_ms - link->logged_ms >= LOG_AGAIN_MS)) {
        link->logged_ms = now_ms;
        log_handshake(link, line, link_endpoint(link));
    }
    if (handshake == HANDSHAKE_DONE)
        link->retry_ms = 0;
    else if (link->retry_ms == 0)
        link->retry_ms = now_ms + retry_ms(link);
    if (handshake == HANDSHAKE_DONE)
        candidates_connected(link->candidates);
    else if (handshake == HANDSHAKE_REFUSED)
        candidates_refused(link->candidates, CANDIDATES_CURRENT, now_ms);
}

static unsigned take_target(struct link *link, int64_t now_ms)
{
    struct line *line = &link->target;
    if (!line->socket)
        return 0;
    enum handshake handshake = handshake_read(line->watch, &line->connection);
    if (handshake == HANDSHAKE_DONE)
        return LINK_HELLO_TARGET;
    if (handshake == HANDSHAKE_NONE)
        return 0;
    if (daqs_log_allowed(link->given.budget, now_ms))
        log_handshake(link, line, at(link, CANDIDATES_TARGET)->endpoint);
    candidates_refused(link->candidates, CANDIDATES_TARGET, now_ms);
    return 0;
}

/* Connects the current line. Returns the events. */
static unsigned dial(struct link *link, int64_t now_ms)
{
    struct daqs_error err = {0};
    if (connect_to(link, CANDIDATES_CURRENT, &err) == DAQS_OK) {
        link->retry_ms = 0;
        return LINK_SOCKET | LINK_HELLO_CURRENT;
    }
    daqs_log(DAQS_LOG_ERROR, "%s", err.text);
    link->retry_ms = now_ms + retry_ms(link);
    candidates_refused(link->candidates, CANDIDATES_CURRENT, now_ms);
    return 0;
}

static unsigned go_on(struct link *link, const char *from, int64_t now_ms)
{
    daqs_log(DAQS_LOG_WARNING, "%s %s; trying %s",
             link_connected(link) || link->current.connection.outcome == HANDSHAKE_NONE
                 ? "no message from"
                 : "not let in by",
             from, link_endpoint(link));
    line_close(&link->target);
    return dial(link, now_ms);
}

static unsigned try_target(struct link *link, int64_t now_ms)
{
    struct daqs_error err = {0};
    const struct candidate *target = at(link, CANDIDATES_TARGET);
    if (daqs_log_allowed(link->given.budget, now_ms))
        daqs_log(DAQS_LOG_INFO, "%s sends this host to %s at %s", link_endpoint(link), target->name,
                 target->endpoint);
    if (connect_to(link, CANDIDATES_TARGET, &err) == DAQS_OK)
        return 0;
    daqs_log(DAQS_LOG_ERROR, "%s", err.text);
    candidates_refused(link->candidates, CANDIDATES_TARGET, now_ms);
    return 0;
}

static unsigned stay(struct link *link, int64_t now_ms)
{
    line_close(&link->target);
    if (daqs_log_allowed(link->given.budget, now_ms))
        daqs_log(DAQS_LOG_WARNING, "could not go to %s: staying at %s",
                 candidates_left(link->candidates, CANDIDATES_CURRENT, now_ms),
                 link_endpoint(link));
    return LINK_HELLO_CURRENT;
}

unsigned link_maintain(struct link *link, int64_t now_ms)
{
    char before[DAQS_ENDPOINT_MAX + 1];
    unsigned events = link->left.socket ? LINK_SOCKET : 0;
    line_close(&link->left);
    take_handshake(link, now_ms);
    events |= take_target(link, now_ms);
    for (;;) {
        memcpy(before, link_endpoint(link), sizeof before);
        switch (candidates_next(link->candidates, now_ms)) {
        case CANDIDATES_DIAL:
            events |= go_on(link, before, now_ms);
            continue;
        case CANDIDATES_TRY:
            events |= try_target(link, now_ms);
            continue;
        case CANDIDATES_STAY:
            events |= stay(link, now_ms);
            continue;
        case CANDIDATES_WAIT:
            break;
        }
        break;
    }
    if (link->retry_ms != 0 && now_ms >= link->retry_ms)
        events |= dial(link, now_ms);
    if (now_ms >= link->save_ms)
        save_list(link, now_ms);
    return events;
}
