/* SPDX-License-Identifier: Apache-2.0 */
/* daemon_notify - reports the state of the daemon to systemd, if systemd has requested it
 * (NOTIFY_SOCKET); otherwise nothing is sent.
 *
 * Only the loop's thread calls these functions, so each watchdog message proves that the loop
 * runs. */
#ifndef DAQS_NET_DAEMON_NOTIFY_H
#define DAQS_NET_DAEMON_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

enum { DAEMON_STATUS_BYTES = 256 };

struct daemon_notify {
    int64_t beat_ms; /* between watchdog messages; 0: not requested */
    int64_t beaten_ms;
    int64_t looked_ms; /* time of the last status */
    bool asked;
    bool ready;
    char status[DAEMON_STATUS_BYTES]; /* as sent last */
};

/* Reads from the environment what systemd has requested. Watchdog messages are sent at half the
 * interval after which systemd would kill the daemon (WatchdogSec=). */
void daemon_notify_init(struct daemon_notify *notify);

/* Call several times a second while the loop runs. The first call reports that the daemon is
 * ready. */
void daemon_notify_beat(struct daemon_notify *notify, int64_t now_ms);

/* Returns true if a status is due: once a second, if systemd has requested it. */
bool daemon_notify_wants_status(const struct daemon_notify *notify, int64_t now_ms);

/* Sets the line for 'systemctl status', which is sent if it has changed. Control characters become
 * '?'. */
__attribute__((format(printf, 3, 4))) void
daemon_notify_status(struct daemon_notify *notify, int64_t now_ms, const char *format, ...);

/* Call before and after reading the configuration again. They send nothing until the daemon is
 * ready. */
void daemon_notify_reloading(const struct daemon_notify *notify);
void daemon_notify_reloaded(const struct daemon_notify *notify);

/* Reports that the daemon stops. After that, systemd expects no more watchdog messages. */
void daemon_notify_stopping(void);

#endif
