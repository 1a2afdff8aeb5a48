/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "libdaqs/arguments.h"

enum { NOW_MS = 10000000 };

static struct wire_request request_of(const char *verb)
{
    struct wire_request request;
    assert_int_equal(arguments_begin(verb, &request, NULL), DAQS_OK);
    return request;
}

static void set(struct wire_request *request, const char *name, const char *value)
{
    struct daqs_error err = {0};
    if (arguments_set(request, name, value, NOW_MS, &err) != DAQS_OK)
        fail_msg("%s", err.text);
}

static void each_argument_goes_to_its_place(void **state)
{
    struct wire_request r = request_of("set-sla");
    (void)state;
    assert_int_equal(r.verb, WIRE_SET_SLA);
    set(&r, "host", "node1");
    set(&r, "vm", "db1");
    set(&r, "min", "2Gbit");
    set(&r, "max", "none");
    set(&r, "weight", "10000");
    set(&r, "dry-run", "yes");
    set(&r, "force", "yes");
    set(&r, "force", "no");
    assert_string_equal(r.set_sla.host, "node1");
    assert_string_equal(r.set_sla.vm, "db1");
    assert_int_equal(r.set_sla.min, 2000000000);
    assert_int_equal(r.set_sla.max, 0);
    assert_int_equal(r.set_sla.weight, 10000);
    assert_true(r.set_sla.dry_run);
    assert_false(r.set_sla.force);
}

static void what_is_not_set_is_not_given(void **state)
{
    const struct wire_request r = request_of("set-sla");
    (void)state;
    assert_string_equal(r.set_sla.host, "");
    assert_int_equal(r.set_sla.min, DAQS_UNLIMITED);
    assert_int_equal(r.set_sla.weight, 0);
}

static void times_are_relative_to_now_and_never_the_0_of_the_wire(void **state)
{
    struct wire_request r = request_of("events");
    (void)state;
    set(&r, "since", "1h");
    set(&r, "until", "1970-01-01");
    set(&r, "follow", "yes");
    set(&r, "member", "c1");
    assert_int_equal(r.events.since_ms, NOW_MS - 3600000);
    assert_int_equal(r.events.until_ms, 1);
    assert_true(r.events.follow);
    assert_string_equal(r.events.member, "c1");
    r = request_of("history");
    set(&r, "step", "10s");
    set(&r, "until", "now");
    assert_int_equal(r.history.step_ms, 10000);
    assert_int_equal(r.history.until_ms, NOW_MS);
}

static void all_verbs_but_apply_can_be_asked(void **state)
{
    (void)state;
#define X(name, number, handler, changes, place, arguments)                                        \
    {                                                                                              \
        char verb[] = #handler;                                                                    \
        struct wire_request r;                                                                     \
        for (char *at = strchr(verb, '_'); at; at = strchr(at, '_'))                               \
            *at = '-';                                                                             \
        assert_int_equal(arguments_begin(verb, &r, NULL),                                          \
                         WIRE_##name == WIRE_APPLY ? DAQS_EINVALID : DAQS_OK);                     \
        assert_true(WIRE_##name == WIRE_APPLY || r.verb == WIRE_##name);                           \
    }
    WIRE_VERBS(X)
#undef X
    struct wire_request r;
    assert_int_equal(arguments_begin("set_sla", &r, NULL), DAQS_EINVALID);
    assert_int_equal(arguments_begin("set-sl", &r, NULL), DAQS_EINVALID);
    assert_int_equal(arguments_begin("set-sla2", &r, NULL), DAQS_EINVALID);
    assert_int_equal(arguments_begin("", &r, NULL), DAQS_EINVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_argument_goes_to_its_place),
        cmocka_unit_test(what_is_not_set_is_not_given),
        cmocka_unit_test(times_are_relative_to_now_and_never_the_0_of_the_wire),
        cmocka_unit_test(all_verbs_but_apply_can_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
