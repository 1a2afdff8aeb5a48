/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/sim_key.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#include "tools/fleetsim/sim_host.h"

void sim_key(uint64_t seed, uint32_t number, struct key_pair *ret)
{
    char text[64];
    uint8_t hash[crypto_box_SEEDBYTES];
    int length = snprintf(text, sizeof text, "%" PRIu64 " %" PRIu32, seed, number);
    crypto_generichash(hash, sizeof hash, (const uint8_t *)text, (unsigned long long)length, NULL,
                       0);
    crypto_box_seed_keypair(ret->public_key.byte, ret->secret_key.byte, hash);
}

void sim_key_print(uint64_t seed, uint32_t hosts)
{
    struct key_pair pair;
    char name[SIM_HOST_NAME];
    char key[KEY_TEXT];
    for (uint32_t number = 0; number < hosts; number++) {
        sim_key(seed, number, &pair);
        (void)printf("%s %s\n", sim_host_name(number, name), key_format(&pair.public_key, key));
    }
}
