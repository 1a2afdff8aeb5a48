/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/net/daemon_notify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "shared/base/clock.h"

enum { STATUS_MS = 1000 };

/* A failure cannot be reported anywhere; systemd kills a daemon that is silent for too long. */
static void say(const char *text)
{
    (void)sd_notify(0, text);
}

void daemon_notify_init(struct daemon_notify *notify)
{
    uint64_t limit_us = 0;
    *notify = (struct daemon_notify){.asked = getenv("NOTIFY_SOCKET") != NULL};
    if (sd_watchdog_enabled(0, &limit_us) <= 0)
        return;
    notify->beat_ms = (int64_t)(limit_us / 2 / 1000);
    if (notify->beat_ms == 0)
        notify->beat_ms = 1;
}

void daemon_notify_beat(struct daemon_notify *notify, int64_t now_ms)
{
    if (!notify->ready) {
        say("READY=1");
        notify->ready = true;
        notify->beaten_ms = now_ms; /* systemd counts from here */
    }
    if (notify->beat_ms == 0 || now_ms - notify->beaten_ms < notify->beat_ms)
        return;
    say("WATCHDOG=1");
    notify->beaten_ms = now_ms;
}

bool daemon_notify_wants_status(const struct daemon_notify *notify, int64_t now_ms)
{
    return notify->asked && (!*notify->status || now_ms - notify->looked_ms >= STATUS_MS);
}

void daemon_notify_status(struct daemon_notify *notify, int64_t now_ms, const char *format, ...)
{
    char line[sizeof "STATUS=" + DAEMON_STATUS_BYTES] = "STATUS=";
    char *text = line + strlen(line);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, DAEMON_STATUS_BYTES, format, args);
    va_end(args);
    for (char *at = text; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '?';
    notify->looked_ms = now_ms;
    if (strcmp(text, notify->status) == 0)
        return;
    (void)snprintf(notify->status, sizeof notify->status, "%s", text);
    say(line);
}

void daemon_notify_reloading(const struct daemon_notify *notify)
{
    char text[64];
    if (!notify->ready)
        return;
    (void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
                   (long long)(daqs_mono_ns(daqs_clock_system()) / 1000));
    say(text);
}

void daemon_notify_reloaded(const struct daemon_notify *notify)
{
    if (notify->ready)
        say("READY=1");
}

void daemon_notify_stopping(void)
{
    say("STOPPING=1");
}
