/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent sends to the controller, and what it does with what it receives: with a table of
 * messages instead of sockets, and a clock that the test sets. */
#include "tests/lib/agent_scene.h"

#include <string.h>

#include "agentd/session.h"

enum { SENT_MOST = 16, WAITING_MOST = 80, ARENA_BYTES = 1024 * 1024, INSTANCE = 42 };

static const int64_t start = 1000000;

struct scene {
    struct agent_scene agent;
    struct session *session;
    struct daqs_arena arena;
    struct wire_message sent[SENT_MOST]; /* as the controller decodes it */
    enum candidates_line to[SENT_MOST];
    size_t count_sent;
    int fails_with;            /* DAQS_OK: sending works */
    bool trying;               /* there is a target */
    enum candidates_line from; /* of all that arrives */
    enum candidates_line heard_from;
    bool obeyed;   /* it was orders */
    char told[80]; /* the member, and the number of those it told of */
    unsigned dismissed;
    struct wire_message waiting[WAITING_MOST];
    int result[WAITING_MOST]; /* of receiving each */
    size_t count_waiting;
    size_t next_waiting;
    int64_t lease_ms; /* of the controller heard last; 0: none */
    daqs_bps usage[SCENE_NICS];
    daqs_bps in_force[SCENE_NICS];
    unsigned uplinks; /* number of uplinks of which something is known */
};

static int send_message(void *arg, enum candidates_line line, const struct wire_message *message)
{
    struct scene *s = arg;
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (line == CANDIDATES_TARGET && !s->trying)
        return DAQS_ENOTFOUND;
    if (s->fails_with != DAQS_OK)
        return s->fails_with;
    assert_true(s->count_sent < SENT_MOST);
    s->to[s->count_sent] = line;
    assert_int_equal(wire_encode(message, &bytes, &length), DAQS_OK);
    assert_int_equal(wire_decode(bytes, length, &s->arena, &s->sent[s->count_sent++], NULL),
                     DAQS_OK);
    free(bytes);
    return DAQS_OK;
}

static int receive_message(void *arg, struct daqs_arena *arena, int64_t now_ms,
                           struct wire_message *ret, enum candidates_line *ret_line)
{
    struct scene *s = arg;
    *ret_line = s->from;
    (void)arena;
    (void)now_ms;
    if (s->next_waiting == s->count_waiting)
        return DAQS_ENOTFOUND;
    *ret = s->waiting[s->next_waiting];
    return s->result[s->next_waiting++];
}

static void heard(void *arg, enum candidates_line line, bool obeyed, int64_t lease_ms,
                  int64_t now_ms)
{
    struct scene *s = arg;
    (void)now_ms;
    s->lease_ms = lease_ms;
    s->heard_from = line;
    s->obeyed = obeyed;
}

static void told(void *arg, enum candidates_line line, const struct wire_welcome *welcome,
                 int64_t now_ms)
{
    struct scene *s = arg;
    (void)now_ms;
    assert_int_equal(line, s->from);
    (void)snprintf(s->told, sizeof s->told, "%s:%u", welcome->member, welcome->elsewhere);
}

static void dismissed(void *arg, enum candidates_line line, int64_t now_ms)
{
    struct scene *s = arg;
    (void)now_ms;
    assert_int_equal(line, s->from);
    s->dismissed++;
}

static const char *left(void *arg, enum candidates_line line, int64_t now_ms)
{
    (void)arg;
    (void)now_ms;
    return line == CANDIDATES_CURRENT ? "c9" : "";
}

static void read_nics(void *arg, struct daqs_nic_reading *ret, int64_t now_ms)
{
    const struct scene *s = arg;
    (void)now_ms;
    for (uint32_t i = 0; i < inventory_current(s->agent.inventory)->nics; i++)
        ret[i] = (struct daqs_nic_reading){
            .state = DAQS_NIC_OK,
            .sample = {.interval_us = SCENE_POLL_MS * 1000,
                       .tx_bytes = s->usage[i] * SCENE_POLL_MS / 8000,
                       .tx_packets = s->usage[i] * SCENE_POLL_MS / 8000 / 1514},
            .source = DAQS_SOURCE_GUEST};
}

static uint32_t read_uplinks(void *arg, const struct daqs_nic_reading *nic, int64_t now_ms,
                             struct daqs_uplink_reading ret[static DAQS_MAX_UPLINKS])
{
    const struct scene *s = arg;
    (void)now_ms;
    ret[0] = (struct daqs_uplink_reading){.own_interval_us = 100000,
                                          .own_bytes = nic[0].sample.tx_bytes};
    return s->uplinks;
}

static struct daqs_nic_applied applied(void *arg, const struct guest_nic *nic, int64_t now_ms)
{
    const struct scene *s = arg;
    (void)now_ms;
    return (struct daqs_nic_applied){nic->index, s->in_force[nic->index], nic->reading.state,
                                     nic->reading.cause};
}

static void start_session(struct scene *s)
{
    s->session = session_new(&(struct session_setup){.host = "node1",
                                                     .instance = INSTANCE,
                                                     .pace = &s->agent.pace,
                                                     .guests = &s->agent.guests,
                                                     .inventory = s->agent.inventory,
                                                     .orders = s->agent.orders,
                                                     .local = s->agent.local,
                                                     .budget = &s->agent.budget,
                                                     .send = send_message,
                                                     .receive = receive_message,
                                                     .heard = heard,
                                                     .told = told,
                                                     .dismissed = dismissed,
                                                     .left = left,
                                                     .read_nics = read_nics,
                                                     .read_uplinks = read_uplinks,
                                                     .applied = applied,
                                                     .arg = s});
    assert_non_null(s->session);
}

/* Two guests, of which the controller does not know yet. */
static int make_scene(void **state)
{
    static struct scene scene;
    *state = &scene;
    scene = (struct scene){0};
    if (agent_scene_make(&scene.agent, start) != 0)
        return -1;
    daqs_arena_init(&scene.arena, ARENA_BYTES);
    for (size_t i = 0; i < SCENE_NICS; i++)
        scene.in_force[i] = DAQS_UNLIMITED;
    agent_scene_add(&scene.agent, "gold", 1);
    agent_scene_add(&scene.agent, "plain", 2);
    start_session(&scene);
    return 0;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    session_free(s->session);
    daqs_arena_done(&s->arena);
    return agent_scene_end(&s->agent);
}

/* --- what was sent --- */

/* Returns message number i of those sent since the last call of forget. */
static const struct wire_message *sent(const struct scene *s, size_t i, enum wire_type type)
{
    assert_true(i < s->count_sent);
    assert_int_equal(s->sent[i].type, type);
    return &s->sent[i];
}

static void forget(struct scene *s)
{
    s->count_sent = 0;
}

/* Reports, and returns the only message sent, which must be the report. */
static const struct wire_report *report(struct scene *s, int64_t now_ms)
{
    forget(s);
    session_send_report(s->session, now_ms);
    assert_int_equal(s->count_sent, 1);
    return &sent(s, 0, WIRE_REPORT)->report;
}

static void say_hello(struct scene *s)
{
    session_send_hello(s->session, CANDIDATES_CURRENT, false, start);
}

/* --- what the controller sends --- */

static void arrives(struct scene *s, const struct wire_message *message, int64_t now_ms)
{
    s->waiting[0] = *message;
    s->result[0] = DAQS_OK;
    s->count_waiting = 1;
    s->next_waiting = 0;
    session_receive(s->session, now_ms);
}

static void limits_arrive(struct scene *s, uint64_t epoch, uint64_t sequence, int64_t now_ms)
{
    const struct wire_message message = {.type = WIRE_LIMITS,
                                         .limits = agent_scene_limits(&s->agent, epoch, sequence)};
    arrives(s, &message, now_ms);
}

static void welcome_arrives(struct scene *s, uint64_t epoch, uint64_t generation, int64_t now_ms)
{
    const struct wire_message message = {.type = WIRE_WELCOME,
                                         .welcome = {.version = "1.0",
                                                     .epoch = epoch,
                                                     .generation = generation,
                                                     .lease_ms = SCENE_LEASE_MS}};
    arrives(s, &message, now_ms);
}

/* The controller knows the guests, has guaranteed gold 400 Mbit/s, and limits plain to 500. */
static void begin(struct scene *s)
{
    say_hello(s);
    s->agent.setting[0].min = 400 * MBIT;
    s->agent.setting[1].limit = 500 * MBIT;
    limits_arrive(s, 7, 1, start);
    s->in_force[1] = 500 * MBIT;
    orders_in_force(s->agent.orders, start);
    session_send_report(s->session, start + 100);
    forget(s);
}

/* --- hello --- */

static void a_hello_contains_the_inventory(void **state)
{
    struct scene *s = *state;
    say_hello(s);
    const struct wire_hello *hello = &sent(s, 0, WIRE_HELLO)->hello;
    assert_string_equal(hello->host, "node1");
    assert_int_equal(hello->instance, INSTANCE);
    assert_int_equal(hello->generation, s->agent.guests.generation);
    assert_int_equal(hello->poll_ms, SCENE_POLL_MS);
    assert_int_equal(hello->poll_most_ms, SCENE_POLL_MOST_MS);
    assert_int_equal(hello->epoch, 0);
    assert_int_equal(hello->inventory.nics, 2);
    assert_string_equal(hello->inventory.vm[hello->inventory.nic[1].vm].name, "plain");
    assert_int_equal(hello->inventory.uplink[0].capacity, GBIT);
}

static void a_hello_contains_what_is_known_of_the_vms(void **state)
{
    struct scene *s = *state;
    struct vm_labels labels = {.count = 0};
    vm_labels_set_title(&labels, "Database");
    assert_true(vm_labels_add(&labels, "sla-class", "gold"));
    assert_int_equal(
        guests_describe(&s->agent.guests, guests_by_name(&s->agent.guests, "gold"), &labels),
        DAQS_OK);
    say_hello(s);
    const struct daqs_inventory *inventory = &sent(s, 0, WIRE_HELLO)->hello.inventory;
    assert_int_equal(inventory->vm[0].described, 1);
    assert_string_equal(inventory->vm[0].title, "Database");
    assert_int_equal(inventory->vm[0].labels, 1);
    assert_string_equal(inventory->vm[0].label[0].value, "gold");
    assert_int_equal(inventory->vm[1].described, 0);
}

static void it_reports_which_controllers_connected(void **state)
{
    struct scene *s = *state;
    begin(s);
    limits_arrive(s, 6, 1, start + 200);
    say_hello(s);
    assert_int_equal(sent(s, 0, WIRE_HELLO)->hello.epoch, 7);
    assert_int_equal(sent(s, 0, WIRE_HELLO)->hello.stale_controller, 6);
}

static void a_hello_goes_before_the_report_when_guests_have_changed(void **state)
{
    struct scene *s = *state;
    begin(s);
    (void)report(s, start + 200);
    agent_scene_add(&s->agent, "late", 3);
    forget(s);
    session_send_report(s->session, start + 300);
    uint64_t generation = sent(s, 0, WIRE_HELLO)->hello.generation;
    assert_int_equal(sent(s, 0, WIRE_HELLO)->hello.inventory.nics, 3);
    assert_int_equal(sent(s, 1, WIRE_REPORT)->report.generation, generation);
    assert_int_equal(sent(s, 1, WIRE_REPORT)->report.nics, 3);
    assert_int_equal(report(s, start + 400)->generation, generation);
}

/* The controller asks for it when the next report arrives. */
static void a_hello_that_is_lost_is_not_sent_again_before_it_is_asked_for(void **state)
{
    struct scene *s = *state;
    s->fails_with = DAQS_EBUSY;
    say_hello(s);
    s->fails_with = DAQS_OK;
    session_send_report(s->session, start);
    (void)sent(s, 0, WIRE_REPORT);
    forget(s);
    welcome_arrives(s, 7, 0, start);
    (void)sent(s, 0, WIRE_HELLO);
}

/* --- report --- */

static void a_report_contains_the_traffic_of_nics_and_uplinks(void **state)
{
    struct scene *s = *state;
    begin(s);
    s->usage[0] = 80 * MBIT;
    s->uplinks = 1;
    const struct wire_report *r = report(s, start + 200);
    assert_int_equal(r->nics, 2);
    assert_int_equal(r->reading[0].sample.tx_bytes, 1000000);
    assert_int_equal(r->reading[1].sample.tx_bytes, 0);
    assert_int_equal(r->uplinks, 1);
    assert_int_equal(r->uplink[0].own_bytes, 1000000);
    assert_int_equal(r->mono_us, (start + 200) * 1000);
    uint64_t sequence = r->sequence;
    s->uplinks = 0;
    r = report(s, start + 300);
    assert_int_equal(r->sequence, sequence + 1);
    assert_int_equal(r->uplinks, 0);
}

static void it_reports_which_limits_were_in_force(void **state)
{
    struct scene *s = *state;
    begin(s);
    assert_int_equal(report(s, start + 200)->limits_sequence, 1);
    s->agent.setting[1].limit = 300 * MBIT;
    limits_arrive(s, 7, 2, start + 210);
    assert_int_equal(report(s, start + 300)->limits_sequence, 1);
    orders_in_force(s->agent.orders, start + 310);
    assert_int_equal(report(s, start + 400)->limits_sequence, 2);
}

static void limits_in_force_are_sent_once(void **state)
{
    struct scene *s = *state;
    begin(s);
    agent_scene_nic(&s->agent, "plain")->reported = false;
    agent_scene_nic(&s->agent, "plain")->reading.cause = DAQS_CAUSE_BUSY;
    session_send_report(s->session, start + 200);
    const struct wire_applied *a = &sent(s, 1, WIRE_APPLIED)->applied;
    assert_int_equal(a->epoch, 7);
    assert_int_equal(a->sequence, 1);
    assert_int_equal(a->generation, inventory_generation(s->agent.inventory));
    assert_int_equal(a->nics, 1);
    assert_int_equal(a->nic[0].nic, 1);
    assert_true(a->nic[0].limit == 500 * MBIT);
    assert_int_equal(a->nic[0].cause, DAQS_CAUSE_BUSY);
    (void)report(s, start + 300);
}

static void and_again_if_they_could_not_be_sent(void **state)
{
    struct scene *s = *state;
    begin(s);
    agent_scene_nic(&s->agent, "plain")->reported = false;
    s->fails_with = DAQS_EBUSY;
    session_send_report(s->session, start + 200);
    s->fails_with = DAQS_OK;
    session_send_report(s->session, start + 300);
    assert_int_equal(sent(s, 1, WIRE_APPLIED)->applied.nics, 1);
}

/* --- receiving --- */

static void a_controller_that_is_obeyed_counts_as_connected(void **state)
{
    struct scene *s = *state;
    say_hello(s);
    limits_arrive(s, 7, 1, start);
    assert_int_equal(s->lease_ms, SCENE_LEASE_MS);
    assert_true(agent_scene_nic(&s->agent, "gold")->commanded);
    s->lease_ms = 0;
    limits_arrive(s, 6, 1, start);
    assert_int_equal(s->lease_ms, 0);
    limits_arrive(s, 7, 1, start); /* twice */
    assert_int_equal(s->lease_ms, 0);
}

static void a_welcome_for_another_inventory_asks_for_a_hello(void **state)
{
    struct scene *s = *state;
    begin(s);
    welcome_arrives(s, 7, 0, start + 200);
    (void)sent(s, 0, WIRE_HELLO);
    forget(s);
    session_send_report(s->session, start + 300);
    assert_int_equal(sent(s, 1, WIRE_APPLIED)->applied.nics, 2); /* it knows of no limit */
}

static void a_welcome_for_the_current_one_does_not(void **state)
{
    struct scene *s = *state;
    begin(s);
    s->lease_ms = 0;
    welcome_arrives(s, 7, inventory_generation(s->agent.inventory), start + 200);
    assert_int_equal(s->count_sent, 0);
    assert_int_equal(s->lease_ms, SCENE_LEASE_MS);
    (void)report(s, start + 300);
}

static void a_welcome_of_a_replaced_controller_is_answered_but_ignored(void **state)
{
    struct scene *s = *state;
    begin(s);
    s->lease_ms = 0;
    welcome_arrives(s, 6, 0, start + 200);
    assert_int_equal(sent(s, 0, WIRE_HELLO)->hello.stale_controller, 6);
    assert_int_equal(s->lease_ms, 0);
}

static void a_welcome_renews_no_lease(void **state)
{
    struct scene *s = *state;
    begin(s);
    welcome_arrives(s, 7, inventory_generation(s->agent.inventory), start + SCENE_LEASE_MS - 1);
    orders_check_lease(s->agent.orders, start + SCENE_LEASE_MS);
    assert_false(orders_lease(s->agent.orders)->held);
}

static void a_bye_changes_nothing(void **state)
{
    struct scene *s = *state;
    const struct wire_message message = {.type = WIRE_BYE, .bye = {WIRE_BYE_STOPPING}};
    begin(s);
    arrives(s, &message, start + 200);
    assert_int_equal(s->dismissed, 1);
    assert_int_equal(s->count_sent, 0);
    assert_true(orders_lease(s->agent.orders)->held);
    (void)report(s, start + 300);
}

static void an_agent_that_stops_sends_bye(void **state)
{
    struct scene *s = *state;
    session_send_bye(s->session);
    assert_int_equal(sent(s, 0, WIRE_BYE)->bye.reason, WIRE_BYE_STOPPING);
}

static void messages_that_are_not_for_agents_or_make_no_sense_are_skipped(void **state)
{
    struct scene *s = *state;
    static const enum wire_type types[] = {WIRE_HELLO, WIRE_REPORT, WIRE_APPLIED, WIRE_BYE};
    say_hello(s);
    forget(s);
    for (size_t i = 0; i < 4; i++)
        s->waiting[i] = (struct wire_message){.type = types[i]};
    s->result[3] = DAQS_EFORMAT;
    s->waiting[4] =
        (struct wire_message){.type = WIRE_LIMITS, .limits = agent_scene_limits(&s->agent, 7, 1)};
    s->count_waiting = 5;
    session_receive(s->session, start);
    assert_int_equal(s->count_sent, 0);
    assert_true(orders_lease(s->agent.orders)->held);
}

static void few_messages_are_handled_at_a_time(void **state)
{
    struct scene *s = *state;
    for (size_t i = 0; i < WAITING_MOST; i++)
        s->waiting[i] = (struct wire_message){.type = WIRE_REPORT};
    s->count_waiting = WAITING_MOST;
    session_receive(s->session, start);
    assert_int_equal(s->next_waiting, 64);
    session_receive(s->session, start);
    assert_int_equal(s->next_waiting, WAITING_MOST);
}

/* --- a group of controllers --- */

/* A welcome of a member that tells of the member 'first' and one more; of none if that is "". */
static void member_welcomes(struct scene *s, const char *name, const char *first, uint64_t epoch,
                            uint64_t generation)
{
    struct daqs_member_info member[] = {{first, "tcp://c:1", {{0}}}, {"c8", "tcp://c8:1", {{0}}}};
    struct wire_message message = {.type = WIRE_WELCOME,
                                   .welcome = {.version = "1.0",
                                               .epoch = epoch,
                                               .generation = generation,
                                               .lease_ms = SCENE_LEASE_MS,
                                               .elsewhere = *first ? 2 : 0,
                                               .elsewhere_member = member}};
    (void)snprintf(message.welcome.member, sizeof message.welcome.member, "%s", name);
    s->lease_ms = 0;
    s->told[0] = '\0';
    arrives(s, &message, start + 200);
}

static void a_hello_names_the_member_that_was_lost(void **state)
{
    struct scene *s = *state;
    say_hello(s);
    assert_string_equal(sent(s, 0, WIRE_HELLO)->hello.left, "c9");
    s->trying = true;
    session_send_hello(s->session, CANDIDATES_TARGET, true, start);
    assert_string_equal(sent(s, 1, WIRE_HELLO)->hello.left, "");
    assert_int_equal(s->to[1], CANDIDATES_TARGET);
}

static void the_list_of_a_member_is_passed_on(void **state)
{
    struct scene *s = *state;
    begin(s);
    member_welcomes(s, "c1", "c1", 7, inventory_generation(s->agent.inventory));
    assert_string_equal(s->told, "c1:2");
    assert_int_equal(s->lease_ms, SCENE_LEASE_MS);
    assert_false(s->obeyed);
    assert_int_equal(s->count_sent, 0);
}

static void a_controller_without_a_group_is_passed_on_only_if_it_may_command(void **state)
{
    struct scene *s = *state;
    begin(s);
    member_welcomes(s, "", "", 6, inventory_generation(s->agent.inventory));
    assert_string_equal(s->told, "");
    member_welcomes(s, "", "", 7, inventory_generation(s->agent.inventory));
    assert_string_equal(s->told, ":0");
}

/* It asks for a hello before it knows the host's epoch. */
static void a_low_epoch_of_a_member_is_not_an_older_controller(void **state)
{
    struct scene *s = *state;
    begin(s);
    member_welcomes(s, "c1", "", 3, 0);
    assert_int_equal(sent(s, 0, WIRE_HELLO)->hello.stale_controller, 0);
    assert_int_equal(s->lease_ms, 0);
}

static void being_sent_elsewhere_is_not_answered_and_counts_as_silence(void **state)
{
    struct scene *s = *state;
    begin(s);
    member_welcomes(s, "c1", "c2", 7, 0);
    assert_string_equal(s->told, "c1:2");
    assert_int_equal(s->lease_ms, 0);
    assert_int_equal(s->count_sent, 0);
}

static void reports_go_to_the_target_too(void **state)
{
    struct scene *s = *state;
    begin(s);
    s->trying = true;
    session_send_hello(s->session, CANDIDATES_TARGET, true, start + 150);
    (void)sent(s, 0, WIRE_HELLO);
    forget(s);
    session_send_report(s->session, start + 200);
    assert_int_equal(s->count_sent, 4);
    for (size_t i = 0; i < 4; i++) {
        (void)sent(s, i, i < 2 ? WIRE_REPORT : WIRE_APPLIED);
        assert_int_equal(s->to[i], i % 2 ? CANDIDATES_CURRENT : CANDIDATES_TARGET);
    }
    assert_int_equal(sent(s, 2, WIRE_APPLIED)->applied.nics, 2); /* it knows of no limit */
    agent_scene_add(&s->agent, "late", 3);
    forget(s);
    session_send_report(s->session, start + 300);
    assert_int_equal(sent(s, 0, WIRE_HELLO)->hello.inventory.nics, 3);
    assert_int_equal(sent(s, 1, WIRE_HELLO)->hello.inventory.nics, 3);
}

static void orders_of_the_target_are_obeyed_by_their_epoch(void **state)
{
    struct scene *s = *state;
    begin(s);
    s->trying = true;
    s->from = CANDIDATES_TARGET;
    s->lease_ms = 0;
    limits_arrive(s, 6, 1, start + 200);
    assert_int_equal(s->lease_ms, 0);
    s->agent.setting[1].limit = 300 * MBIT;
    limits_arrive(s, 8, 1, start + 300);
    assert_int_equal(s->lease_ms, SCENE_LEASE_MS);
    assert_int_equal(s->heard_from, CANDIDATES_TARGET);
    assert_true(s->obeyed);
    assert_true(agent_scene_nic(&s->agent, "plain")->wanted == 300 * MBIT);
    s->from = CANDIDATES_CURRENT;
    s->lease_ms = 0;
    s->agent.setting[1].limit = 500 * MBIT;
    limits_arrive(s, 7, 2, start + 400);
    assert_int_equal(s->lease_ms, 0);
    assert_true(agent_scene_nic(&s->agent, "plain")->wanted == 300 * MBIT);
}

/* Two members may have given the same epoch, to hellos that were sent at once. */
static void a_target_needs_a_higher_epoch_than_the_current_controller(void **state)
{
    struct scene *s = *state;
    begin(s); /* under epoch 7 */
    s->trying = true;
    s->from = CANDIDATES_TARGET;
    s->lease_ms = 0;
    limits_arrive(s, 7, 100, start + 200);
    assert_int_equal(s->lease_ms, 0);
    s->from = CANDIDATES_CURRENT;
    forget(s);
    limits_arrive(s, 8, 1, start + 300);
    assert_int_equal(s->heard_from, CANDIDATES_CURRENT);
    assert_int_equal(sent(s, 0, WIRE_HELLO)->hello.epoch, 8); /* the target must know */
    assert_int_equal(s->to[0], CANDIDATES_TARGET);
    s->from = CANDIDATES_TARGET;
    limits_arrive(s, 8, 100, start + 400);
    assert_int_equal(s->heard_from, CANDIDATES_CURRENT);
    limits_arrive(s, 9, 1, start + 500);
    assert_int_equal(s->heard_from, CANDIDATES_TARGET);
    assert_int_equal(s->count_sent, 1);
}

/* --- without a controller --- */

/* Reports until this time, while both guests want more than there is. */
static void goes_on(struct scene *s, int64_t from_ms, int64_t until_ms)
{
    s->usage[0] = s->usage[1] = 500 * MBIT;
    for (int64_t now_ms = from_ms; now_ms < until_ms; now_ms += SCENE_POLL_MS) {
        orders_check_lease(s->agent.orders, now_ms);
        forget(s);
        session_send_report(s->session, now_ms);
        for (uint32_t i = 0; i < 2; i++)
            s->in_force[i] = s->agent.guests.guest[i]->nic[0].wanted;
        local_control_in_force(s->agent.local, now_ms);
    }
}

static void it_decides_itself_once_the_lease_has_ended(void **state)
{
    struct scene *s = *state;
    begin(s);
    goes_on(s, start + 200, start + SCENE_LEASE_MS);
    assert_int_equal(s->agent.applied, 1);
    assert_true(agent_scene_nic(&s->agent, "plain")->wanted == 500 * MBIT);
    goes_on(s, start + SCENE_LEASE_MS, start + SCENE_LEASE_MS + 3000);
    assert_true(s->agent.applied > 1);
    assert_true(agent_scene_nic(&s->agent, "plain")->wanted != 500 * MBIT);
    assert_true(agent_scene_nic(&s->agent, "plain")->wanted <= 600 * MBIT);
    assert_true(agent_scene_nic(&s->agent, "gold")->wanted >= 400 * MBIT);
}

static void until_a_controller_returns(void **state)
{
    struct scene *s = *state;
    begin(s);
    int64_t now_ms = start + SCENE_LEASE_MS + 1000;
    goes_on(s, start + 200, now_ms);
    s->usage[0] = 0;
    while (!local_control_pending(s->agent.local)) { /* limits are under way when it returns */
        assert_true(now_ms < start + SCENE_LEASE_MS + 3000);
        session_send_report(s->session, now_ms += SCENE_POLL_MS);
        forget(s);
    }
    limits_arrive(s, 8, 1, start + SCENE_LEASE_MS + 3000);
    assert_true(agent_scene_nic(&s->agent, "plain")->wanted == 500 * MBIT);
    assert_true(agent_scene_nic(&s->agent, "gold")->wanted == DAQS_UNLIMITED);
    assert_false(local_control_pending(s->agent.local));
    unsigned applied = s->agent.applied;
    goes_on(s, start + SCENE_LEASE_MS + 3100, start + SCENE_LEASE_MS + 5000);
    assert_int_equal(s->agent.applied, applied);
}

static void without_orders_it_decides_nothing(void **state)
{
    struct scene *s = *state;
    say_hello(s);
    goes_on(s, start, start + 10000);
    assert_int_equal(s->agent.applied, 0);
    assert_false(agent_scene_nic(&s->agent, "gold")->commanded);
}

static void guests_that_come_meanwhile_are_limited_too(void **state)
{
    struct scene *s = *state;
    begin(s);
    goes_on(s, start + 200, start + SCENE_LEASE_MS + 3000);
    agent_scene_add(&s->agent, "late", 3);
    goes_on(s, start + SCENE_LEASE_MS + 3000, start + SCENE_LEASE_MS + 6000);
    assert_true(agent_scene_nic(&s->agent, "late")->commanded);
    assert_true(agent_scene_nic(&s->agent, "late")->wanted != DAQS_UNLIMITED);
    assert_true(agent_scene_nic(&s->agent, "gold")->wanted >= 400 * MBIT);
}

/* After a restart the guarantees are those of the file. */
static void it_decides_itself_after_a_restart_without_a_controller(void **state)
{
    struct scene *s = *state;
    begin(s);
    session_free(s->session);
    agent_scene_stop(&s->agent);
    agent_scene_start(&s->agent, start);
    agent_scene_add(&s->agent, "gold", 1);
    agent_scene_add(&s->agent, "plain", 2);
    start_session(s);
    goes_on(s, start, start + SCENE_LEASE_MS);
    assert_int_equal(s->agent.applied, 1);
    assert_false(agent_scene_nic(&s->agent, "plain")->commanded);
    goes_on(s, start + SCENE_LEASE_MS, start + SCENE_LEASE_MS + 3000);
    assert_true(agent_scene_nic(&s->agent, "plain")->wanted <= 600 * MBIT);
    assert_true(agent_scene_nic(&s->agent, "gold")->wanted >= 400 * MBIT);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_hello_contains_the_inventory),
        CASE(a_hello_contains_what_is_known_of_the_vms),
        CASE(it_reports_which_controllers_connected),
        CASE(a_hello_goes_before_the_report_when_guests_have_changed),
        CASE(a_hello_that_is_lost_is_not_sent_again_before_it_is_asked_for),
        CASE(a_report_contains_the_traffic_of_nics_and_uplinks),
        CASE(it_reports_which_limits_were_in_force),
        CASE(limits_in_force_are_sent_once),
        CASE(and_again_if_they_could_not_be_sent),
        CASE(a_controller_that_is_obeyed_counts_as_connected),
        CASE(a_welcome_for_another_inventory_asks_for_a_hello),
        CASE(a_welcome_for_the_current_one_does_not),
        CASE(a_welcome_of_a_replaced_controller_is_answered_but_ignored),
        CASE(a_welcome_renews_no_lease),
        CASE(a_bye_changes_nothing),
        CASE(an_agent_that_stops_sends_bye),
        CASE(messages_that_are_not_for_agents_or_make_no_sense_are_skipped),
        CASE(few_messages_are_handled_at_a_time),
        CASE(a_hello_names_the_member_that_was_lost),
        CASE(the_list_of_a_member_is_passed_on),
        CASE(a_controller_without_a_group_is_passed_on_only_if_it_may_command),
        CASE(a_low_epoch_of_a_member_is_not_an_older_controller),
        CASE(being_sent_elsewhere_is_not_answered_and_counts_as_silence),
        CASE(reports_go_to_the_target_too),
        CASE(orders_of_the_target_are_obeyed_by_their_epoch),
        CASE(a_target_needs_a_higher_epoch_than_the_current_controller),
        CASE(it_decides_itself_once_the_lease_has_ended),
        CASE(until_a_controller_returns),
        CASE(without_orders_it_decides_nothing),
        CASE(guests_that_come_meanwhile_are_limited_too),
        CASE(it_decides_itself_after_a_restart_without_a_controller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
