/* SPDX-License-Identifier: Apache-2.0 */
/* The trees of tests/data/sysfs: what the kernel shows of NICs and their virtual functions with
 * different drivers (Documentation/ABI/testing/sysfs-bus-pci, sysfs-class-net).
 *
 *   PATH -> TARGET      a link
 *   PATH = CONTENT      a file
 *   vf PCI PF NUMBER    the expected result for a function; "-" and -1: not a VF
 *   speed PF MBIT
 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agentd/host/sysfs.h"
#include "tests/lib/temp_folder.h"

static char root[TEMP_FOLDER_BYTES];

static int setup(void **state)
{
    (void)state;
    return temp_folder_make(root);
}

static int teardown(void **state)
{
    (void)state;
    return temp_folder_remove(root);
}

/* Makes a path below the root absolute, and makes its directories. */
static void place(const char *path, char full[static 512])
{
    (void)snprintf(full, 512, "%s/%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(full, 0755);
        *slash = '/';
    }
}

static unsigned checks;

static void take_line(const char *line)
{
    char full[512];
    char a[256];
    char b[256] = "";
    int number;
    if (sscanf(line, "%255s -> %255s", a, b) == 2) {
        place(a, full);
        assert_int_equal(symlink(b, full), 0);
    } else if (strstr(line, " =")) {
        (void)sscanf(line, "%255s = %255s", a, b);
        place(a, full);
        FILE *file = fopen(full, "we");
        assert_non_null(file);
        assert_true(fprintf(file, "%s\n", b) > 0);
        assert_int_equal(fclose(file), 0);
    } else if (sscanf(line, "vf %255s %255s %d", a, b, &number) == 3) {
        char name[DAQS_IFNAME_MAX + 1];
        sysfs_physical(root, a, name);
        assert_string_equal(name, strcmp(b, "-") == 0 ? "" : b);
        assert_int_equal(sysfs_vf_number(root, a), number);
        checks++;
    } else if (sscanf(line, "speed %255s %d", a, &number) == 2) {
        assert_int_equal(sysfs_link_speed(root, a), (daqs_bps)number * MBIT);
        checks++;
    } else {
        assert_true(line[0] == '#');
    }
}

static unsigned walk(const char *driver)
{
    char path[512];
    char line[600];
    (void)snprintf(path, sizeof path, "%s/tests/data/sysfs/%s", DAQS_SOURCE_DIR, driver);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    checks = 0;
    while (fgets(line, sizeof line, file))
        take_line(line);
    assert_int_equal(fclose(file), 0);
    return checks;
}

static void the_tree_of_igb_is_understood(void **state)
{
    (void)state;
    assert_int_equal(walk("igb"), 6);
}

static void the_tree_of_ice_is_understood(void **state)
{
    (void)state;
    assert_int_equal(walk("ice"), 20);
}

static void the_tree_of_mlx5_is_understood(void **state)
{
    (void)state;
    assert_int_equal(walk("mlx5"), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_tree_of_igb_is_understood, setup, teardown),
        cmocka_unit_test_setup_teardown(the_tree_of_ice_is_understood, setup, teardown),
        cmocka_unit_test_setup_teardown(the_tree_of_mlx5_is_understood, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
