/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "agentd/core/pve_labels.h"

static struct vm_labels labels;

static void read_config(const char *config)
{
    labels = (struct vm_labels){.count = 0};
    pve_labels_read(config, &labels);
}

static void read_pool(const char *user_cfg, const char *vmid)
{
    labels = (struct vm_labels){.count = 0};
    pve_labels_add_pool(user_cfg, vmid, &labels);
}

static void assert_label(const char *key, const char *value)
{
    const char *found = vm_labels_find(&labels, key);
    if (!found)
        fail_msg("there is no %s", key);
    assert_string_equal(found, value);
}

static void the_name_is_the_title(void **state)
{
    (void)state;
    read_config("boot: order=scsi0\nname: db1\nonboot: 1\n");
    assert_string_equal(labels.title, "db1");
    assert_int_equal(labels.count, 0);
}

static void each_tag_is_a_label(void **state)
{
    (void)state;
    read_config("tags: prod;web\n");
    assert_int_equal(labels.count, 2);
    assert_label("pve-tag", "prod");
    assert_string_equal(labels.label[1].value, "web");
    read_config("tags: prod, web\r\n"); /* as written by hand */
    assert_int_equal(labels.count, 2);
    read_config("tags:\n");
    assert_int_equal(labels.count, 0);
}

static void tags_ask_for_an_sla(void **state)
{
    (void)state;
    read_config("tags: daqs-class-gold;daqs-min-2.5gbit;daqs-tenant-acme-corp\n");
    assert_label("sla-class", "gold");
    assert_label("sla-min", "2.5gbit");
    assert_label("sla-tenant", "acme-corp");
    assert_null(vm_labels_find(&labels, VM_LABEL_PROBLEM));
}

static void tags_that_are_not_understood_are_a_problem(void **state)
{
    static const char *const tags[] = {"tags: daqs-gold", "tags: daqs-class", "tags: daqs-",
                                       "tags: daqs-clas-gold"};
    (void)state;
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        read_config(tags[i]);
        assert_non_null(vm_labels_find(&labels, VM_LABEL_PROBLEM));
        assert_int_equal(labels.count, 2);
    }
}

static void rates_are_those_of_the_nics(void **state)
{
    (void)state;
    read_config("net0: virtio=BC:24:11:00:00:01,bridge=vmbr0,rate=12.5\n"
                "net1: virtio=BC:24:11:00:00:02,bridge=vmbr0\nnet10: virtio,rate=1\n");
    assert_int_equal(labels.count, 2);
    assert_label("pve-rate-net0", "12.5");
    assert_label("pve-rate-net10", "1");
}

static void pending_changes_and_snapshots_do_not_count(void **state)
{
    (void)state;
    read_config("name: db1\ntags: a\n[PENDING]\nname: db2\ntags: b\n[before]\nname: db3\n");
    assert_string_equal(labels.title, "db1");
    assert_int_equal(labels.count, 1);
}

/* Reads a line that begins and ends with these texts, with this many digits between them. */
static void read_long(const char *start, int digits, const char *end)
{
    char config[2048];
    (void)snprintf(config, sizeof config, "%s%0*d%s", start, digits, 1, end);
    read_config(config);
}

static void what_is_too_long_is_left_out(void **state)
{
    (void)state;
    read_long("tags: ", 300, "\n");
    assert_int_equal(labels.count, 0);
    read_long("net", 300, ": virtio,rate=1\n");
    assert_int_equal(labels.count, 0);
    read_long("net0: virtio,rate=", 300, "\n");
    assert_int_equal(labels.count, 0);
    read_long("name: ", 1000, "\n");
    assert_int_equal(strlen(labels.title), DAQS_TITLE_MAX);
}

/* Wherever the bound is: "daqs-class-golden" is never taken for "daqs-class-gold". */
static void a_list_of_tags_is_not_cut_within_a_tag(void **state)
{
    char config[2048];
    (void)state;
    for (int before = 900; before < 1200; before++) {
        (void)snprintf(config, sizeof config, "tags: %0*d;daqs-class-golden;x", before, 1);
        read_config(config);
        const char *asked = vm_labels_find(&labels, "sla-class");
        assert_true(!asked || strcmp(asked, "golden") == 0);
        assert_null(vm_labels_find(&labels, VM_LABEL_PROBLEM));
    }
}

static const char users[] = "user:root@pam:1:0:::a@example.org::\n"
                            "group:ops:kim@pve:\n"
                            "pool:prod:Production: 100,101 :local:\n"
                            "pool:test::1001,7::\n"
                            "acl:1:/:@ops:Administrator:\n";

static void the_pool_is_the_one_that_lists_the_vm(void **state)
{
    (void)state;
    read_pool(users, "100");
    assert_label("pve-pool", "prod");
    read_pool(users, "101");
    assert_label("pve-pool", "prod");
    read_pool(users, "7");
    assert_label("pve-pool", "test");
    read_pool(users, "10");
    assert_int_equal(labels.count, 0);
    read_pool(users, "1");
    assert_int_equal(labels.count, 0);
    read_pool("", "1");
    assert_int_equal(labels.count, 0);
    read_pool("pool:short:100\npool\n:::\n", "100");
    assert_int_equal(labels.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_is_the_title),
        cmocka_unit_test(each_tag_is_a_label),
        cmocka_unit_test(tags_ask_for_an_sla),
        cmocka_unit_test(tags_that_are_not_understood_are_a_problem),
        cmocka_unit_test(rates_are_those_of_the_nics),
        cmocka_unit_test(pending_changes_and_snapshots_do_not_count),
        cmocka_unit_test(what_is_too_long_is_left_out),
        cmocka_unit_test(a_list_of_tags_is_not_cut_within_a_tag),
        cmocka_unit_test(the_pool_is_the_one_that_lists_the_vm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
