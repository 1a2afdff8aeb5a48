/* pacing - how often somebody may come, by their address. As many as may come in a second may come
 * at once, after a second without any.
 *
 * The memory is fixed: addresses share places, which a secret key chooses, so that nobody can pick
 * one who shares theirs. */
#ifndef DAQS_NET_PACING_H
#define DAQS_NET_PACING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { PACING_PLACES = 4096, PACING_KEY_BYTES = 16 };

struct pacing {
    uint8_t key[PACING_KEY_BYTES];
    int64_t interval_us;
    int64_t next_us[PACING_PLACES]; /* when one who came as evenly as may be would come next */
};

/* So many a second, at least one and at most a million. */
void pacing_init(struct pacing *pacing, const uint8_t key[static PACING_KEY_BYTES],
                 uint32_t a_second);

/* May one come from there now? If so, it has. Of IPv6 the first 64 bits count; other families than
 * the internet's have no bound. */
bool pacing_allows(struct pacing *pacing, const struct sockaddr_storage *from, int64_t now_us);

#endif
