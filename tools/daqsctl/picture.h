/* picture - the fleet at one moment, as top shows it: made from the controller's tables. */
#ifndef DAQS_TOOLS_PICTURE_H
#define DAQS_TOOLS_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/arena.h"
#include "shared/base/rate.h"
#include "shared/base/table.h"

/* More nics are not kept: nobody looks at them all. */
enum { PICTURE_NICS_MOST = 16384, PICTURE_UPLINKS_MOST = 65536 };

/* Texts belong to the picture. */
struct picture_uplink {
    const char *host;
    const char *uplink;
    bool up;
    daqs_bps capacity; /* 0: not known */
    daqs_bps usage;
};

struct picture_nic {
    const char *host;
    const char *vm;
    const char *nic;
    const char *uplink;
    const char *state;
    const char *reason;
    daqs_bps usage;    /* DAQS_UNLIMITED: not known */
    daqs_bps limit;    /* DAQS_UNLIMITED: none */
    daqs_bps min;      /* 0: none */
    daqs_bps max;      /* DAQS_UNLIMITED: none */
    daqs_bps capacity; /* of its uplink; 0: not known */
};

struct picture {
    struct daqs_arena texts;
    size_t uplinks;
    size_t uplinks_capacity;
    struct picture_uplink *uplink; /* sorted by host and uplink once complete */
    size_t nics;
    size_t nics_capacity;
    struct picture_nic *nic;
    bool cut; /* there are more nics */
    bool has_missed;
    uint64_t missed; /* guarantees that are not kept now */
};

void picture_init(struct picture *picture);
void picture_done(struct picture *picture);

/* Takes a part of 'hosts', 'vms' or 'status'. False: out of memory. */
bool picture_add_hosts(struct picture *picture, const struct daqs_table *table);
bool picture_add_vms(struct picture *picture, const struct daqs_table *table);
void picture_add_status(struct picture *picture, const struct daqs_table *table);

/* When all parts are there. */
void picture_complete(struct picture *picture);

struct picture_sum {
    size_t hosts;
    size_t hosts_up;
    size_t guarantees; /* VMs with one */
    daqs_bps capacity; /* of the uplinks that are up */
    daqs_bps usage;
};
struct picture_sum picture_sum(const struct picture *picture);

#endif
