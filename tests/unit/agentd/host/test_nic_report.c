/* SPDX-License-Identifier: Apache-2.0 */
/* What --check-config reports about the NICs of the uplinks. */
#include "tests/lib/check.h"

#include "agentd/host/nic_report.h"

#include <string.h>
#include <unistd.h>

#include "tests/lib/temp_folder.h"

static char root[TEMP_FOLDER_BYTES];
static char *said;

static int setup(void **state)
{
    (void)state;
    return temp_folder_make(root);
}

static int teardown(void **state)
{
    (void)state;
    free(said);
    said = NULL;
    return temp_folder_remove(root);
}

static void add(const char *ifname, const char *driver)
{
    char path[256];
    char link[256];
    (void)snprintf(path, sizeof path, "%s/class", root);
    (void)mkdir(path, 0755);
    (void)snprintf(path, sizeof path, "%s/class/net", root);
    (void)mkdir(path, 0755);
    (void)snprintf(path, sizeof path, "%s/class/net/%s", root, ifname);
    assert_int_equal(mkdir(path, 0755), 0);
    (void)snprintf(path, sizeof path, "%s/class/net/%s/device", root, ifname);
    assert_int_equal(mkdir(path, 0755), 0);
    (void)snprintf(path, sizeof path, "%s/class/net/%s/device/driver", root, ifname);
    (void)snprintf(link, sizeof link, "../../../bus/pci/drivers/%s", driver);
    assert_int_equal(symlink(link, path), 0);
}

static const char *report(const char *const *name, size_t count)
{
    static struct uplink uplink[DAQS_MAX_UPLINKS];
    size_t bytes;
    memset(uplink, 0, sizeof uplink);
    for (size_t i = 0; i < count; i++)
        (void)snprintf(uplink[i].name, sizeof uplink[i].name, "%s", name[i]);
    FILE *out = open_memstream(&said, &bytes);
    assert_non_null(out);
    nic_report(root, uplink, count, out);
    assert_int_equal(fclose(out), 0);
    return said;
}

static void n3_each_uplink_has_its_drivers_row(void **state)
{
    static const char *const names[] = {"ens1", "ens2", "br0", "../etc"};
    (void)state;
    add("ens1", "i40e");
    add("ens2", "e1000e");
    const char *text = report(names, 4);
    assert_non_null(strstr(text, "uplink ens1: driver i40e: lowest VF rate: 50 Mbit/s; "));
    assert_non_null(strstr(text, "; VF counters: fresh; "));
    assert_non_null(strstr(text, "uplink ens2: driver e1000e, about which nothing is known\n"));
    assert_null(strstr(text, "br0"));
    assert_null(strstr(text, "etc"));
}

static void the_name_of_a_driver_is_bounded(void **state)
{
    static const char *const names[] = {"ens1"};
    char longest[101];
    (void)state;
    memset(longest, 'x', 100);
    longest[100] = '\0';
    add("ens1", longest);
    assert_string_equal(report(names, 1), "");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(n3_each_uplink_has_its_drivers_row),
        CASE(the_name_of_a_driver_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
