/* SPDX-License-Identifier: Apache-2.0 */
/* guest_source - where guests come from: libvirt, or a folder of guest agent sockets.
 *
 * A source reports changes of the set of guests to the loop. It never blocks the loop. */
#ifndef DAQS_AGENTD_GUESTS_GUEST_SOURCE_H
#define DAQS_AGENTD_GUESTS_GUEST_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/domain_xml.h"
#include "agentd/guests/qga.h"
#include "shared/base/error.h"
#include "shared/base/name.h"

enum guest_event_type {
    GUEST_PRESENT, /* it runs and has these nics; also sent when its nics change */
    GUEST_GONE,
};

struct guest_event {
    enum guest_event_type type;
    char name[DAQS_NAME_MAX + 1];
    char uuid[40];   /* "" if the source does not know it */
    bool restarted;  /* its kernel was restarted: the known state of tc is invalid */
    bool nics_known; /* false: the source does not know which nics the host gave it */
    size_t nics;
    struct domain_nic nic[DOMAIN_NICS_MAX];
    bool described; /* 'labels' are known */
    struct vm_labels labels;
};

struct guest_source {
    /* Returns a descriptor that is readable while events are queued. */
    int (*fd)(const struct guest_source *source);
    /* Moves one event to *ret; returns false if there is none. */
    bool (*next)(struct guest_source *source, struct guest_event *ret);
    /* Returns a channel to a guest that the source has reported; NULL if out of memory. The channel
     * must be freed before the source. */
    struct qga_channel *(*open)(struct guest_source *source, const struct guest_event *guest);
    /* Stops the source and frees it. If its thread does not return in time, nothing that the thread
     * uses is freed; so call this only when the process ends. */
    void (*free)(struct guest_source *source);
};

/* Searches for sockets that match 'pattern' (glob(7)) every second, from a separate thread. A guest
 * is named after its socket: the last part of the path without the extension. If several sockets
 * have the same name, the first one belongs to the guest, and the others are ignored until it
 * disappears. 'places' is where to look up which nics the host gave the guests. Returns NULL and
 * sets err on failure. */
struct vm_host_places;
struct guest_source *source_sockets_new(const char *pattern, const struct vm_host_places *places,
                                        struct daqs_error *err);

/* Follows the running domains of a libvirtd from a separate thread: lists them, then processes
 * events. When the connection to libvirtd is lost, the guests stay, and the thread reconnects. Call
 * once per process. Returns NULL and sets err on failure. */
struct guest_source *source_libvirt_new(const char *uri, struct daqs_error *err);

static inline void guest_source_free(struct guest_source *source)
{
    if (source)
        source->free(source);
}

#endif
