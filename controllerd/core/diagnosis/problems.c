/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/problems.h"

#include <stdlib.h>
#include <string.h>

#include "controllerd/core/admission/admission.h"
#include "shared/base/cleanup.h"
#include "shared/base/grow.h"

#define NOBODY UINT32_MAX

/* --- the result --- */

struct search {
    const struct problem_scene *scene;
    const char *host; /* "": all */
    const char *vm;   /* likewise */
    struct problem *problem;
    size_t count;
    size_t capacity;
    bool failed;
};

/* Problems of hosts in maintenance are left out, unless the host is asked about. */
static bool is_left_out(const struct search *s, const struct problem *problem)
{
    return !*s->host && s->scene->maintenance &&
           maintenance_find(s->scene->maintenance, problem->host_name);
}

static void add(struct search *s, const struct problem *problem)
{
    if (is_left_out(s, problem))
        return;
    struct problem *grown =
        s->failed ? NULL : daqs_grow(s->problem, s->count, &s->capacity, sizeof *grown);
    s->failed = !grown;
    if (!grown)
        return;
    s->problem = grown;
    s->problem[s->count++] = *problem;
}

static struct problem of_host(enum problem_kind kind, const struct fleet_host *host)
{
    return (struct problem){.kind = kind,
                            .host_name = host->name,
                            .host = host,
                            .vm_name = "",
                            .vm = NOBODY,
                            .uplink = NOBODY};
}

static bool of_vm(const struct search *s, const struct fleet_host *host, uint32_t vm)
{
    return !*s->vm || strcmp(host->vm[vm].name, s->vm) == 0;
}

/* --- VMs --- */

static bool is_bad(uint8_t state)
{
    return state == DAQS_NIC_TAMPERED || state == DAQS_NIC_UNRESPONSIVE ||
           state == DAQS_NIC_UNMANAGED; /* states of newer agents are ignored */
}

static enum problem_kind kind_of(uint8_t state)
{
    if (state == DAQS_NIC_TAMPERED)
        return PROBLEM_TAMPERED;
    return state == DAQS_NIC_UNRESPONSIVE ? PROBLEM_UNRESPONSIVE : PROBLEM_UNMANAGED;
}

static void add_vm(struct search *s, const struct fleet_host *host, const struct fleet_nic *nic)
{
    const struct fleet_vm *vm = &host->vm[nic->vm];
    struct problem p = of_host(kind_of(nic->state), host);
    p.vm_name = vm->name;
    p.vm = nic->vm;
    p.uplink = nic->uplink;
    p.cause = nic->cause;
    p.at_stake = vm->sla.min;
    p.since_ms = state_changes_vm_since(s->scene->changes, host, nic->vm, nic->state);
    add(s, &p);
}

/* A VM has the worst of its nics' states. */
static void look_at_vms(struct search *s, const struct fleet_host *host)
{
    const struct fleet_nic **worst DAQS_AUTO_FREE =
        calloc(host->vms + 1U, sizeof(const struct fleet_nic *));
    s->failed |= !worst;
    for (uint32_t i = 0; worst && i < host->nics; i++) {
        const struct fleet_nic *nic = &host->nic[i];
        const struct fleet_nic *before = worst[nic->vm];
        if (is_bad(nic->state) && (!before || kind_of(nic->state) < kind_of(before->state)))
            worst[nic->vm] = nic;
    }
    for (uint32_t v = 0; worst && v < host->vms; v++)
        if (worst[v] && of_vm(s, host, v))
            add_vm(s, host, worst[v]);
}

/* Reports unwatched VFs of VMs that have a guarantee. Without one, leaving a VF unwatched is the
 * operator's choice. */
static void look_at_unwatched(struct search *s, const struct fleet_host *host)
{
    for (uint32_t i = 0; i < host->unwatched_vfs; i++) {
        const struct daqs_unwatched_info *vf = &host->unwatched[i];
        const struct fleet_vm *vm = &host->vm[vf->vm];
        if (vm->sla.min == 0 || !of_vm(s, host, vf->vm))
            continue;
        struct problem p = of_host(PROBLEM_UNWATCHED, host);
        p.vm_name = vm->name;
        p.vm = vf->vm;
        p.vf = vf;
        p.cause = vf->cause;
        p.at_stake = vm->sla.min;
        add(s, &p);
    }
}

static void look_at_violations(struct search *s)
{
    for (const struct violation *v = s->scene->violations; v; v = v->next) {
        const struct fleet_host *host = fleet_find(s->scene->fleet, v->host);
        uint32_t m = host ? violation_member(v, host) : 0;
        if (!host || m == host->members || (*s->host && strcmp(v->host, s->host) != 0) ||
            !of_vm(s, host, host->member[m].vm))
            continue;
        struct problem p = of_host(PROBLEM_VIOLATION, host);
        p.vm_name = v->vm;
        p.vm = host->member[m].vm;
        p.uplink = host->member[m].uplink;
        p.violation = v;
        p.at_stake = host->vm[p.vm].sla.min;
        p.since_ms = v->since_ms;
        add(s, &p);
    }
}

/* --- hosts and uplinks --- */

static bool has_member(const struct search *s, const struct fleet_host *host, uint32_t uplink)
{
    for (uint32_t m = 0; m < host->members; m++)
        if (host->member[m].uplink == uplink && of_vm(s, host, host->member[m].vm))
            return true;
    return !*s->vm;
}

static void look_at_uplinks(struct search *s, const struct fleet_host *host)
{
    struct guarantee_sums promises[DAQS_MAX_UPLINKS];
    admission_guarantees(host, promises);
    for (uint32_t u = 0; u < host->uplinks; u++) {
        const struct fleet_uplink *uplink = &host->uplink[u];
        bool unknown = uplink->capacity == 0 && uplink->mode != POLICY_MODE_OFF;
        int64_t since_ms = 0;
        bool over = state_changes_oversubscribed(s->scene->changes, host, u, &since_ms);
        if ((!unknown && !over) || !has_member(s, host, u))
            continue;
        struct problem p =
            of_host(unknown ? PROBLEM_CAPACITY_UNKNOWN : PROBLEM_OVERSUBSCRIBED, host);
        p.uplink = u;
        p.at_stake = promises[u].promised;
        p.since_ms = unknown ? 0 : since_ms;
        add(s, &p);
    }
}

static void add_away(struct search *s, const struct fleet_host *host)
{
    struct problem p = of_host(PROBLEM_HOST_DOWN, host);
    p.at_stake = ledger_promised(s->scene->ledger, host->name);
    p.since_ms = s->scene->wall_ms - (s->scene->now_ms - host->heard_ms);
    add(s, &p);
}

static void add_claim(struct search *s, const struct fleet_host *host)
{
    struct problem p = of_host(PROBLEM_HOST_CLAIMED, host);
    p.claim = s->scene->claims ? host_claims_find(s->scene->claims, host, s->scene->now_ms) : NULL;
    p.since_ms = p.claim ? p.claim->since_ms : 0;
    if (p.claim)
        add(s, &p);
}

/* Of a host that is away, only that is reported: its last known state is stale. */
static void look_at_host(struct search *s, const struct fleet_host *host)
{
    if (!fleet_host_present(host, s->scene->now_ms)) {
        add_away(s, host);
        return;
    }
    const struct problem fenced = of_host(PROBLEM_HOST_DISOBEYS, host);
    const struct problem stale_controller = of_host(PROBLEM_OTHER_CONTROLLER, host);
    const struct problem unsaved = of_host(PROBLEM_STATE_DIR_FAILING, host);
    if (host->fenced)
        add(s, &fenced);
    if (fleet_has_stale_controller(host, s->scene->now_ms))
        add(s, &stale_controller);
    if (host->saving == DAQS_SAVING_FAILING)
        add(s, &unsaved);
    add_claim(s, host);
    look_at_uplinks(s, host);
    look_at_vms(s, host);
    look_at_unwatched(s, host);
}

/* Reports a host with SLAs or a key from which nothing has been received. */
static void look_at_absent(struct search *s, const struct roster_entry *entry)
{
    const struct problem_scene *scene = s->scene;
    const int64_t listed_ms = scene->now_ms - entry->since_ms;
    if (listed_ms < ROSTER_STARTING_MS || entry->host || entry->in_doubt)
        return;
    const struct problem p = {.kind = PROBLEM_HOST_DOWN,
                              .host_name = entry->name,
                              .vm_name = "",
                              .vm = NOBODY,
                              .uplink = NOBODY,
                              .at_stake = ledger_promised(scene->ledger, entry->name),
                              .since_ms = roster_away_since(entry, scene->now_ms, scene->wall_ms)};
    add(s, &p);
}

static void look_at_entry(struct search *s, const struct ledger_entry *entry)
{
    if (!entry->stays || (*s->vm && strcmp(entry->vm, s->vm) != 0))
        return;
    const struct problem p = {.kind = PROBLEM_SLA_STAYS,
                              .host_name = entry->host,
                              .vm_name = entry->vm,
                              .vm = NOBODY,
                              .uplink = NOBODY,
                              .sla = entry,
                              .at_stake = entry->sla.min};
    add(s, &p);
}

static void look_at_listed(struct search *s, const struct roster_entry *entry)
{
    if (entry->host)
        look_at_host(s, entry->host);
    else
        look_at_absent(s, entry);
}

static void look_at_one(struct search *s)
{
    const struct roster_entry *listed = roster_find(s->scene->roster, s->host);
    const struct ledger_entry *entry = ledger_of_host(s->scene->ledger, s->host);
    if (listed)
        look_at_listed(s, listed);
    for (; entry; entry = entry->next_of_host)
        look_at_entry(s, entry);
}

static void look_at_all(struct search *s)
{
    for (size_t i = 0; i < roster_count(s->scene->roster); i++)
        look_at_listed(s, roster_at(s->scene->roster, i));
    for (size_t i = 0; i < ledger_count(s->scene->ledger); i++)
        look_at_entry(s, ledger_at(s->scene->ledger, i));
}

static void look_at_controller(struct search *s)
{
    const struct problem_scene *scene = s->scene;
    const struct problem own = {.host_name = "", .vm_name = "", .vm = NOBODY, .uplink = NOBODY};
    struct problem p = own;
    p.kind = PROBLEM_CLOCK_DOUBTFUL;
    if (scene->clock_doubtful)
        add(s, &p);
    p.kind = PROBLEM_HISTORY_GAP;
    p.since_ms = scene->history_gap_ms;
    if (scene->history_failing)
        add(s, &p);
    p = own;
    p.kind = PROBLEM_QUERIES_FAILING;
    if (scene->queries_failing)
        add(s, &p);
    p.kind = PROBLEM_EVENTS_FAILING;
    if (scene->events_failing)
        add(s, &p);
    p.kind = PROBLEM_DATABASE_DAMAGED;
    if (scene->database_damage)
        add(s, &p);
    p.kind = PROBLEM_SLA_FILE_FAILING;
    if (scene->sla_file_failing)
        add(s, &p);
}

static int place(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int worst_first(const void *a, const void *b)
{
    const struct problem *x = a;
    const struct problem *y = b;
    int order = place(x->kind, y->kind);
    order = order ? order : (x->at_stake < y->at_stake) - (x->at_stake > y->at_stake);
    order = order ? order : strcmp(x->host_name, y->host_name);
    order = order ? order : strcmp(x->vm_name, y->vm_name);
    return order ? order : place(x->uplink, y->uplink);
}

int problems_find(const struct problem_scene *scene, const char *host, const char *vm,
                  struct problem **ret, size_t *ret_count)
{
    struct search s = {.scene = scene, .host = host, .vm = vm};
    look_at_violations(&s);
    if (*host) {
        look_at_one(&s);
    } else {
        look_at_all(&s);
        look_at_controller(&s);
    }
    if (s.failed) {
        free(s.problem);
        return DAQS_ENOMEM;
    }
    if (s.count > 1)
        qsort(s.problem, s.count, sizeof *s.problem, worst_first);
    *ret = s.problem;
    *ret_count = s.count;
    return DAQS_OK;
}

/* --- as a table --- */

static const struct daqs_column columns[] = {
    {"kind", DAQS_COLUMN_TEXT},   {"host", DAQS_COLUMN_TEXT},  {"vm", DAQS_COLUMN_TEXT},
    {"uplink", DAQS_COLUMN_TEXT}, {"since", DAQS_COLUMN_TIME}, {"text", DAQS_COLUMN_TEXT},
    {"fix", DAQS_COLUMN_TEXT},
};

static void put_text(struct daqs_table *table, const char *text)
{
    if (*text)
        daqs_table_text(table, text);
    else
        daqs_table_empty(table);
}

static void put_row(const struct problem *p, const struct problem_scene *scene,
                    struct daqs_table *table)
{
    char text[PROBLEM_TEXT_BYTES];
    char fix[PROBLEM_FIX_BYTES];
    daqs_table_text(table, problem_kind_name(p->kind));
    put_text(table, p->host_name);
    put_text(table, p->vm_name);
    put_text(table, p->uplink == NOBODY ? "" : p->host->uplink[p->uplink].name);
    if (p->since_ms)
        daqs_table_number(table, (uint64_t)p->since_ms);
    else
        daqs_table_empty(table);
    daqs_table_text(table, problem_text(p, scene, text));
    daqs_table_text(table, problem_fix(p, fix));
}

bool view_problems(const struct problem_scene *scene, const struct view_range *range,
                   struct daqs_table *ret)
{
    enum { TEXT_BYTES = 768 * 1024, ROW_BYTES = 8 * 1024 };
    struct problem *problem DAQS_AUTO_FREE = NULL;
    size_t count = 0;
    daqs_table_init(ret, columns, sizeof columns / sizeof columns[0], TEXT_BYTES);
    ret->failed = problems_find(scene, range->host, "", &problem, &count) != DAQS_OK;
    size_t i = range->skip;
    for (; i < count && i - range->skip < VIEW_ROWS &&
           ret->arena.used_bytes <= TEXT_BYTES - ROW_BYTES;
         i++)
        put_row(&problem[i], scene, ret);
    return i < count;
}
