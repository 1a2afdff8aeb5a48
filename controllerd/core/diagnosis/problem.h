/* SPDX-License-Identifier: Apache-2.0 */
/* problem - a condition that is wrong now, and its description. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_PROBLEM_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_PROBLEM_H

#include "controllerd/core/diagnosis/host_claims.h"
#include "controllerd/core/diagnosis/state_changes.h"
#include "controllerd/core/diagnosis/violation.h"
#include "controllerd/core/fleet/maintenance.h"
#include "controllerd/core/fleet/roster.h"
#include "controllerd/core/policy/accounting.h"

/* Worst first. Scripts rely on the names. */
#define PROBLEM_KINDS(X)                                                                           \
    X(VIOLATION, "violation")                                                                      \
    X(HOST_DISOBEYS, "host-disobeys")                                                              \
    X(HOST_DOWN, "host-down")                                                                      \
    X(HOST_CLAIMED, "host-claimed")                                                                \
    X(TAMPERED, "tampered")                                                                        \
    X(UNRESPONSIVE, "unresponsive")                                                                \
    X(UNMANAGED, "unmanaged")                                                                      \
    X(UNWATCHED, "unwatched")                                                                      \
    X(OVERSUBSCRIBED, "oversubscribed")                                                            \
    X(SLA_STAYS, "sla-stays")                                                                      \
    X(CAPACITY_UNKNOWN, "capacity-unknown")                                                        \
    X(OTHER_CONTROLLER, "other-controller")                                                        \
    X(CLOCK_DOUBTFUL, "clock-doubtful")                                                            \
    X(HISTORY_GAP, "history-gap")                                                                  \
    X(QUERIES_FAILING, "queries-failing")                                                          \
    X(EVENTS_FAILING, "events-failing")                                                            \
    X(DATABASE_DAMAGED, "database-damaged")                                                        \
    X(SLA_FILE_FAILING, "sla-file-failing")                                                        \
    X(STATE_DIR_FAILING, "state-dir-failing")

enum problem_kind {
#define X(name, text) PROBLEM_##name,
    PROBLEM_KINDS(X)
#undef X
};

const char *problem_kind_name(enum problem_kind kind);

/* The input of the search for problems. */
struct problem_scene {
    const struct fleet *fleet;
    const struct roster *roster;
    struct ledger *ledger;
    const struct violation *violations; /* ongoing */
    const struct state_changes *changes;
    const struct host_claims *claims; /* NULL: none */
    const struct accounting *accounting;
    const struct maintenance *maintenance; /* NULL: no host is in maintenance */
    bool clock_doubtful;
    bool history_failing;
    bool queries_failing;
    bool events_failing;
    bool sla_file_failing;
    const char *database_damage; /* the first error that showed damage; NULL: none */
    int64_t history_gap_ms;      /* UTC, when the gap began */
    int64_t now_ms;              /* monotonic */
    int64_t wall_ms;             /* UTC */
};

enum { PROBLEM_TEXT_BYTES = 1024, PROBLEM_FIX_BYTES = VIOLATION_FIX_BYTES };

struct problem {
    enum problem_kind kind;
    const char *host_name;         /* "": a problem of the controller itself */
    const struct fleet_host *host; /* NULL: nothing received from it since since_ms */
    const char *vm_name;           /* "": not about a VM */
    uint32_t vm;                   /* of the host; UINT32_MAX: not about a VM of its inventory */
    uint32_t uplink;               /* likewise */
    const struct violation *violation;
    const struct host_claim *claim;
    const struct ledger_entry *sla;       /* an SLA that cannot follow its VM */
    const struct daqs_unwatched_info *vf; /* an unwatched VF of a guaranteed VM */
    uint8_t cause;                        /* of the VM's state, enum daqs_nic_cause */
    daqs_bps at_stake;                    /* sum of the guarantees concerned */
    int64_t since_ms;                     /* UTC; 0: unknown */
};

/* Return a description of the problem, and the remedy, each as one line: buf, or a constant. */
const char *problem_text(const struct problem *problem, const struct problem_scene *scene,
                         char buf[static PROBLEM_TEXT_BYTES]);
const char *problem_fix(const struct problem *problem, char buf[static PROBLEM_FIX_BYTES]);

#endif
