/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agentd/core/guests.h"

static struct guests guests;

static int setup(void **state)
{
    (void)state;
    guests_init(&guests);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    guests_done(&guests);
    return 0;
}

static struct guest_nic_place place(unsigned number, uint32_t uplink)
{
    return (struct guest_nic_place){
        .mac = {{0x52, 0x54, 0, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}},
        .uplink = uplink,
        .vf = -1};
}

static struct guest *add(const char *name)
{
    struct guest *guest = guests_add(&guests, name, "");
    assert_non_null(guest);
    return guest;
}

static void set_nics(struct guest *guest, const struct guest_nic_place *places, size_t count)
{
    assert_int_equal(guests_set_nics(&guests, guest, places, count), DAQS_OK);
}

/* --- guests --- */

static void a_guest_is_found_by_name_and_by_id(void **state)
{
    (void)state;
    struct guest *a = guests_add(&guests, "web", "0a1b");
    struct guest *b = add("db");
    assert_ptr_equal(guests_by_name(&guests, "web"), a);
    assert_ptr_equal(guests_by_name(&guests, "db"), b);
    assert_ptr_equal(guests_by_id(&guests, a->id), a);
    assert_ptr_equal(guests_by_id(&guests, b->id), b);
    assert_string_equal(a->uuid, "0a1b");
    assert_int_equal(a->nics, 0);
    assert_true(poll_plan_due(&a->poll, 0));
}

static void a_guest_that_is_not_there_is_not_found(void **state)
{
    (void)state;
    assert_null(guests_by_name(&guests, "web"));
    assert_null(guests_by_id(&guests, 1));
    struct guest *a = add("web");
    assert_null(guests_by_name(&guests, "we"));
    assert_null(guests_by_name(&guests, ""));
    assert_null(guests_by_id(&guests, a->id + 1));
}

static void a_guest_keeps_its_own_copy_of_its_name(void **state)
{
    (void)state;
    char name[] = "web";
    struct guest *a = add(name);
    name[0] = 'X';
    assert_string_equal(a->name, "web");
}

static void removing_a_guest_leaves_the_others(void **state)
{
    (void)state;
    struct guest *a = add("a");
    struct guest *b = add("b");
    struct guest *c = add("c");
    guests_remove(&guests, a);
    assert_int_equal(guests.count, 2);
    assert_null(guests_by_name(&guests, "a"));
    assert_ptr_equal(guests_by_name(&guests, "b"), b);
    assert_ptr_equal(guests_by_name(&guests, "c"), c);
    guests_remove(&guests, c);
    guests_remove(&guests, b);
    assert_int_equal(guests.count, 0);
}

/* A running job refers to its guest by id, and a later guest of the same name is a different
 * one. */
static void ids_are_never_used_twice(void **state)
{
    (void)state;
    struct guest *a = add("a");
    uint32_t id = a->id;
    guests_remove(&guests, a);
    for (int i = 0; i < 100; i++) {
        struct guest *next = add("a");
        assert_int_not_equal(next->id, id);
        assert_null(guests_by_id(&guests, id));
        id = next->id;
        guests_remove(&guests, next);
    }
}

static void a_host_has_a_most_of_guests(void **state)
{
    (void)state;
    char name[32];
    for (int i = 0; i < DAQS_MAX_VMS; i++) {
        (void)snprintf(name, sizeof name, "vm%d", i);
        (void)add(name);
    }
    uint64_t generation = guests.generation;
    assert_null(guests_add(&guests, "one more", ""));
    assert_int_equal(guests.count, DAQS_MAX_VMS);
    assert_int_equal(guests.generation, generation);
    guests_remove(&guests, guests_by_name(&guests, "vm17"));
    assert_non_null(guests_add(&guests, "one more", ""));
}

/* --- nics --- */

static void a_new_nic_is_left_as_it_was_found(void **state)
{
    (void)state;
    struct guest *a = add("a");
    const struct guest_nic_place places[] = {place(1, 3)};
    set_nics(a, places, 1);
    assert_int_equal(a->nics, 1);
    assert_int_equal(a->nic[0].uplink, 3);
    assert_memory_equal(&a->nic[0].mac, &places[0].mac, sizeof places[0].mac);
    assert_int_equal(a->nic[0].index, UINT32_MAX);
    assert_int_equal(a->nic[0].tc.root, TC_ROOT_UNKNOWN);
    assert_true(a->nic[0].tc.limit == DAQS_UNLIMITED);
    assert_true(a->nic[0].wanted == DAQS_UNLIMITED);
    assert_false(a->nic[0].commanded);
    assert_false(a->nic[0].reported);
    assert_int_equal(a->nic[0].reading.state, DAQS_NIC_WAITING);
    assert_string_equal(a->nic[0].ifname, "");
}

static void assert_marked(const struct guest_nic *nic, unsigned number)
{
    assert_int_equal(nic->mac.byte[5], number);
    assert_string_equal(nic->ifname, "eth7");
    assert_int_equal(nic->tc.root, TC_ROOT_OURS);
    assert_int_equal(nic->tc.limit, number * 1000000U);
    assert_int_equal(nic->wanted, number * 2000000U);
    assert_true(nic->commanded);
    assert_true(nic->reported);
    assert_true(nic->counters.known);
    assert_int_equal(nic->counters.last.tx_bytes, number);
    assert_int_equal(nic->reading.state, DAQS_NIC_OK);
    assert_int_equal(nic->reading.sample.tx_bytes, number);
}

static void mark(struct guest_nic *nic, unsigned number)
{
    (void)snprintf(nic->ifname, sizeof nic->ifname, "eth7");
    nic->tc = (struct tc_state){TC_ROOT_OURS, number * 1000000U};
    nic->wanted = number * 2000000U;
    nic->commanded = true;
    nic->reported = true;
    nic->counters = (struct counters){.known = true, .last = {.tx_bytes = number}};
    nic->reading = (struct daqs_nic_reading){.state = DAQS_NIC_OK, .sample = {.tx_bytes = number}};
}

static void nics_that_stay_keep_their_facts(void **state)
{
    (void)state;
    struct guest *a = add("a");
    const struct guest_nic_place before[] = {place(1, 0), place(2, 0), place(3, 0)};
    set_nics(a, before, 3);
    for (unsigned i = 0; i < 3; i++)
        mark(&a->nic[i], i + 1);

    const struct guest_nic_place after[] = {place(3, 0), place(4, 0), place(1, 0)};
    set_nics(a, after, 3);
    assert_int_equal(a->nics, 3);
    assert_marked(&a->nic[0], 3);
    assert_marked(&a->nic[2], 1);
    assert_int_equal(a->nic[1].mac.byte[5], 4);
    assert_int_equal(a->nic[1].tc.root, TC_ROOT_UNKNOWN);
    assert_false(a->nic[1].commanded);
}

static void a_nic_that_came_back_is_a_new_one(void **state)
{
    (void)state;
    struct guest *a = add("a");
    const struct guest_nic_place places[] = {place(1, 0)};
    set_nics(a, places, 1);
    mark(&a->nic[0], 1);
    set_nics(a, places, 0);
    assert_int_equal(a->nics, 0);
    set_nics(a, places, 1);
    assert_int_equal(a->nic[0].tc.root, TC_ROOT_UNKNOWN);
    assert_false(a->nic[0].counters.known);
}

static void a_nic_may_move_to_another_uplink(void **state)
{
    (void)state;
    struct guest *a = add("a");
    const struct guest_nic_place before[] = {place(1, 0)};
    const struct guest_nic_place after[] = {place(1, 2)};
    set_nics(a, before, 1);
    mark(&a->nic[0], 1);
    uint64_t generation = guests.generation;
    set_nics(a, after, 1);
    assert_int_equal(a->nic[0].uplink, 2);
    assert_marked(&a->nic[0], 1);
    assert_true(guests.generation > generation);
}

static void another_address_does_not_clear_a_vfs_record(void **state)
{
    (void)state;
    struct guest *guest = add("web");
    struct guest_nic_place there = place(1, 0);
    there.vf = 3;
    set_nics(guest, &there, 1);
    guest->nic[0].compliance.ignored = true;
    guest->nic[0].counter_check.lies = true;
    guest->nic[0].on_vf = true;
    struct guest_nic_place other = place(2, 0);
    other.vf = 3;
    set_nics(guest, &other, 1);
    assert_true(guest->nic[0].compliance.ignored);
    assert_true(guest->nic[0].counter_check.lies);
    assert_true(guest->nic[0].on_vf);
    assert_int_equal(guest->nic[0].tc.root, TC_ROOT_UNKNOWN);
    other = place(9, 0);
    other.vf = 3; /* a VF of another PF of the uplink */
    other.pf = 1;
    set_nics(guest, &other, 1);
    assert_int_equal(guest->nic[0].pf, 1);
    assert_false(guest->nic[0].counter_check.lies);
    guest->nic[0].counter_check.lies = true;
    other = place(3, 0);
    other.vf = 4; /* another VF starts with new records */
    set_nics(guest, &other, 1);
    assert_false(guest->nic[0].compliance.ignored);
    assert_false(guest->nic[0].counter_check.lies);
    assert_false(guest->nic[0].on_vf);
}

static void of_equal_addresses_on_an_uplink_the_first_counts(void **state)
{
    (void)state;
    struct guest *a = add("a");
    struct guest_nic_place places[] = {place(1, 0), place(2, 0), place(1, 0), place(2, 0)};
    places[0].vf = 7;
    set_nics(a, places, 4);
    assert_int_equal(a->nics, 2);
    assert_int_equal(a->nic[0].vf, 7);
    assert_int_equal(a->nic[1].vf, -1);
}

/* A bond of VFs of two PFs, both with the bond's address. What is known about one nic does not
 * apply to the other. */
static void an_address_may_be_on_several_uplinks(void **state)
{
    (void)state;
    struct guest *a = add("a");
    struct guest_nic_place places[] = {place(1, 0), place(1, 5)};
    memcpy(places[1].slot.pci, "0000:06:00.0", sizeof "0000:06:00.0");
    places[1].slot.passed_through = true;
    set_nics(a, places, 1);
    mark(&a->nic[0], 1);
    set_nics(a, places, 2);
    assert_int_equal(a->nics, 2);
    assert_marked(&a->nic[0], 1);
    assert_int_equal(a->nic[1].uplink, 5);
    assert_string_equal(a->nic[1].slot.pci, "0000:06:00.0");
    assert_true(a->nic[1].slot.passed_through);
    assert_int_equal(a->nic[1].tc.root, TC_ROOT_UNKNOWN);
    assert_false(a->nic[1].counters.known);
    assert_ptr_equal(guests_find_nic(a, &places[0].mac, 5), &a->nic[1]);
    assert_null(guests_find_nic(a, &places[0].mac, 4));
}

static void a_guest_has_a_most_of_nics(void **state)
{
    (void)state;
    struct guest *a = add("a");
    struct guest_nic_place places[GUEST_NICS_MAX + 9];
    for (unsigned i = 0; i < GUEST_NICS_MAX + 9; i++)
        places[i] = place(i, 0);
    set_nics(a, places, GUEST_NICS_MAX + 9);
    assert_int_equal(a->nics, GUEST_NICS_MAX);
    assert_int_equal(a->nic[GUEST_NICS_MAX - 1].mac.byte[5], GUEST_NICS_MAX - 1);
}

static void two_guests_may_have_the_same_address(void **state)
{
    (void)state;
    struct guest *a = add("a");
    struct guest *b = add("b");
    const struct guest_nic_place places[] = {place(1, 0)};
    set_nics(a, places, 1);
    mark(&a->nic[0], 1);
    set_nics(b, places, 1);
    assert_int_equal(b->nic[0].tc.root, TC_ROOT_UNKNOWN);
}

/* --- the generation --- */

static void the_generation_grows_with_every_change(void **state)
{
    (void)state;
    uint64_t generation = guests.generation;
    assert_true(generation > 0); /* 0 means that a peer has received no hello yet */
    struct guest *a = add("a");
    assert_true(guests.generation > generation);

    const struct guest_nic_place both[] = {place(1, 0), place(2, 0)};
    generation = guests.generation;
    set_nics(a, both, 2);
    assert_true(guests.generation > generation);

    generation = guests.generation;
    set_nics(a, both, 1);
    assert_true(guests.generation > generation);

    generation = guests.generation;
    set_nics(a, both + 1, 1); /* as many as before, but a different nic */
    assert_true(guests.generation > generation);

    generation = guests.generation;
    guests_remove(&guests, a);
    assert_true(guests.generation > generation);
}

static void the_generation_stays_while_nothing_changes(void **state)
{
    (void)state;
    struct guest *a = add("a");
    const struct guest_nic_place places[] = {place(1, 0), place(2, 1)};
    const struct guest_nic_place turned[] = {place(2, 1), place(1, 0), place(2, 1)};
    set_nics(a, places, 2);
    uint64_t generation = guests.generation;
    set_nics(a, places, 2);
    set_nics(a, turned, 3);
    assert_int_equal(guests.generation, generation);
}

static void a_guest_without_nics_stays_without_a_new_generation(void **state)
{
    (void)state;
    struct guest *a = add("a");
    uint64_t generation = guests.generation;
    set_nics(a, NULL, 0);
    assert_int_equal(guests.generation, generation);
}

/* --- the inventory --- */

enum { ARENA_BYTES = 4 * 1024 * 1024 };

static const struct daqs_uplink_info uplinks[] = {{"ens1f0", 10000000000}, {"ens1f1", 25000000000}};

static void the_inventory_lists_all_and_nics_know_their_index(void **state)
{
    (void)state;
    const struct guest_nic_place of_a[] = {place(1, 0), place(2, 1)};
    const struct guest_nic_place of_c[] = {place(3, 1)};
    struct guest *a = guests_add(&guests, "a", "uuid-a");
    (void)add("b");
    struct guest *c = add("c");
    set_nics(a, of_a, 2);
    set_nics(c, of_c, 1);

    a->nic[1].mtu = 9000;
    struct daqs_arena arena;
    struct daqs_inventory inventory;
    daqs_arena_init(&arena, ARENA_BYTES);
    assert_int_equal(guests_inventory(&guests, uplinks, 2, &arena, &inventory), DAQS_OK);
    assert_int_equal(inventory.uplinks, 2);
    assert_int_equal(inventory.vms, 3);
    assert_int_equal(inventory.nics, 3);
    assert_string_equal(inventory.uplink[1].name, "ens1f1");
    assert_int_equal(inventory.uplink[1].capacity, 25000000000);
    assert_string_equal(inventory.vm[0].name, "a");
    assert_string_equal(inventory.vm[0].uuid, "uuid-a");
    assert_string_equal(inventory.vm[1].name, "b");
    for (uint32_t i = 0; i < 3; i++) {
        const struct guest_nic *nic = i < 2 ? &a->nic[i] : &c->nic[0];
        assert_int_equal(nic->index, i);
        assert_int_equal(inventory.nic[i].vm, i < 2 ? 0 : 2);
        assert_int_equal(inventory.nic[i].uplink, nic->uplink);
        assert_int_equal(inventory.nic[i].mtu, i == 1 ? 9000 : 0);
        assert_memory_equal(&inventory.nic[i].mac, &nic->mac, sizeof nic->mac);
    }
    daqs_arena_done(&arena);
}

static void the_inventory_of_an_empty_host_is_empty(void **state)
{
    (void)state;
    struct daqs_arena arena;
    struct daqs_inventory inventory;
    daqs_arena_init(&arena, ARENA_BYTES);
    assert_int_equal(guests_inventory(&guests, uplinks, 2, &arena, &inventory), DAQS_OK);
    assert_int_equal(inventory.uplinks, 2);
    assert_int_equal(inventory.vms, 0);
    assert_int_equal(inventory.nics, 0);
    daqs_arena_done(&arena);
}

static void nics_beyond_the_most_of_a_host_have_no_index(void **state)
{
    (void)state;
    enum { FULL = DAQS_MAX_NICS / GUEST_NICS_MAX };
    struct guest_nic_place places[GUEST_NICS_MAX];
    for (unsigned i = 0; i < GUEST_NICS_MAX; i++)
        places[i] = place(i, 0);
    for (int i = 0; i <= FULL; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "vm%d", i);
        set_nics(add(name), places, GUEST_NICS_MAX);
    }
    struct guest *last = guests.guest[FULL];
    last->nic[0].index = 5; /* numbered when there were fewer */

    struct daqs_arena arena;
    struct daqs_inventory inventory;
    daqs_arena_init(&arena, ARENA_BYTES);
    assert_int_equal(guests_inventory(&guests, uplinks, 2, &arena, &inventory), DAQS_OK);
    assert_int_equal(inventory.nics, DAQS_MAX_NICS);
    assert_int_equal(inventory.vms, FULL + 1);
    for (size_t i = 0; i < GUEST_NICS_MAX; i++)
        assert_int_equal(last->nic[i].index, UINT32_MAX);
    daqs_arena_done(&arena);

    guests_remove(&guests, guests_by_name(&guests, "vm0"));
    daqs_arena_init(&arena, ARENA_BYTES);
    assert_int_equal(guests_inventory(&guests, uplinks, 2, &arena, &inventory), DAQS_OK);
    assert_true(last->nic[0].index < DAQS_MAX_NICS);
    daqs_arena_done(&arena);
}

static void g8_vfs_that_are_not_watched_are_in_the_inventory(void **state)
{
    static struct daqs_unwatched_info many[DAQS_MAX_UNWATCHED];
    const struct daqs_unwatched_info two[] = {
        {0, 3, "ens2", "0000:5e:02.3", DAQS_CAUSE_VF_NO_UPLINK},
        {0, DAQS_VF_UNKNOWN, "", "0000:86:02.0", DAQS_CAUSE_VF_NO_INTERFACE}};
    struct daqs_arena arena;
    struct daqs_inventory inventory;
    (void)state;
    (void)add("a");
    struct guest *b = add("b");
    uint64_t before = guests.generation;
    assert_int_equal(guests_set_unwatched(&guests, b, two, 2), DAQS_OK);
    assert_true(guests.generation > before);
    before = guests.generation;
    assert_int_equal(guests_set_unwatched(&guests, b, two, 2), DAQS_OK);
    assert_int_equal(guests.generation, before);

    daqs_arena_init(&arena, ARENA_BYTES);
    assert_int_equal(guests_inventory(&guests, uplinks, 2, &arena, &inventory), DAQS_OK);
    assert_int_equal(inventory.unwatched_vfs, 2);
    assert_int_equal(inventory.unwatched[0].vm, 1);
    assert_int_equal(inventory.unwatched[0].vf, 3);
    assert_string_equal(inventory.unwatched[1].pci, "0000:86:02.0");
    b->leaving = true;
    assert_int_equal(guests_inventory(&guests, uplinks, 2, &arena, &inventory), DAQS_OK);
    assert_int_equal(inventory.unwatched_vfs, 0);
    b->leaving = false;
    assert_int_equal(
        guests_set_unwatched(&guests, guests_by_name(&guests, "a"), many, DAQS_MAX_UNWATCHED - 1),
        DAQS_OK);
    assert_int_equal(guests_inventory(&guests, uplinks, 2, &arena, &inventory), DAQS_OK);
    assert_int_equal(inventory.unwatched_vfs, DAQS_MAX_UNWATCHED);
    daqs_arena_done(&arena);

    before = guests.generation;
    assert_int_equal(guests_set_unwatched(&guests, b, NULL, 0), DAQS_OK);
    assert_true(guests.generation > before);
    assert_int_equal(b->unwatched_vfs, 0);
}

static void titles_and_labels_are_in_the_inventory_once_they_are_known(void **state)
{
    struct vm_labels labels = {.count = 0};
    struct daqs_arena arena;
    struct daqs_inventory inventory;
    (void)state;
    (void)add("a");
    struct guest *b = add("b");
    struct guest *c = add("c");
    vm_labels_set_title(&labels, "Web server");
    assert_true(vm_labels_add(&labels, "sla-class", "gold"));
    uint64_t before = guests.generation;
    assert_int_equal(guests_describe(&guests, b, &labels), DAQS_OK);
    assert_true(guests.generation > before);
    before = guests.generation;
    assert_int_equal(guests_describe(&guests, b, &labels), DAQS_OK);
    assert_int_equal(guests.generation, before);
    labels = (struct vm_labels){.count = 0};
    assert_int_equal(guests_describe(&guests, c, &labels), DAQS_OK);
    assert_true(guests.generation > before);

    daqs_arena_init(&arena, ARENA_BYTES);
    assert_int_equal(guests_inventory(&guests, uplinks, 2, &arena, &inventory), DAQS_OK);
    assert_int_equal(inventory.vm[0].described, 0);
    assert_int_equal(inventory.vm[1].described, 1);
    assert_string_equal(inventory.vm[1].title, "Web server");
    assert_int_equal(inventory.vm[1].labels, 1);
    assert_string_equal(inventory.vm[1].label[0].key, "sla-class");
    assert_string_equal(inventory.vm[1].label[0].value, "gold");
    assert_int_equal(inventory.vm[2].described, 1);
    assert_int_equal(inventory.vm[2].labels, 0);
    daqs_arena_done(&arena);

    before = guests.generation;
    assert_int_equal(guests_describe(&guests, b, &labels), DAQS_OK);
    assert_true(guests.generation > before);
    assert_null(b->labels);
}

/* The message must be sent, whatever is written into the VMs' definitions. */
static void titles_and_labels_for_which_there_is_no_room_are_left_out(void **state)
{
    enum { VMS = 200 };
    static struct vm_labels labels;
    char value[DAQS_LABEL_VALUE_MAX + 1];
    struct daqs_arena arena;
    struct daqs_inventory inventory;
    size_t described = 0;
    (void)state;
    memset(value, 'x', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    for (int i = 0; i < DAQS_MAX_LABELS; i++)
        (void)vm_labels_add(&labels, "label", value);
    for (int i = 0; i < VMS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "vm%d", i);
        assert_int_equal(guests_describe(&guests, add(name), &labels), DAQS_OK);
    }
    daqs_arena_init(&arena, ARENA_BYTES);
    assert_int_equal(guests_inventory(&guests, uplinks, 2, &arena, &inventory), DAQS_OK);
    assert_int_equal(inventory.vms, VMS);
    for (uint32_t i = 0; i < VMS; i++)
        described += inventory.vm[i].described;
    assert_in_range(described, 80, 90);
    daqs_arena_done(&arena);
}

static void an_inventory_that_does_not_fit_is_not_begun(void **state)
{
    (void)state;
    const struct guest_nic_place places[] = {place(1, 0)};
    struct guest *a = add("a");
    set_nics(a, places, 1);
    a->nic[0].index = 5;

    struct daqs_arena arena;
    struct daqs_inventory inventory = {.nics = 42};
    daqs_arena_init(&arena, 8);
    assert_int_equal(guests_inventory(&guests, uplinks, 2, &arena, &inventory), DAQS_ENOMEM);
    assert_int_equal(inventory.nics, 42);
    assert_int_equal(a->nic[0].index, 5);
    daqs_arena_done(&arena);
}

static void samples_add_up_until_they_are_reported(void **state)
{
    (void)state;
    struct guest_nic nic = {0};
    const struct daqs_sample first = {100, 1, 2, 3, 4};
    const struct daqs_sample none = {0};
    const struct daqs_sample second = {50, 10, 20, 30, 40};
    counters_add(&nic.reading.sample, &first);
    counters_add(&nic.reading.sample, &none);
    counters_add(&nic.reading.sample, &second);
    assert_int_equal(nic.reading.sample.interval_us, 150);
    assert_int_equal(nic.reading.sample.tx_bytes, 11);
    assert_int_equal(nic.reading.sample.rx_bytes, 22);
    assert_int_equal(nic.reading.sample.tx_packets, 33);
    assert_int_equal(nic.reading.sample.rx_packets, 44);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void the_traffic_of_a_nic_is_kept_as_reported(void **state)
{
    struct guest_nic nic = {.mtu = 1500};
    const struct daqs_sample sample = {
        .interval_us = 100000, .tx_bytes = 151400, .tx_packets = 100}; /* full frames */
    const struct daqs_sample none = {0};
    (void)state;
    guest_nic_reported(&nic, &sample, 5000);
    assert_int_equal(nic.tx_bytes, 151400);
    assert_int_equal(nic.usage, 12112000);
    assert_int_equal(nic.wire, 12304000);
    guest_nic_reported(&nic, &none, 5000 + GUEST_USAGE_HELD_MS - 1);
    assert_int_equal(nic.usage, 12112000); /* its NIC may update its counters only at times */
    guest_nic_reported(&nic, &none, 5000 + GUEST_USAGE_HELD_MS);
    assert_int_equal(nic.tx_bytes, 151400);
    assert_true(nic.usage == DAQS_UNLIMITED && nic.wire == DAQS_UNLIMITED);
}

static void limits_of_nics_that_are_released_are_to_be_removed(void **state)
{
    (void)state;
    struct guest *a = add("a");
    const struct guest_nic_place its = place(1, 0);
    assert_int_equal(guests_set_nics(&guests, a, &its, 1), DAQS_OK);
    a->nic[0].wanted = 1000000;
    guests_release(&guests);
    assert_true(a->nic[0].commanded);
    assert_true(a->nic[0].wanted == DAQS_UNLIMITED);
    assert_true(a->urgent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_guest_is_found_by_name_and_by_id),
        CASE(a_guest_that_is_not_there_is_not_found),
        CASE(a_guest_keeps_its_own_copy_of_its_name),
        CASE(removing_a_guest_leaves_the_others),
        CASE(ids_are_never_used_twice),
        CASE(a_host_has_a_most_of_guests),
        CASE(a_new_nic_is_left_as_it_was_found),
        CASE(nics_that_stay_keep_their_facts),
        CASE(a_nic_that_came_back_is_a_new_one),
        CASE(a_nic_may_move_to_another_uplink),
        CASE(another_address_does_not_clear_a_vfs_record),
        CASE(of_equal_addresses_on_an_uplink_the_first_counts),
        CASE(an_address_may_be_on_several_uplinks),
        CASE(a_guest_has_a_most_of_nics),
        CASE(two_guests_may_have_the_same_address),
        CASE(the_generation_grows_with_every_change),
        CASE(the_generation_stays_while_nothing_changes),
        CASE(a_guest_without_nics_stays_without_a_new_generation),
        CASE(the_inventory_lists_all_and_nics_know_their_index),
        CASE(the_inventory_of_an_empty_host_is_empty),
        CASE(nics_beyond_the_most_of_a_host_have_no_index),
        CASE(g8_vfs_that_are_not_watched_are_in_the_inventory),
        CASE(titles_and_labels_are_in_the_inventory_once_they_are_known),
        CASE(titles_and_labels_for_which_there_is_no_room_are_left_out),
        CASE(an_inventory_that_does_not_fit_is_not_begun),
        CASE(samples_add_up_until_they_are_reported),
        cmocka_unit_test(the_traffic_of_a_nic_is_kept_as_reported),
        CASE(limits_of_nics_that_are_released_are_to_be_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
