/* daemon_notify - tells systemd how the daemon is, if it was started by one that asked
 * (NOTIFY_SOCKET); else nothing is sent.
 *
 * Only the loop's thread calls these: that it lives is proven by being heard from itself. */
#ifndef DAQS_NET_DAEMON_NOTIFY_H
#define DAQS_NET_DAEMON_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

enum { DAEMON_STATUS_BYTES = 256 };

struct daemon_notify {
    int64_t beat_ms; /* between proofs of life; 0: nobody waits for them */
    int64_t beaten_ms;
    int64_t looked_ms; /* when a status was given last */
    bool asked;
    bool ready;
    char status[DAEMON_STATUS_BYTES]; /* as told last */
};

/* Reads what systemd asked for from the environment. Proofs of life are sent at half of the time
 * after which it would end us (WatchdogSec=). */
void daemon_notify_init(struct daemon_notify *notify);

/* The loop runs; several times a second. The first one says that we serve. */
void daemon_notify_beat(struct daemon_notify *notify, int64_t now_ms);

/* Whether a status is wanted now: once a second, if anybody asked. */
bool daemon_notify_wants_status(const struct daemon_notify *notify, int64_t now_ms);

/* One line for 'systemctl status'. Told when it changed. Control characters become '?'. */
__attribute__((format(printf, 3, 4))) void
daemon_notify_status(struct daemon_notify *notify, int64_t now_ms, const char *format, ...);

/* Around reading the configuration again. Before we serve they say nothing. */
void daemon_notify_reloading(const struct daemon_notify *notify);
void daemon_notify_reloaded(const struct daemon_notify *notify);

/* We end. No proof of life is waited for any more. */
void daemon_notify_stopping(void);

#endif
