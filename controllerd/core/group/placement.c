/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/group/placement.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

static const unsigned char hash_key[crypto_shorthash_siphash24_KEYBYTES + 1] = "DAQS placement 1";

/* Bits after the point. With them a cost is below 2^46, and times a weight below 2^56. */
enum { FRACTION_BITS = 40 };

struct rank {
    const struct placement_member *member;
    size_t index;
    uint64_t weight;
    uint64_t hash;
    uint64_t cost; /* the same of all members if their weights are equal */
};

uint64_t placement_hash(const char *member, const char *host)
{
    unsigned char text[2 * PLACEMENT_NAME_MAX + 1];
    unsigned char out[crypto_shorthash_siphash24_BYTES];
    const size_t member_bytes = strnlen(member, PLACEMENT_NAME_MAX);
    const size_t host_bytes = strnlen(host, PLACEMENT_NAME_MAX);
    uint64_t hash = 0;
    memcpy(text, member, member_bytes);
    text[member_bytes] = '\0';
    memcpy(text + member_bytes + 1, host, host_bytes);
    (void)crypto_shorthash_siphash24(out, text, member_bytes + 1 + host_bytes, hash_key);
    for (size_t i = sizeof out; i > 0; i--) /* SipHash's output is little-endian */
        hash = hash << 8 | out[i - 1];
    return hash;
}

/* Returns log2(x), rounded down to FRACTION_BITS, of x > 0: by squaring (Turner, "A fast binary
 * logarithm algorithm", IEEE Signal Processing Magazine 27(5), 2010). */
static uint64_t log2_fixed(uint64_t x)
{
    const unsigned whole = 63U - (unsigned)__builtin_clzll(x);
    uint64_t result = whole;
    uint64_t square = x << (63U - whole); /* in [1, 2), with 63 bits after the point */
    for (int i = 0; i < FRACTION_BITS; i++) {
        const u128 next = (u128)square * square;
        const unsigned carry = (unsigned)(next >> 127);
        square = (uint64_t)(next >> (63U + carry));
        result = result << 1 | carry;
    }
    return result;
}

/* Returns -log2(u), at least 1. u is hash / 2^64 with the lowest bit set, so that it is never 0. */
static uint64_t cost_of(uint64_t hash)
{
    const uint64_t cost = (UINT64_C(64) << FRACTION_BITS) - log2_fixed(hash | 1U);
    return cost > 0 ? cost : 1;
}

static uint64_t weight_of(const struct placement_member *member)
{
    return member->weight < PLACEMENT_WEIGHT_MAX ? member->weight : PLACEMENT_WEIGHT_MAX;
}

/* The cost never grows with the hash, so that between equal weights the hash alone decides. */
static bool weights_are_equal(const struct placement_member *member, size_t members)
{
    for (size_t i = 1; i < members; i++)
        if (weight_of(&member[i]) != weight_of(&member[0]))
            return false;
    return true;
}

/* Two members of weight 0 are compared as if they had the weight 1. */
static bool precedes(const struct rank *a, const struct rank *b)
{
    if ((a->weight == 0) != (b->weight == 0))
        return b->weight == 0;
    const uint64_t of_a = a->cost * (b->weight ? b->weight : 1);
    const uint64_t of_b = b->cost * (a->weight ? a->weight : 1);
    if (of_a != of_b)
        return of_a < of_b;
    return a->hash != b->hash ? a->hash > b->hash : strcmp(a->member->name, b->member->name) < 0;
}

size_t placement_order(const struct placement_member *member, size_t members, const char *host,
                       size_t ret[static PLACEMENT_FIRST])
{
    struct rank best[PLACEMENT_FIRST + 1]; /* sorted; the last one is dropped */
    size_t count = 0;
    const bool equal = weights_are_equal(member, members);
    for (size_t i = 0; i < members; i++) {
        const uint64_t hash = placement_hash(member[i].name, host);
        const struct rank rank = {&member[i], i, weight_of(&member[i]), hash,
                                  equal ? 1 : cost_of(hash)};
        size_t place = count;
        while (place > 0 && precedes(&rank, &best[place - 1])) {
            best[place] = best[place - 1];
            place--;
        }
        best[place] = rank;
        count += count < PLACEMENT_FIRST;
    }
    for (size_t i = 0; i < count; i++)
        ret[i] = best[i].index;
    return count;
}
