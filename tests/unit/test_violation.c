#include "tests/lib/check.h"

#include "controllerd/core/violation.h"

/* gold, guaranteed and squeezed, and two others on its uplink; a third is on another. */
struct scene {
    struct fleet_uplink uplink[2];
    struct fleet_vm vm[4];
    struct fleet_member member[4];
    struct fleet_nic nic[4];
    struct fleet_host host;
};

static void set_up(struct scene *s)
{
    *s = (struct scene){.vm = {{.sla = {.min = 100 * MBIT, .max = DAQS_UNLIMITED, .weight = 1}}}};
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t uplink = i == 3;
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
    s->host = (struct fleet_host){.uplinks = 2,
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
    uint32_t found = 0;
    assert_int_equal(violation_find(&s->host, 0, &found), reason);
    assert_int_equal(found, culprit);
    assert_true(violation_reason_text(reason)[0] != '\0');
}

static void nothing_special_is_called_squeezed(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    assert_found(&s, VIOLATION_SQUEEZED, UINT32_MAX);
    s.nic[1].applied = DAQS_UNLIMITED; /* well, and not limited yet */
    assert_found(&s, VIOLATION_SQUEEZED, UINT32_MAX);
}

static void what_the_operator_did_comes_first(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    s.member[0].reason = POLICY_OVERSUBSCRIBED;
    assert_found(&s, VIOLATION_OVERSUBSCRIBED, UINT32_MAX);
    s.member[0].reason = POLICY_CEILING;
    assert_found(&s, VIOLATION_CEILING, UINT32_MAX);
    s.uplink[0].mode = POLICY_MODE_FAIR;
    assert_found(&s, VIOLATION_NO_POLICY, UINT32_MAX);
    s.host.disobeys = true;
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
    s.nic[2].state = DAQS_NIC_TAMPERED; /* its limit is set, it just does not bite */
    s.nic[2].usage = 70 * MBIT;
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
    s.nic[1].state = DAQS_NIC_UNRESPONSIVE; /* but held to what was set before */
    s.nic[2].state = DAQS_NIC_UNMANAGED;
    s.nic[2].applied = DAQS_UNLIMITED;
    s.nic[2].usage = 0;
    s.nic[3].state = DAQS_NIC_UNMANAGED;
    s.nic[3].applied = DAQS_UNLIMITED;
    s.nic[0].state = DAQS_NIC_UNMANAGED; /* itself */
    assert_found(&s, VIOLATION_SQUEEZED, UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_special_is_called_squeezed),
        cmocka_unit_test(what_the_operator_did_comes_first),
        cmocka_unit_test(a_guest_that_is_not_limited_is_named),
        cmocka_unit_test(a_guest_that_is_limited_idle_or_elsewhere_is_innocent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
