/* mtu - a guest's MTUs: the command that tells them, and what it printed. */
#ifndef DAQS_AGENTD_CORE_MTU_H
#define DAQS_AGENTD_CORE_MTU_H

#include <stddef.h>
#include <stdint.h>

#include "agentd/core/guest_sysfs.h"

#define MTU_NICS_MAX 64

/* The command for the MTUs of some interfaces. */
void mtu_begin(struct guest_sysfs *command);

/* One more; a name that is not fit for a path, or one too many, is left out. */
void mtu_add(struct guest_sysfs *command, const char *ifname);

/* The MTU of an interface, from what the command printed; 0 if it says none, or nonsense. */
uint32_t mtu_parse(const char *printed, const char *ifname);

/* When a guest's MTUs are asked for. Zero-initialise: at once. */
struct mtu_plan {
    int64_t next_ms; /* not before */
    int64_t asked_ms;
};

/* Once after the guest's start, and rarely again: they can be changed while it runs. */
#define MTU_AGAIN_MS 600000
/* A guest that renames its interfaces all the time is asked this often at most. */
#define MTU_LEAST_MS 5000

/* They were asked for. random (any number) spreads guests that were started together. */
void mtu_asked(struct mtu_plan *plan, int64_t now_ms, uint32_t random);

/* The guest was started again, or an interface has another name. */
void mtu_doubt(struct mtu_plan *plan);

#endif
