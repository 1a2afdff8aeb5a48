/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to the inventory and its settings as guests come and go. */
#include "tests/lib/check.h"

#include <string.h>

#include "agentd/core/inventory.h"

struct scene {
    struct guests guests;
    struct uplink uplink[1];
    daqs_bps capacity[1];
    struct inventory *inventory;
};

static int make_scene(void **state)
{
    static struct scene scene;
    scene = (struct scene){.uplink = {{.name = "up0"}}, .capacity = {10 * GBIT}};
    guests_init(&scene.guests);
    scene.inventory = inventory_new(&(struct inventory_setup){
        .guests = &scene.guests, .uplink = scene.uplink, .uplinks = 1, .capacity = scene.capacity});
    *state = &scene;
    return scene.inventory ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    inventory_free(s->inventory);
    guests_done(&s->guests);
    return 0;
}

static void add(struct scene *s, const char *name, uint8_t number)
{
    const struct guest_nic_place place = {.mac = {{2, 0, 0, 0, 0, number}}, .vf = -1};
    struct guest *guest = guests_add(&s->guests, name, "");
    assert_non_null(guest);
    assert_int_equal(guests_set_nics(&s->guests, guest, &place, 1), DAQS_OK);
}

static const struct guest_nic *nic(const struct scene *s, const char *name)
{
    return &guests_by_name(&s->guests, name)->nic[0];
}

static void rebuild(struct scene *s)
{
    assert_int_equal(inventory_rebuild(s->inventory), DAQS_OK);
}

static struct daqs_nic_setting guaranteed(daqs_bps min)
{
    return (struct daqs_nic_setting){.limit = GBIT, .min = min, .max = DAQS_UNLIMITED, .weight = 1};
}

static void it_is_outdated_until_it_is_built_again(void **state)
{
    struct scene *s = *state;
    assert_true(inventory_outdated(s->inventory));
    rebuild(s);
    assert_false(inventory_outdated(s->inventory));
    add(s, "gold", 1);
    assert_true(inventory_outdated(s->inventory));
    assert_int_equal(inventory_current(s->inventory)->nics, 0);
    rebuild(s);
    assert_false(inventory_outdated(s->inventory));
    assert_int_equal(inventory_current(s->inventory)->nics, 1);
    assert_int_equal(inventory_current(s->inventory)->uplink[0].capacity, 10 * GBIT);
    assert_int_equal(inventory_generation(s->inventory), s->guests.generation);
}

static void its_names_outlive_the_guests(void **state)
{
    struct scene *s = *state;
    add(s, "gold", 1);
    rebuild(s);
    guests_remove(&s->guests, guests_by_name(&s->guests, "gold"));
    assert_string_equal(inventory_current(s->inventory)->vm[0].name, "gold");
    rebuild(s);
    assert_int_equal(inventory_current(s->inventory)->nics, 0);
    assert_string_equal(inventory_previous(s->inventory)->vm[0].name, "gold");
}

static void a_nic_that_is_not_in_it_has_no_settings(void **state)
{
    struct scene *s = *state;
    const struct daqs_nic_setting setting[] = {guaranteed(100 * MBIT)};
    add(s, "gold", 1);
    rebuild(s);
    assert_null(inventory_setting(s->inventory, nic(s, "gold")));
    assert_null(inventory_settings(s->inventory));
    assert_int_equal(inventory_set(s->inventory, setting), DAQS_OK);
    assert_int_equal(inventory_setting(s->inventory, nic(s, "gold"))->min, 100 * MBIT);
    add(s, "late", 2);
    assert_false(inventory_lists(s->inventory, nic(s, "late")));
    assert_null(inventory_setting(s->inventory, nic(s, "late")));
}

static void settings_return_with_their_nic(void **state)
{
    struct scene *s = *state;
    const struct daqs_nic_setting setting[] = {guaranteed(100 * MBIT), guaranteed(200 * MBIT)};
    add(s, "gold", 1);
    add(s, "plain", 2);
    rebuild(s);
    assert_int_equal(inventory_set(s->inventory, setting), DAQS_OK);
    guests_remove(&s->guests, guests_by_name(&s->guests, "gold"));
    rebuild(s);
    assert_int_equal(inventory_setting(s->inventory, nic(s, "plain"))->min, 200 * MBIT);
    add(s, "gold", 1);
    rebuild(s);
    assert_int_equal(inventory_setting(s->inventory, nic(s, "gold"))->min, 100 * MBIT);
}

static void unless_new_ones_have_been_set_meanwhile(void **state)
{
    struct scene *s = *state;
    const struct daqs_nic_setting first[] = {guaranteed(100 * MBIT)};
    add(s, "gold", 1);
    rebuild(s);
    assert_int_equal(inventory_set(s->inventory, first), DAQS_OK);
    guests_remove(&s->guests, guests_by_name(&s->guests, "gold"));
    rebuild(s);
    assert_int_equal(inventory_set(s->inventory, NULL), DAQS_OK); /* of no nics */
    add(s, "gold", 1);
    rebuild(s);
    assert_int_equal(inventory_setting(s->inventory, nic(s, "gold"))->min, 0);
}

static void restored_settings_are_those_of_nics_that_appear(void **state)
{
    struct scene *s = *state;
    const struct daqs_nic_setting setting = guaranteed(100 * MBIT);
    const struct daqs_mac mac = {{2, 0, 0, 0, 0, 1}};
    struct kept_settings saved = {0};
    assert_true(kept_settings_keep(&saved, &mac, "gold", KEPT_ANY_UPLINK, &setting));
    assert_int_equal(inventory_restore(s->inventory, &saved), DAQS_OK);
    assert_int_equal(saved.count, 0);
    assert_non_null(inventory_settings(s->inventory));
    add(s, "plain", 2);
    add(s, "gold", 1);
    rebuild(s);
    assert_int_equal(inventory_setting(s->inventory, nic(s, "plain"))->min, 0);
    assert_int_equal(inventory_setting(s->inventory, nic(s, "gold"))->min, 100 * MBIT);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(it_is_outdated_until_it_is_built_again),
        CASE(its_names_outlive_the_guests),
        CASE(a_nic_that_is_not_in_it_has_no_settings),
        CASE(settings_return_with_their_nic),
        CASE(unless_new_ones_have_been_set_meanwhile),
        CASE(restored_settings_are_those_of_nics_that_appear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
