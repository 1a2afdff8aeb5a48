/* link_model - how flows share a link: TCP takes about equal parts per flow, with some inertia and
 * luck; UDP takes what it sends. */
#ifndef DAQS_TESTS_LINK_MODEL_H
#define DAQS_TESTS_LINK_MODEL_H

#include <stdbool.h>

#include "tests/lib/random.h"

/* One sender: a VM's flows together. Bits per second of the wire. */
struct link_sender {
    double wanted;  /* what it would send, its shaper considered */
    unsigned flows; /* 0: UDP */
    double rate;    /* what it sends; moved by link_step */
    bool held;      /* the link is too full for what it wants */
    double luck;    /* factor on its part of the link, wanders about 1; 0 at first */
};

#define LINK_SENDERS_MAX 260

/* Moves all rates on by dt_ms. 'noise' is the spread of luck (0 to 0.5). */
void link_step(struct link_sender *sender, unsigned senders, double capacity, double dt_ms,
               double noise, struct random_source *random);

#endif
