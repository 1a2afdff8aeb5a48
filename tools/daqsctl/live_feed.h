/* live_feed - asks the controller for pictures of the fleet, over and over, without waiting for it.
 *
 * One thread owns it: it polls the socket together with whatever else it waits for. */
#ifndef DAQS_TOOLS_DAQSCTL_LIVE_FEED_H
#define DAQS_TOOLS_DAQSCTL_LIVE_FEED_H

#include "tools/daqsctl/client.h"
#include "tools/daqsctl/client_key.h"
#include "tools/daqsctl/daqsctl.h"
#include "tools/daqsctl/snapshot.h"

struct live_feed {
    const struct command_line *line;
    const char *host; /* "": all */
    int64_t interval_ms;
    struct client_keys keys;
    struct client client;
    bool open;
    bool asked; /* the question is on its way */
    size_t step;
    char token[WIRE_FIELD_BYTES + 1];
    int64_t next_ms;     /* when to begin the next picture */
    int64_t deadline_ms; /* until when to wait for what is asked; 0: nothing is */
    struct daqs_arena arena;
    struct snapshot building;
    struct snapshot shown; /* the last complete one */
    int64_t shown_ms;      /* when it was; 0: never */
    char problem[320];     /* why there is none at present; "" */
};

/* 'line' and 'host' must outlive the feed. Says what is wrong with the line. */
enum exit_status live_feed_begin(struct live_feed *feed, const struct command_line *line,
                                 const char *host);
void live_feed_end(struct live_feed *feed);

/* What to poll before the next step: the socket (NULL: nothing) for *ret_events, until *ret_ms. */
zsock_t *live_feed_socket(const struct live_feed *feed, short *ret_events, int64_t *ret_ms);

/* Does what can be done now. True: there is something new to show. */
bool live_feed_step(struct live_feed *feed, int64_t now_ms);

#endif
