/* SPDX-License-Identifier: Apache-2.0 */
/* The test plays the database. */
#include "tests/lib/check.h"

#include "controllerd/io/group/stay_find.h"
#include "tests/lib/fake_pg.h"

static struct stay_find find;
static int result;

static void on_found(struct stay_find *found, int code)
{
    assert_ptr_equal(found, &find);
    result = code;
}

static struct pg_client *submit(const char *host)
{
    struct pg_client *pg = pg_client_new("", "", NULL);
    assert_non_null(pg);
    find = (struct stay_find){.done = on_found};
    result = DAQS_EBUSY;
    assert_int_equal(stay_find_submit(&find, pg, 99, host), DAQS_OK);
    return pg;
}

static void the_newest_stays_come_in_the_order_of_time(void **state)
{
    (void)state;
    struct pg_client *pg = submit("a");
    struct pg_job *job = fake_pg_first(pg);
    assert_string_equal(fake_pg_param(job, 0, 0), "99");
    assert_string_equal(fake_pg_param(job, 1, 0), "a");
    fake_pg_row(job, 1, 2, "3000", "c2");
    fake_pg_row(job, 1, 2, "x", "c9");
    fake_pg_row(job, 1, 2, "2000", "");
    fake_pg_row(job, 1, 2, "1000", "c1");
    fake_pg_done(pg);
    assert_int_equal(result, DAQS_OK);
    assert_int_equal(find.stays, 2);
    assert_string_equal(find.stay[0].member, "c1");
    assert_int_equal(find.stay[0].since_ms, 1000);
    assert_string_equal(find.stay[1].member, "c2");
    pg_client_free(pg);
}

static void a_silent_database_is_told(void **state)
{
    (void)state;
    struct pg_client *pg = submit("a");
    fake_pg_fail(pg, PG_NOT_DONE, PG_CLASS_SILENT, NULL);
    assert_int_equal(result, DAQS_ETIMEOUT);
    assert_int_equal(find.stays, 0);
    fake_pg_refuse(pg, DAQS_EBUSY);
    assert_int_equal(stay_find_submit(&find, pg, 99, "a"), DAQS_EBUSY);
    pg_client_free(pg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_stays_come_in_the_order_of_time),
        cmocka_unit_test(a_silent_database_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
