/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts at a member of a group, c1, whose other member is c2. The test plays the database and the
 * agents. */
#include "tests/lib/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/group/contest.h"
#include "controllerd/io/fleet/homes.h"
#include "controllerd/io/group/group.h"
#include "shared/wire/bus.h"
#include "tests/lib/fake_pg.h"

enum { SECOND = 1000, HOSTS = 64, NAME = 16 };

struct scene {
    struct pg_client *pg;
    struct group *group;
    struct fleet *fleet;
    struct roster *roster;
    struct ledger *ledger;
    struct agent_conns *conns;
    struct policy_overrides overrides;
    struct controller_config config;
    struct controller_counters count;
    struct push *push;
    struct homes *homes;
    uint64_t epoch;
    int64_t now_ms;
    bool alone;        /* c2 does not beat */
    bool answers;      /* c2 answers over the peer link */
    char served[NAME]; /* a host that c2 has written as its own; "": none */
    unsigned written;  /* exchanges that wrote hosts of c1 */
    unsigned moved;
    unsigned claimed;
    unsigned told; /* members of whose hosts this one has adopted one */
    size_t told_last;
    char moved_last[2 * NAME];
    unsigned welcomes;
    unsigned limits;
    struct wire_welcome welcome; /* the last one; its texts are in the arena */
    uint64_t limits_epoch;
    struct daqs_arena arena;
};

static int64_t scene_now(void *arg)
{
    return ((struct scene *)arg)->now_ms;
}

static void on_send_away(void *arg, const char *host, const struct daqs_member_info *member,
                         size_t count, enum move_reason reason)
{
    homes_send_away(((struct scene *)arg)->homes, host, member, count, reason);
}

static void on_served(void *arg, const char *host, const char *member)
{
    struct scene *s = arg;
    homes_served(s->homes, host, member, s->now_ms);
}

static void on_moved(void *arg, const char *host, const char *member)
{
    struct scene *s = arg;
    s->moved++;
    (void)snprintf(s->moved_last, sizeof s->moved_last, "%s %s", host, member);
}

static void on_claimed(void *arg, const struct fleet_host *host, const char *member)
{
    struct scene *s = arg;
    (void)host;
    (void)member;
    s->claimed++;
}

static void on_adopted(void *arg, const char *host, size_t member)
{
    struct scene *s = arg;
    assert_string_equal(host, "host1");
    s->told++;
    s->told_last = member;
}

static int on_send(void *arg, const struct net_route *route, const void *bytes, size_t length)
{
    struct scene *s = arg;
    struct wire_message message;
    (void)route;
    daqs_arena_reset(&s->arena);
    assert_int_equal(wire_decode(bytes, length, &s->arena, &message, NULL), DAQS_OK);
    s->welcomes += message.type == WIRE_WELCOME;
    s->limits += message.type == WIRE_LIMITS;
    if (message.type == WIRE_WELCOME)
        s->welcome = message.welcome;
    else
        s->limits_epoch = message.limits.epoch;
    return DAQS_OK;
}

static struct group *make_group(struct scene *s)
{
    return group_new(&(struct group_setup){.pg = s->pg,
                                           .name = "c1",
                                           .advertise = "tcp://c1:7420",
                                           .peer = "tcp://c1:7422",
                                           .version = "1",
                                           .weight = 1,
                                           .lost_after_ms = 6 * SECOND,
                                           .settle_ms = 30 * SECOND,
                                           .move_rate = 1000,
                                           .send_away = on_send_away,
                                           .served = on_served,
                                           .now_ms = scene_now,
                                           .arg = s},
                     NULL);
}

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    *state = s;
    s->now_ms = 5 * SECOND;
    s->epoch = 10;
    s->config.lease_ms = 3 * SECOND;
    daqs_arena_init(&s->arena, (size_t)1 << 20);
    s->pg = pg_client_new("", "", NULL);
    s->group = make_group(s);
    s->fleet = fleet_new(2 * HOSTS, 8);
    s->roster = roster_new();
    s->ledger = ledger_new();
    s->conns = agent_conns_new();
    s->push = push_new(&(struct push_setup){.fleet = s->fleet,
                                            .ledger = s->ledger,
                                            .conns = s->conns,
                                            .overrides = &s->overrides,
                                            .config = &s->config,
                                            .send = on_send,
                                            .arg = s,
                                            .count = &s->count,
                                            .member = "c1"});
    s->homes = homes_new(&(struct homes_setup){.group = s->group,
                                               .fleet = s->fleet,
                                               .roster = s->roster,
                                               .conns = s->conns,
                                               .push = s->push,
                                               .epoch = &s->epoch,
                                               .count = &s->count,
                                               .moved = on_moved,
                                               .claimed = on_claimed,
                                               .adopted = on_adopted,
                                               .arg = s});
    return s->group && s->fleet && s->roster && s->ledger && s->conns && s->push && s->homes ? 0
                                                                                             : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    homes_free(s->homes);
    push_free(s->push);
    agent_conns_free(s->conns);
    roster_free(s->roster);
    fleet_free(s->fleet);
    ledger_free(s->ledger);
    pg_client_free(s->pg);
    group_free(s->group);
    daqs_arena_done(&s->arena);
    free(s);
    return 0;
}

/* Answers as the database, which stores all that is written. */
static void answer_write(struct scene *s, struct pg_job *job)
{
    s->written++;
    for (size_t i = 1; i < job->statements; i++)
        if (strncmp(job->statement[i].sql, "SELECT member FROM", 18) == 0)
            fake_pg_row(job, i, 1, "c1");
}

static void answer_read(const struct scene *s, struct pg_job *job, const char *beat)
{
    const size_t last = job->statements - 1;
    if (*s->served)
        fake_pg_row(job, last, 3, s->served, "c2", beat);
}

static void answer_beat(const struct scene *s, struct pg_job *job, const char *beat)
{
    const size_t last = job->statements - 1;
    fake_pg_row(job, last, 9, "c1", fake_pg_param(job, 2, 1), beat, "1", "tcp://c1:7420", "", "",
                "1", "serving");
    fake_pg_row(job, last, 9, "c2", "5", s->alone ? "0" : beat, "1", "tcp://c2:7420",
                "tcp://c2:7422", "", "1", "serving");
}

static void answer(struct scene *s)
{
    for (struct pg_job *job; (job = fake_pg_first(s->pg)) != NULL; fake_pg_done(s->pg)) {
        char beat[24];
        (void)snprintf(beat, sizeof beat, "%" PRId64, s->now_ms);
        if (strstr(job->statement[job->statements - 1].sql, "FROM daqs.member"))
            answer_beat(s, job, beat);
        else if (job->access == PG_READ)
            answer_read(s, job, beat);
        else
            answer_write(s, job);
    }
}

/* Runs for a while: both members beat, and present hosts are heard. */
static void pass(struct scene *s, int64_t ms)
{
    for (const int64_t until_ms = s->now_ms + ms; s->now_ms < until_ms;) {
        s->now_ms += 100;
        for (size_t i = 0; i < fleet_count(s->fleet); i++)
            fleet_at(s->fleet, i)->heard_ms = s->now_ms;
        if (s->answers)
            group_peer_said(s->group, "c2", false, s->now_ms);
        group_tick(s->group, s->now_ms);
        homes_tick(s->homes, s->now_ms);
        answer(s);
    }
}

static const struct daqs_inventory nothing = {0};

static struct wire_hello hello_of(char name[static NAME], int number)
{
    (void)snprintf(name, NAME, "host%d", number);
    return (struct wire_hello){.host = name,
                               .version = "",
                               .instance = 1,
                               .generation = 3,
                               .epoch = 70,
                               .poll_ms = 100,
                               .redirectable = true};
}

/* As the bus does. Returns the host; NULL: it was sent elsewhere. */
static struct fleet_host *greet(struct scene *s, const struct wire_hello *hello)
{
    const struct connection connection = {.fd = -1};
    struct net_route route = {.length = NAME};
    struct fleet_host *host = NULL;
    struct adoption adoption;
    (void)snprintf((char *)route.id, NAME, "%s", hello->host);
    if (!homes_hello(s->homes, &route, hello->host, hello, s->now_ms, &adoption))
        return NULL;
    assert_int_equal(fleet_hello(s->fleet, s->ledger, hello->host, "", hello->instance,
                                 hello->generation, hello->poll_ms, &nothing, s->now_ms, &host,
                                 NULL),
                     DAQS_OK);
    assert_non_null(agent_conns_adopt(s->conns, &route, &connection, host));
    assert_true(push_hello(s->push, host));
    homes_adopt(s->homes, host, hello, &adoption, s->now_ms);
    assert_true(fleet_report(host, hello->generation, 1, 0, NULL, 0, s->now_ms));
    return host;
}

/* host1 says hello once the records are known; its name is written to 'name'. */
static struct fleet_host *greet_first(struct scene *s, char name[static NAME])
{
    const struct wire_hello hello = hello_of(name, 1);
    homes_records_known(s->homes, s->now_ms);
    struct fleet_host *host = greet(s, &hello);
    assert_non_null(host);
    return host;
}

static int greet_all(struct scene *s)
{
    char name[NAME];
    int here = 0;
    for (int i = 0; i < HOSTS; i++) {
        const struct wire_hello hello = hello_of(name, i);
        here += greet(s, &hello) != NULL;
    }
    return here;
}

static void a_host_is_served_at_home_and_told_where_else_to_go(void **state)
{
    struct scene *s = *state;
    char name[NAME];
    homes_records_known(s->homes, s->now_ms);
    pass(s, 40 * SECOND);
    for (int i = 0; i < HOSTS; i++) {
        const struct wire_hello hello = hello_of(name, i);
        const struct fleet_host *host = greet(s, &hello);
        assert_string_equal(s->welcome.member, "c1");
        assert_int_equal(s->welcome.elsewhere, 2);
        assert_string_equal(s->welcome.elsewhere_member[0].name, host ? "c1" : "c2");
        assert_string_equal(s->welcome.elsewhere_member[1].name, host ? "c2" : "c1");
        assert_int_equal(s->welcome.epoch, 71);
        assert_int_equal(s->welcome.generation, 3);
        if (host)
            assert_int_equal(host->epoch, 71);
    }
    assert_in_range(s->count.hosts_sent_away, HOSTS / 4, 3 * HOSTS / 4);
    assert_int_equal(fleet_count(s->fleet), HOSTS - s->count.hosts_sent_away);
}

static void limits_have_the_epoch_of_the_host(void **state)
{
    struct scene *s = *state;
    char name[NAME];
    (void)greet_first(s, name);
    push_slas_changed(s->push, name, s->now_ms);
    assert_int_equal(s->limits, 1);
    assert_int_equal(s->limits_epoch, 71);
}

/* "No SLA" would be believed, and the guarantees that the agent has saved would be gone. */
static void nothing_is_pushed_before_the_slas_are_known(void **state)
{
    struct scene *s = *state;
    char name[NAME];
    const struct wire_hello hello = hello_of(name, 1);
    const struct fleet_host *host = greet(s, &hello);
    assert_non_null(host);
    assert_true(host->withheld);
    push_slas_changed(s->push, name, s->now_ms);
    push_all(s->push, s->now_ms);
    push_renew(s->push, s->now_ms);
    assert_int_equal(s->limits, 0);
    homes_records_known(s->homes, s->now_ms);
    assert_false(host->withheld);
    assert_int_equal(s->limits, 1);
}

static void a_member_that_joins_gets_its_hosts_and_the_others_hear_of_it(void **state)
{
    struct scene *s = *state;
    s->alone = true;
    homes_records_known(s->homes, s->now_ms);
    pass(s, 20 * SECOND);
    assert_int_equal(greet_all(s), HOSTS);
    s->alone = false;
    s->welcomes = 0;
    pass(s, 20 * SECOND);
    assert_int_equal(s->count.hosts_sent_away, 0); /* c2 has not settled */
    assert_int_equal(s->welcomes, HOSTS);          /* its rank as a fallback has changed */
    pass(s, 60 * SECOND);
    assert_in_range(s->count.hosts_sent_away, HOSTS / 4, 3 * HOSTS / 4);
}

static void a_host_that_left_for_the_member_it_was_sent_to_has_moved(void **state)
{
    struct scene *s = *state;
    s->alone = true;
    homes_records_known(s->homes, s->now_ms);
    pass(s, 20 * SECOND);
    assert_int_equal(greet_all(s), HOSTS);
    group_leave(s->group);
    s->alone = false;
    pass(s, MOVES_NOTICE_MS + 2 * SECOND);
    for (size_t i = 0; i < fleet_count(s->fleet); i++)
        homes_left(s->homes, fleet_at(s->fleet, i), true, s->now_ms);
    assert_int_equal(s->moved, HOSTS);
    assert_int_equal(group_staying(s->group), 0);
}

/* Otherwise this member would report it as away while another one serves it. */
static void a_host_that_another_member_serves_and_is_silent_here_is_forgotten(void **state)
{
    struct scene *s = *state;
    char name[NAME];
    struct fleet_host *host = greet_first(s, name);
    homes_served(s->homes, name, "c2", s->now_ms);
    assert_int_equal(s->moved, 0); /* it is heard here: the row is out of date */
    host->heard_ms = s->now_ms - 60 * SECOND;
    homes_served(s->homes, name, "c1", s->now_ms);
    assert_int_equal(s->moved, 0);
    homes_served(s->homes, name, "c2", s->now_ms);
    assert_int_equal(s->moved, 1);
    assert_string_equal(s->moved_last, "host1 c2");
}

static void the_member_that_has_served_a_host_is_told(void **state)
{
    struct scene *s = *state;
    char name[NAME];
    const struct wire_hello hello = hello_of(name, 1);
    homes_records_known(s->homes, s->now_ms);
    (void)snprintf(s->served, sizeof s->served, "%s", name);
    pass(s, 2 * SECOND);
    assert_non_null(greet(s, &hello));
    assert_int_equal(s->told, 1);
    assert_string_equal(members_at(group_members(s->group), s->told_last)->row.name, "c2");
}

/* The database does not answer this one. */
static void a_host_that_another_member_says_it_serves_is_forgotten(void **state)
{
    struct scene *s = *state;
    char name[NAME];
    const struct wire_hello hello = hello_of(name, 1);
    homes_records_known(s->homes, s->now_ms);
    pass(s, SECOND);
    roster_in_group(s->roster);
    roster_set(s->roster, name, ROSTER_HAS_SLA, true, s->now_ms);
    struct fleet_host *host = greet(s, &hello);
    assert_non_null(host);
    assert_true(roster_heard(s->roster, host, s->now_ms));
    pass(s, 2 * SECOND);
    host->heard_ms = s->now_ms - 60 * SECOND;
    homes_told_adopted(s->homes, name, "stranger", s->now_ms);
    homes_told_adopted(s->homes, "host2", "c2", s->now_ms);
    assert_int_equal(s->moved, 0);
    assert_int_equal(group_staying(s->group), 1);
    homes_told_adopted(s->homes, name, "c2", s->now_ms);
    assert_int_equal(s->moved, 1);
    assert_int_equal(group_staying(s->group), 0); /* when it comes again, its minute begins then */
    assert_string_equal(s->moved_last, "host1 c2");
    roster_forget(s->roster, name); /* as the forgetter does */
    homes_tick(s->homes, s->now_ms);
    assert_null(roster_find(s->roster, name)); /* this member does not answer for it */
}

static void a_row_that_is_out_of_date_is_written_again(void **state)
{
    struct scene *s = *state;
    char name[NAME];
    const struct wire_hello hello = hello_of(name, 1);
    homes_records_known(s->homes, s->now_ms);
    assert_non_null(greet(s, &hello));
    pass(s, 2 * SECOND);
    assert_int_equal(s->written, 1);
    (void)snprintf(s->served, sizeof s->served, "%s", name);
    pass(s, CONTEST_WAIT_MS + 3 * SECOND);
    assert_int_equal(s->written, 2);
    assert_int_equal(s->claimed, 0);
}

static void a_host_that_is_silent_after_its_row_was_corrected_has_not_moved(void **state)
{
    struct scene *s = *state;
    char name[NAME];
    (void)greet_first(s, name);
    homes_served(s->homes, name, "c2", s->now_ms);
    homes_served(s->homes, name, "c1", s->now_ms + SECOND);
    homes_tick(s->homes, s->now_ms + 60 * SECOND);
    assert_int_equal(s->moved, 0);
}

/* The other machine's member writes its row again each time. */
static void a_host_that_two_members_serve_is_reported_and_not_written_each_second(void **state)
{
    struct scene *s = *state;
    char name[NAME];
    const struct fleet_host *host = greet_first(s, name);
    assert_false(homes_is_claimed(s->homes, host, s->now_ms));
    pass(s, 2 * SECOND);
    for (int i = 0; i < 120; i++) {
        homes_served(s->homes, name, "c2", s->now_ms);
        pass(s, SECOND);
    }
    assert_in_range(s->written, 3, 4);
    assert_true(s->claimed > 0);
    assert_true(homes_is_claimed(s->homes, host, s->now_ms));
    assert_int_equal(s->moved, 0);
}

/* The member that serves it does not use the database. */
static void a_host_is_awaited_here_once_its_lost_member_is_silent(void **state)
{
    struct scene *s = *state;
    char name[NAME];
    (void)hello_of(name, 1);
    roster_in_group(s->roster);
    roster_set(s->roster, name, ROSTER_HAS_SLA, true, s->now_ms);
    homes_records_known(s->homes, s->now_ms);
    (void)snprintf(s->served, sizeof s->served, "%s", name);
    pass(s, 5 * SECOND);
    assert_null(roster_find(s->roster, name));
    s->alone = s->answers = true;
    pass(s, 20 * SECOND);
    assert_non_null(roster_find(s->roster, name));
    assert_true(roster_find(s->roster, name)->in_doubt);
    s->answers = false;
    pass(s, MEMBERS_SILENT_MS + SECOND);
    assert_false(roster_find(s->roster, name)->in_doubt);
}

static void only_hosts_of_this_member_are_listed(void **state)
{
    struct scene *s = *state;
    char name[NAME];
    roster_in_group(s->roster);
    for (int i = 0; i < HOSTS; i++) {
        (void)hello_of(name, i);
        roster_set(s->roster, name, ROSTER_HAS_SLA, true, s->now_ms);
    }
    assert_int_equal(roster_count(s->roster), 0);
    homes_records_known(s->homes, s->now_ms);
    pass(s, 20 * SECOND);
    assert_in_range(roster_count(s->roster), HOSTS / 4, 3 * HOSTS / 4);
}

static void a_host_that_no_epoch_commands_is_left_alone(void **state)
{
    struct scene *s = *state;
    char name[NAME];
    struct wire_hello hello = hello_of(name, 1);
    hello.epoch = ADOPTION_EPOCH_MAX;
    homes_records_known(s->homes, s->now_ms);
    assert_true(greet(s, &hello)->fenced);
    push_all(s->push, s->now_ms);
    assert_int_equal(s->limits, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_host_is_served_at_home_and_told_where_else_to_go),
        CASE(limits_have_the_epoch_of_the_host),
        CASE(nothing_is_pushed_before_the_slas_are_known),
        CASE(a_member_that_joins_gets_its_hosts_and_the_others_hear_of_it),
        CASE(a_host_that_left_for_the_member_it_was_sent_to_has_moved),
        CASE(a_host_that_another_member_serves_and_is_silent_here_is_forgotten),
        CASE(the_member_that_has_served_a_host_is_told),
        CASE(a_host_that_another_member_says_it_serves_is_forgotten),
        CASE(a_row_that_is_out_of_date_is_written_again),
        CASE(a_host_that_is_silent_after_its_row_was_corrected_has_not_moved),
        CASE(a_host_that_two_members_serve_is_reported_and_not_written_each_second),
        CASE(a_host_is_awaited_here_once_its_lost_member_is_silent),
        CASE(only_hosts_of_this_member_are_listed),
        CASE(a_host_that_no_epoch_commands_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
