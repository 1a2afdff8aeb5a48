/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/reloader.h"

#include <stdio.h>
#include <string.h>

#include "controllerd/core/access/name_limits.h"
#include "tests/lib/check.h"

enum { HOUR_MS = 3600000 };

static char told[256];

static void on_invalid(void *arg, const char *host, const char *vm, bool kept)
{
    const size_t used = strlen(told);
    (void)arg;
    (void)snprintf(told + used, sizeof told - used, "%s/%s%s ", host, vm, kept ? "" : "?");
}

/* Reads SLAs that are not valid, of this host and of another one. */
static void read_invalid(const struct reloader *reloader, const char *host, int64_t now_ms)
{
    struct image image;
    image_init(&image, false);
    image_add_sla(&image, &(struct image_sla){.host = host, .vm = "db1"});
    image_add_sla(&image, &(struct image_sla){.host = host, .vm = "db2"});
    image_add_sla(&image, &(struct image_sla){.host = "node2", .vm = "db1"});
    reloader_complete(reloader, &image, now_ms);
    image_done(&image);
}

static void an_sla_that_is_not_valid_is_told_once_an_hour_for_a_host(void **state)
{
    const struct sla gold = {.min = 1000000000, .max = DAQS_UNLIMITED, .weight = 1};
    struct reloader reloader = {
        .ledger = ledger_new(), .told = name_limits_new(1), .invalid = on_invalid};
    (void)state;
    assert_non_null(reloader.ledger);
    assert_non_null(reloader.told);
    assert_int_equal(ledger_put(reloader.ledger, "node1", "db1", &gold, 4, "kim"), DAQS_OK);
    read_invalid(&reloader, "node1", 1000);
    assert_string_equal(told, "node1/db1 node2/db1? ");
    told[0] = '\0';
    read_invalid(&reloader, "node1", HOUR_MS);
    assert_string_equal(told, "");
    read_invalid(&reloader, "node3", HOUR_MS);
    assert_string_equal(told, "node3/db1? ");
    told[0] = '\0';
    read_invalid(&reloader, "node1", HOUR_MS + 1000);
    assert_string_equal(told, "node1/db1 node2/db1? ");
    name_limits_free(reloader.told);
    ledger_free(reloader.ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_sla_that_is_not_valid_is_told_once_an_hour_for_a_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
