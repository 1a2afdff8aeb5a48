#include "controllerd/core/history.h"

/* An agent may say anything: what no real counter reaches is left out, so that nothing here and
 * in the store, which keeps signed numbers, can overflow. */
static bool fits(const struct history_sum *sum, const struct daqs_sample *sample)
{
    return sample->interval_us > 0 && sample->interval_us <= INT64_MAX - sum->interval_us &&
           sample->tx_bytes <= INT64_MAX - sum->tx_bytes &&
           sample->rx_bytes <= INT64_MAX - sum->rx_bytes;
}

void history_add(struct history_sum *sum, const struct daqs_sample *sample)
{
    if (!fits(sum, sample))
        return;
    sum->interval_us += sample->interval_us;
    sum->tx_bytes += sample->tx_bytes;
    sum->rx_bytes += sample->rx_bytes;
}

bool history_close(struct history_sum *sum, struct point *ret)
{
    const struct history_sum closed = *sum;
    *sum = (struct history_sum){0};
    if (closed.interval_us <= 0)
        return false;
    uint64_t ms = ((uint64_t)closed.interval_us + 500) / 1000;
    *ret = (struct point){
        .value = {
            [POINT_MS] = ms ? ms : 1, [POINT_TX] = closed.tx_bytes, [POINT_RX] = closed.rx_bytes}};
    return true;
}
