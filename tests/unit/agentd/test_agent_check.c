/* SPDX-License-Identifier: Apache-2.0 */
/* What --check-config and the first lines of the log report about an uplink without VFs. */
#include "tests/lib/check.h"

#include <string.h>

#include "agentd/agent_check.h"
#include "tests/lib/temp_folder.h"

static char root[TEMP_FOLDER_BYTES];
static char said[AGENT_CHECK_BYTES];

static void add(const char *path, const char *text)
{
    char full[512];
    (void)snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(full, 0755);
        *slash = '/';
    }
    FILE *file = fopen(full, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
    (void)state;
    int result = temp_folder_make(root);
    if (result != 0)
        return result;
    add("class/net/a/device/sriov_totalvfs", "8\n");
    add("class/net/b/device/sriov_totalvfs", "8\n");
    add("class/net/eno1/device/vendor", "0x8086\n");
    add("class/net/bond0/lower_a", "");
    add("class/net/bond0/lower_b", "");
    add("class/net/bond1/lower_eno1", "");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return temp_folder_remove(root);
}

static void n7_the_ports_of_a_bond_have_its_vfs(void **state)
{
    const struct uplink bond = {.name = "bond0"};
    (void)state;
    assert_true(agent_check_elsewhere(&bond, bond.name, root, said));
    assert_non_null(strstr(said, "bond0 has no VFs; its ports a, b have VFs: name them with pfs"));
}

static void n7_so_they_have_where_limits_are_set_on_vfs(void **state)
{
    const struct uplink listed = {
        .name = "bond0", .nics = UPLINK_NICS_LISTED, .enforce = ENFORCE_HOST};
    const struct uplink guests = {
        .name = "bond0", .nics = UPLINK_NICS_LISTED, .enforce = ENFORCE_GUEST};
    (void)state;
    assert_true(agent_check_elsewhere(&listed, listed.name, root, said));
    assert_false(agent_check_elsewhere(&guests, guests.name, root, said));
    assert_string_equal(said, "");
}

static void uplinks_with_vfs_or_without_any_beneath_are_let_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct uplink uplink = {.nics = UPLINK_NICS_HOSTDEV};
        (void)snprintf(uplink.name, sizeof uplink.name, "%s",
                       (const char *const[]){"a", "bond1", "none", "../net/bond0"}[i]);
        assert_false(agent_check_elsewhere(&uplink, uplink.name, root, said));
    }
    const struct uplink named = {.name = "bond0", .pf = {"a", "b"}, .pfs = 2};
    assert_false(agent_check_elsewhere(&named, named.name, root, said));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(n7_the_ports_of_a_bond_have_its_vfs),
        CASE(n7_so_they_have_where_limits_are_set_on_vfs),
        CASE(uplinks_with_vfs_or_without_any_beneath_are_let_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
