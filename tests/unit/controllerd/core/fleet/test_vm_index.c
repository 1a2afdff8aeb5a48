/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/fleet/vm_index.h"
#include "shared/base/clock.h"

/* A block of the hash function of uthash (HASH_JEN), which is Bob Jenkins's. */
enum { BLOCK = 12, VMS = DAQS_MAX_VMS, HOSTS = 4, TRIES = 3, SLOWER_MOST = 10 };

struct jenkins {
    uint32_t i, j, k;
};

static void mix(struct jenkins *s)
{
    static const struct {
        uint8_t shift[3];
    } rounds[] = {{{13, 8, 13}}, {{12, 16, 5}}, {{3, 10, 15}}};
    for (size_t r = 0; r < 3; r++) {
        s->i -= s->j;
        s->i -= s->k;
        s->i ^= s->k >> rounds[r].shift[0];
        s->j -= s->k;
        s->j -= s->i;
        s->j ^= s->i << rounds[r].shift[1];
        s->k -= s->i;
        s->k -= s->j;
        s->k ^= s->j >> rounds[r].shift[2];
    }
}

static uint32_t next(uint32_t *random)
{
    return *random = *random * 1664525 + 1013904223;
}

/* Writes a UUID of two blocks. The first is drawn; with 'collides', the second leads to the same
 * hash for each. */
static void draw_uuid(char uuid[static 2 * BLOCK + 1], bool collides, uint32_t *random)
{
    do {
        uint32_t word[6];
        for (size_t w = 0; w < 6; w++)
            word[w] = next(random) >> 8 | next(random) << 16;
        struct jenkins s = {0x9e3779b9U + word[0], 0x9e3779b9U + word[1], 0xfeedbeefU + word[2]};
        mix(&s);
        if (collides) {
            word[3] = 1 - s.i;
            word[4] = 2 - s.j;
            word[5] = 3 - s.k;
        }
        memcpy(uuid, word, 2 * BLOCK);
        uuid[2 * BLOCK] = '\0';
    } while (strlen(uuid) < 2 * BLOCK);
}

static char *uuids[HOSTS][VMS];

static void draw_all(bool collide)
{
    uint32_t random = 7;
    for (size_t h = 0; h < HOSTS; h++)
        for (size_t v = 0; v < VMS; v++)
            draw_uuid(uuids[h][v], collide, &random);
}

/* Returns the processor's time that the index takes for the hosts' inventories. */
static int64_t update_us(struct fleet_host host[HOSTS])
{
    struct vm_index *index = vm_index_new();
    assert_non_null(index);
    const int64_t begun_us = daqs_thread_cpu_us();
    for (size_t h = 0; h < HOSTS; h++)
        assert_int_equal(vm_index_update(index, &host[h]), DAQS_OK);
    const int64_t took_us = daqs_thread_cpu_us() - begun_us;
    for (size_t h = 0; h < HOSTS; h++)
        assert_ptr_equal(vm_index_find(index, uuids[h][h])->host, &host[h]);
    for (size_t h = 0; h < HOSTS; h++)
        vm_index_remove(index, &host[h]);
    assert_null(vm_index_find(index, uuids[0][0]));
    vm_index_free(index);
    return took_us;
}

static int64_t least_us(struct fleet_host host[HOSTS])
{
    int64_t least = INT64_MAX;
    for (int i = 0; i < TRIES; i++) {
        const int64_t us = update_us(host);
        least = us < least ? us : least;
    }
    return least;
}

static void uuids_that_a_hostile_host_chose_cost_no_more_than_others(void **state)
{
    struct fleet_host host[HOSTS] = {0};
    (void)state;
    for (size_t h = 0; h < HOSTS; h++) {
        host[h].vms = VMS;
        host[h].vm = calloc(VMS, sizeof *host[h].vm);
        assert_non_null(host[h].vm);
        for (size_t v = 0; v < VMS; v++) {
            uuids[h][v] = calloc(1, 2 * BLOCK + 1);
            assert_non_null(uuids[h][v]);
            host[h].vm[v].uuid = uuids[h][v];
        }
    }
    draw_all(false);
    const int64_t usual_us = least_us(host);
    draw_all(true);
    const int64_t hostile_us = least_us(host);
    printf("%d VMs: %ld us, with UUIDs that collide %ld us\n", HOSTS * VMS, (long)usual_us,
           (long)hostile_us);
    assert_true(hostile_us < SLOWER_MOST * (usual_us + 1000));
    for (size_t h = 0; h < HOSTS; h++) {
        for (size_t v = 0; v < VMS; v++)
            free(uuids[h][v]);
        free(host[h].vm);
    }
}

static void a_uuid_that_several_hosts_list_has_all_of_them(void **state)
{
    struct fleet_vm vm[] = {{.uuid = (char *)"one"}, {.uuid = (char *)""}, {.uuid = (char *)"two"}};
    struct fleet_host a = {.vms = 3, .vm = vm};
    struct fleet_host b = {.vms = 1, .vm = vm};
    struct vm_index *index = vm_index_new();
    (void)state;
    assert_non_null(index);
    assert_int_equal(vm_index_update(index, &a), DAQS_OK);
    assert_int_equal(vm_index_update(index, &b), DAQS_OK);
    assert_null(vm_index_find(index, ""));
    assert_null(vm_index_find(index, "three"));
    assert_int_equal(vm_index_find(index, "two")->vm, 2);
    assert_null(vm_index_find(index, "two")->next);
    assert_non_null(vm_index_find(index, "one")->next);
    vm_index_remove(index, &a);
    assert_ptr_equal(vm_index_find(index, "one")->host, &b);
    assert_null(vm_index_find(index, "one")->next);
    assert_null(vm_index_find(index, "two"));
    vm_index_free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uuids_that_a_hostile_host_chose_cost_no_more_than_others),
        cmocka_unit_test(a_uuid_that_several_hosts_list_has_all_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
