#include "controllerd/core/history.h"

void history_add(struct history_sum *sum, const struct daqs_sample *sample)
{
    sum->interval_us += sample->interval_us;
    sum->tx_bytes += sample->tx_bytes;
    sum->rx_bytes += sample->rx_bytes;
}

bool history_close(struct history_sum *sum, struct history_row *ret)
{
    const struct history_sum closed = *sum;
    *sum = (struct history_sum){0};
    if (closed.interval_us <= 0)
        return false;
    ret->usage = daqs_rate_of(closed.tx_bytes, closed.interval_us);
    ret->tx_bytes = closed.tx_bytes;
    ret->rx_bytes = closed.rx_bytes;
    return true;
}
