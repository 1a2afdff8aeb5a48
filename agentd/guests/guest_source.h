/* guest_source - where guests come from: libvirt, or a folder of guest agent sockets.
 *
 * A source tells the loop which guests there are, as changes. It never makes the loop wait. */
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
    GUEST_PRESENT, /* it runs, with these nics; also when its nics changed */
    GUEST_GONE,
};

struct guest_event {
    enum guest_event_type type;
    char name[DAQS_NAME_MAX + 1];
    char uuid[40];   /* "" if the source has none */
    bool restarted;  /* its kernel started anew: what we knew of its tc is void */
    bool nics_known; /* false: which nics its host gave it is not known */
    size_t nics;
    struct domain_nic nic[DOMAIN_NICS_MAX];
};

struct guest_source {
    /* Readable while events wait. */
    int (*fd)(const struct guest_source *source);
    /* Takes one event; false if none waits. */
    bool (*next)(struct guest_source *source, struct guest_event *ret);
    /* A way to talk to a guest the source has told of; NULL if out of memory. It must be
     * freed before the source. */
    struct qga_channel *(*open)(struct guest_source *source, const struct guest_event *guest);
    /* Stops what it runs and frees it. A thread that does not come back is left with what it has:
     * to be called when the process ends. */
    void (*free)(struct guest_source *source);
};

/* Looks for sockets matching 'pattern' (glob(7)) every second, from a thread of its own; a guest is
 * named after its socket: the last part of the path without its extension. Of several with one name
 * the first is the guest's, and the others are left out until it is gone. Which nics its host gave
 * it is looked for in these places. NULL with a text on failure. */
struct vm_host_places;
struct guest_source *source_sockets_new(const char *pattern, const struct vm_host_places *places,
                                        struct daqs_error *err);

/* Follows the running domains of a libvirtd, from a thread of its own: a list, then events.
 * When libvirtd goes away the guests stay, and it connects again. Call once per process. */
struct guest_source *source_libvirt_new(const char *uri, struct daqs_error *err);

static inline void guest_source_free(struct guest_source *source)
{
    if (source)
        source->free(source);
}

#endif
