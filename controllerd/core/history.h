/* history - one nic's second, summed up from its samples. */
#ifndef DAQS_CONTROLLERD_CORE_HISTORY_H
#define DAQS_CONTROLLERD_CORE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/model.h"

/* Zero-initialise. */
struct history_sum {
    int64_t interval_us;
    uint64_t tx_bytes;
    uint64_t rx_bytes;
};

/* A row as it is stored. */
struct history_row {
    int64_t nic; /* the store's number */
    daqs_bps usage;
    daqs_bps limit;  /* DAQS_UNLIMITED: none */
    daqs_bps demand; /* DAQS_UNLIMITED: more than could be seen */
    uint64_t tx_bytes;
    uint64_t rx_bytes;
};

void history_add(struct history_sum *sum, const struct daqs_sample *sample);

/* Closes the second: fills the row's usage and bytes and empties the sum. False, and no row,
 * if nothing was measured: a gap is a gap, not a zero. */
bool history_close(struct history_sum *sum, struct history_row *ret);

#endif
