/* SPDX-License-Identifier: Apache-2.0 */
/* live_feed - requests one snapshot of the fleet after the other, without waiting for replies.
 *
 * One thread owns it, and polls the socket together with its other descriptors. */
#ifndef DAQS_TOOLS_DAQSCTL_LIVE_FEED_H
#define DAQS_TOOLS_DAQSCTL_LIVE_FEED_H

#include "libdaqs/client_keys.h"
#include "libdaqs/line.h"
#include "libdaqs/paging.h"
#include "tools/daqsctl/daqsctl.h"
#include "tools/daqsctl/snapshot.h"

struct live_feed {
    const char *host; /* "": all hosts */
    int64_t interval_ms;
    struct client_keys keys;
    struct endpoints controllers;
    size_t controller; /* index of the one in use */
    struct line client;
    bool open;
    bool asked; /* the request was sent and is not answered yet */
    size_t step;
    char token[WIRE_FIELD_BYTES + 1];
    struct paging paging; /* of this step */
    int64_t next_ms;      /* when to start the next snapshot */
    int64_t deadline_ms;  /* of the connection or the answer; 0: nothing is pending */
    struct daqs_arena arena;
    struct snapshot building;
    struct snapshot shown; /* the last complete one */
    int64_t shown_ms;      /* when it was completed; 0: never */
    char problem[320];     /* why there is no current snapshot; "": there is */
};

/* 'host' must outlive the feed. Returns EXIT_USAGE after reporting that the controllers are not
 * endpoints, and EXIT_FAILED after reporting that the keys cannot be loaded. */
enum exit_status live_feed_begin(struct live_feed *feed, const struct command_line *line,
                                 const char *host);
void live_feed_end(struct live_feed *feed);

/* Returns the socket to poll (NULL: none) before the next step, for *ret_events until *ret_ms. */
zsock_t *live_feed_socket(const struct live_feed *feed, short *ret_events, int64_t *ret_ms);

/* Does everything that does not block. Returns true if there is something new to show. */
bool live_feed_step(struct live_feed *feed, int64_t now_ms);

#endif
