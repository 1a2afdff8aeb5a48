/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/pg/pg_conninfo.h"

#include <string.h>

#include "controllerd/io/pg/pg_client.h"
#include "tests/lib/check.h"

static const char *value(struct pg_conninfo *info, size_t server, const char *keyword)
{
    static struct pg_options options;
    pg_conninfo_options(info, server, &options);
    for (size_t i = 0; options.keyword[i]; i++)
        if (strcmp(options.keyword[i], keyword) == 0)
            return options.value[i];
    return NULL;
}

static struct pg_conninfo *parsed(const char *conninfo)
{
    struct daqs_error err = {0};
    struct pg_conninfo *info = pg_conninfo_new(conninfo, "daqs c1", &err);
    if (!info)
        fail_msg("%s", err.text);
    return info;
}

static void each_server_has_its_own_host_and_port(void **state)
{
    char name[PG_SERVER_BYTES];
    (void)state;
    struct pg_conninfo *info = parsed("postgresql://daqs:pw@db1,db2:5433,db3/ledger");
    assert_int_equal(pg_conninfo_servers(info), 3);
    assert_string_equal(value(info, 0, "host"), "db1");
    assert_string_equal(value(info, 1, "host"), "db2");
    assert_string_equal(value(info, 1, "port"), "5433");
    assert_string_equal(value(info, 2, "host"), "db3");
    assert_string_equal(value(info, 2, "dbname"), "ledger");
    assert_string_equal(pg_conninfo_server(info, 1, name), "db2:5433");
    pg_conninfo_free(info);
    info = parsed("host=db1,db2 port=6432 user=daqs");
    assert_string_equal(value(info, 1, "port"), "6432");
    pg_conninfo_free(info);
    info = parsed("hostaddr=10.0.0.1,10.0.0.2 dbname=x");
    assert_int_equal(pg_conninfo_servers(info), 2);
    assert_string_equal(value(info, 1, "hostaddr"), "10.0.0.2");
    assert_string_equal(pg_conninfo_server(info, 1, name), "10.0.0.2");
    pg_conninfo_free(info);
}

static void a_string_without_a_host_is_one_server(void **state)
{
    char name[PG_SERVER_BYTES];
    (void)state;
    struct pg_conninfo *info = parsed("dbname=x");
    assert_int_equal(pg_conninfo_servers(info), 1);
    assert_null(value(info, 0, "host"));
    assert_string_equal(pg_conninfo_server(info, 0, name), "local socket");
    pg_conninfo_free(info);
}

static void what_the_operator_has_set_is_not_replaced(void **state)
{
    (void)state;
    struct pg_conninfo *info = parsed("host=db1");
    assert_string_equal(value(info, 0, "tcp_user_timeout"), "5000");
    assert_string_equal(value(info, 0, "target_session_attrs"), "read-write");
    assert_string_equal(value(info, 0, "application_name"), "daqs c1");
    assert_string_equal(value(info, 0, "client_encoding"), "UTF8");
    pg_conninfo_free(info);
    info = parsed("host=db1 tcp_user_timeout=1 target_session_attrs=any "
                  "application_name=mine client_encoding=LATIN1 sslmode=verify-full");
    assert_string_equal(value(info, 0, "tcp_user_timeout"), "1");
    assert_string_equal(value(info, 0, "target_session_attrs"), "any");
    assert_string_equal(value(info, 0, "application_name"), "mine");
    assert_string_equal(value(info, 0, "sslmode"), "verify-full");
    assert_string_equal(value(info, 0, "client_encoding"), "UTF8");
    pg_conninfo_free(info);
}

static void an_error_quotes_nothing_of_the_string(void **state)
{
    static const char *const bad[] = {
        "host=db1 hunter2",
        "postgresql://daqs:hunter2@[db1/x",
        "postgresql://daqs@db1/x?hunter2=1",
        "postgresql://daqs@db1/x?password=%zzhunter2",
        "host=db1 password='hunter2",
        "hunter2=x",
        "host=a,b,c port=1,2 password=hunter2",
        "host=a,b hostaddr=1.1.1.1 password=hunter2",
        "password=hunter2 host=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct daqs_error err = {0};
        assert_int_equal(pg_conninfo_check(bad[i], &err), DAQS_EINVALID);
        assert_true(*err.text);
        assert_null(strstr(err.text, "hunter2"));
    }
    assert_int_equal(pg_conninfo_check("postgresql://daqs@db1/x", NULL), DAQS_OK);
}

static void the_name_has_no_user_and_no_password(void **state)
{
    char name[PG_NAME_BYTES];
    (void)state;
    assert_string_equal(
        pg_conninfo_name("postgresql://alice:hunter2@db1,db2:5433/ledger?sslmode=require", name),
        "db1,db2:5433/ledger");
    assert_string_equal(pg_conninfo_name("user=alice password=hunter2", name), "local socket");
    assert_string_equal(pg_conninfo_name("nonsense", name), "");
}

static void a_long_list_of_hosts_is_cut_in_the_name(void **state)
{
    char conninfo[PG_SERVERS_MOST * 201 + 8] = "host=";
    char name[PG_NAME_BYTES];
    (void)state;
    for (int i = 0; i < PG_SERVERS_MOST; i++) {
        size_t at = strlen(conninfo);
        memset(conninfo + at, 'a' + i, 200);
        conninfo[at + 200] = i < PG_SERVERS_MOST - 1 ? ',' : '\0';
        conninfo[at + 201] = '\0';
    }
    assert_int_equal(pg_conninfo_check(conninfo, NULL), DAQS_OK);
    assert_int_equal(strlen(pg_conninfo_name(conninfo, name)), PG_NAME_BYTES - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_server_has_its_own_host_and_port),
        cmocka_unit_test(a_string_without_a_host_is_one_server),
        cmocka_unit_test(what_the_operator_has_set_is_not_replaced),
        cmocka_unit_test(an_error_quotes_nothing_of_the_string),
        cmocka_unit_test(the_name_has_no_user_and_no_password),
        cmocka_unit_test(a_long_list_of_hosts_is_cut_in_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
