/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "controllerd/core/diagnosis/remedy.h"
#include "controllerd/core/diagnosis/violation.h"

/* The guarantee of "gold" is missed. Two other VMs are on its uplink, a third one is on another. */
struct scene {
    struct fleet_uplink uplink[2];
    struct fleet_vm vm[4];
    struct fleet_member member[4];
    struct fleet_nic nic[4];
    struct fleet_host host;
};

static void set_up(struct scene *s)
{
    static char host[] = "node1";
    static char names[4][8] = {"gold", "web", "db", "far"};
    static char uplinks[2][8] = {"up0", "up1"};
    *s = (struct scene){.uplink = {{.name = uplinks[0]}, {.name = uplinks[1]}},
                        .vm = {{.sla = {.min = 100 * MBIT, .max = DAQS_UNLIMITED, .weight = 1}}}};
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t uplink = i == 3;
        s->vm[i].name = names[i];
        s->member[i] =
            (struct fleet_member){.vm = i, .uplink = uplink, .reason = POLICY_GUARANTEED};
        s->nic[i] = (struct fleet_nic){.vm = i,
                                       .uplink = uplink,
                                       .member = i,
                                       .state = DAQS_NIC_OK,
                                       .usage = 50 * MBIT,
                                       .applied = 60 * MBIT};
    }
    s->nic[0].applied = DAQS_UNLIMITED;
    s->host = (struct fleet_host){.name = host,
                                  .uplinks = 2,
                                  .vms = 4,
                                  .members = 4,
                                  .nics = 4,
                                  .uplink = s->uplink,
                                  .vm = s->vm,
                                  .member = s->member,
                                  .nic = s->nic};
}

static void assert_found(const struct scene *s, enum violation_reason reason, uint32_t culprit)
{
    struct violation_cause cause;
    char text[VIOLATION_CAUSE_BYTES];
    violation_find(&s->host, 0, &cause);
    assert_int_equal(cause.reason, reason);
    assert_string_equal(cause.culprit, culprit == UINT32_MAX ? "" : s->vm[culprit].name);
    assert_true(violation_cause_text(&cause, text)[0] != '\0');
}

static void nothing_special_is_called_squeezed(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    assert_found(&s, VIOLATION_SQUEEZED, UINT32_MAX);
    s.nic[1].applied = DAQS_UNLIMITED; /* the nic is ok, but not limited yet */
    assert_found(&s, VIOLATION_SQUEEZED, UINT32_MAX);
}

static void a_link_that_is_down_is_found_before_somebody_is_blamed(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    s.nic[1].state = DAQS_NIC_UNMANAGED;
    s.nic[1].applied = DAQS_UNLIMITED;
    s.member[0].reason = POLICY_NO_LINK;
    assert_found(&s, VIOLATION_LINK_DOWN, UINT32_MAX);
}

static void a_bottleneck_behind_the_port_is_found_before_somebody_is_blamed(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    s.nic[1].state = DAQS_NIC_UNMANAGED;
    s.nic[1].applied = DAQS_UNLIMITED;
    s.uplink[0].capacity = 10 * GBIT;
    s.uplink[0].memory.bottleneck.proven = 6e9;
    assert_found(&s, VIOLATION_CAPACITY, UINT32_MAX);
    s.uplink[0].capacity = 6 * GBIT; /* set by the operator */
    assert_found(&s, VIOLATION_UNLIMITED, 1);
}

static void changes_by_the_operator_come_first(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    s.member[0].reason = POLICY_OVERSUBSCRIBED;
    assert_found(&s, VIOLATION_OVERSUBSCRIBED, UINT32_MAX);
    s.uplink[0].mode = POLICY_MODE_FAIR;
    assert_found(&s, VIOLATION_NO_POLICY, UINT32_MAX);
    s.host.fenced = true;
    assert_found(&s, VIOLATION_DISOBEYED, UINT32_MAX);
}

static void a_guest_that_is_not_limited_is_named(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    s.nic[1].state = DAQS_NIC_UNMANAGED;
    s.nic[1].applied = DAQS_UNLIMITED;
    assert_found(&s, VIOLATION_UNLIMITED, 1);
    s.nic[2].state = DAQS_NIC_TAMPERED; /* its limit is set, but has no effect */
    s.nic[2].usage = 70 * MBIT;
    assert_found(&s, VIOLATION_UNLIMITED, 2);
    s.nic[2].state = DAQS_NIC_FROZEN; /* it cannot be limited now either */
    s.nic[2].applied = DAQS_UNLIMITED;
    assert_found(&s, VIOLATION_UNLIMITED, 2);
    s.nic[1].state = DAQS_NIC_UNRESPONSIVE;
    s.nic[1].usage = 90 * MBIT;
    assert_found(&s, VIOLATION_UNRESPONSIVE, 1);
}

static void a_guest_that_is_limited_idle_or_elsewhere_is_innocent(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    s.nic[1].state = DAQS_NIC_UNRESPONSIVE; /* but its previous limit is in force */
    s.nic[2].state = DAQS_NIC_UNMANAGED;
    s.nic[2].applied = DAQS_UNLIMITED;
    s.nic[2].usage = 0;
    s.nic[3].state = DAQS_NIC_UNMANAGED;
    s.nic[3].applied = DAQS_UNLIMITED;
    s.nic[0].state = DAQS_NIC_UNMANAGED; /* gold's own nic */
    assert_found(&s, VIOLATION_SQUEEZED, UINT32_MAX);
}

/* --- violations that last --- */

static const struct violation_cause none = {.reason = VIOLATION_SQUEEZED};
static const struct violation_cause web = {
    .reason = VIOLATION_UNRESPONSIVE, .nic_cause = DAQS_CAUSE_TIMEOUT, .culprit = "web"};
static const struct violation_cause tenant = {
    .reason = VIOLATION_UNLIMITED, .nic_cause = DAQS_CAUSE_TENANT_QDISC, .culprit = "tenant"};

static void a_cause_that_becomes_known_is_reported_at_once(void **state)
{
    struct violation v = {.cause = none};
    (void)state;
    assert_false(violation_note(&v, &none, 1000));
    assert_true(violation_note(&v, &web, 1000));
    assert_string_equal(v.cause.culprit, "web");
    assert_false(violation_note(&v, &web, 2000)); /* reported only once */
}

static void a_cause_is_not_taken_back_because_none_is_found(void **state)
{
    struct violation v = {.cause = web};
    (void)state;
    for (int64_t ms = 0; ms < 60000; ms += 1000)
        assert_false(violation_note(&v, &none, ms));
    assert_string_equal(v.cause.culprit, "web");
}

static void another_cause_is_reported_once_it_has_lasted(void **state)
{
    struct violation v = {.cause = web};
    (void)state;
    assert_false(violation_note(&v, &tenant, 1000));
    assert_false(violation_note(&v, &tenant, 1000 + VIOLATION_LASTING_MS - 1));
    assert_string_equal(v.cause.culprit, "web");
    assert_true(violation_note(&v, &tenant, 1000 + VIOLATION_LASTING_MS));
    assert_string_equal(v.cause.culprit, "tenant");
}

static void a_cause_that_passes_is_not_reported(void **state)
{
    struct violation v = {.cause = web};
    (void)state;
    assert_false(violation_note(&v, &tenant, 1000));
    assert_false(violation_note(&v, &web, 2000));
    assert_false(violation_note(&v, &tenant, 3000));
    assert_false(violation_note(&v, &none, 3500));
    assert_false(violation_note(&v, &tenant, 5000)); /* the time starts here again */
    assert_false(violation_note(&v, &tenant, 5000 + VIOLATION_LASTING_MS - 1));
    assert_string_equal(v.cause.culprit, "web");
}

static void a_violation_is_found_in_its_list(void **state)
{
    struct scene s;
    struct violation other = {.host = "node1", .vm = "gold", .uplink = "up1"};
    struct violation v = {.host = "node1", .vm = "gold", .uplink = "up0", .next = &other};
    (void)state;
    set_up(&s);
    assert_ptr_equal(violation_of(&v, &s.host, 0), &v);
    assert_null(violation_of(&v, &s.host, 1));
    assert_null(violation_of(NULL, &s.host, 0));
    assert_int_equal(violation_member(&v, &s.host), 0);
    assert_int_equal(violation_member(&other, &s.host), s.host.members);
}

/* --- texts --- */

static void assert_fix(const struct violation_cause *cause, const char *expected)
{
    struct violation v = {.host = "node1", .vm = "gold", .uplink = "up0", .cause = *cause};
    char fix[VIOLATION_FIX_BYTES];
    assert_string_equal(violation_fix_text(&v, fix), expected);
}

static void a_cause_is_searched_for_once_a_second(void **state)
{
    struct scene s;
    struct violation v = {.cause.reason = VIOLATION_SQUEEZED};
    (void)state;
    set_up(&s);
    assert_false(violation_look(&v, &s.host, 0, 5000));
    s.host.fenced = true;
    assert_false(violation_look(&v, &s.host, 0, 5999));
    assert_true(violation_look(&v, &s.host, 0, 6000));
    assert_int_equal(v.cause.reason, VIOLATION_DISOBEYED);
}

static void cause_and_fix_name_the_culprit_and_the_next_command(void **state)
{
    char text[VIOLATION_CAUSE_BYTES];
    struct violation_cause cause = {.reason = VIOLATION_NO_POLICY};
    (void)state;
    assert_string_equal(violation_cause_text(&tenant, text),
                        "a guest that cannot be limited takes its part: tenant (the guest has a "
                        "root qdisc of its own)");
    assert_fix(&tenant, "in the guest: tc qdisc del dev NIC root; or enforce = host; next: daqsctl "
                        "explain node1 tenant");
    assert_fix(&cause, "let the policy keep them; next: daqsctl set-policy node1/up0 minimum");
}

static void a_name_is_one_word_of_a_shell(void **state)
{
    struct violation_cause cause = tenant;
    char name[DAQS_NAME_MAX + 1];
    char word[REMEDY_WORD_BYTES];
    (void)state;
    (void)snprintf(cause.culprit, sizeof cause.culprit, "x; echo 'y'");
    assert_fix(&cause, "in the guest: tc qdisc del dev NIC root; or enforce = host; next: daqsctl "
                       "explain node1 'x; echo '\\''y'\\'''");
    memset(name, '\'', DAQS_NAME_MAX);
    name[DAQS_NAME_MAX] = '\0';
    assert_int_equal(strlen(remedy_word(name, word)), REMEDY_WORD_BYTES - 1);
}

static void every_trouble_of_a_nic_has_a_remedy(void **state)
{
    (void)state;
    for (unsigned cause = 0; cause < 256; cause++)
        assert_true(remedy_of_nic(cause)[0] != '\0');
    const char *unknown = remedy_of_nic(255);
#define X(name, number, text)                                                                      \
    if ((number) != DAQS_CAUSE_NONE && (number) != DAQS_CAUSE_HOST_SIDE)                           \
        assert_string_not_equal(remedy_of_nic(number), unknown);
    DAQS_NIC_CAUSES(X)
#undef X
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_special_is_called_squeezed),
        cmocka_unit_test(a_link_that_is_down_is_found_before_somebody_is_blamed),
        cmocka_unit_test(a_bottleneck_behind_the_port_is_found_before_somebody_is_blamed),
        cmocka_unit_test(changes_by_the_operator_come_first),
        cmocka_unit_test(a_guest_that_is_not_limited_is_named),
        cmocka_unit_test(a_guest_that_is_limited_idle_or_elsewhere_is_innocent),
        cmocka_unit_test(a_cause_that_becomes_known_is_reported_at_once),
        cmocka_unit_test(a_cause_is_not_taken_back_because_none_is_found),
        cmocka_unit_test(another_cause_is_reported_once_it_has_lasted),
        cmocka_unit_test(a_cause_that_passes_is_not_reported),
        cmocka_unit_test(a_violation_is_found_in_its_list),
        cmocka_unit_test(a_cause_is_searched_for_once_a_second),
        cmocka_unit_test(cause_and_fix_name_the_culprit_and_the_next_command),
        cmocka_unit_test(a_name_is_one_word_of_a_shell),
        cmocka_unit_test(every_trouble_of_a_nic_has_a_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
