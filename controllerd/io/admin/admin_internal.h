/* SPDX-License-Identifier: Apache-2.0 */
/* admin_internal - shared by the files that answer requests. */
#ifndef DAQS_CONTROLLERD_IO_ADMIN_ADMIN_INTERNAL_H
#define DAQS_CONTROLLERD_IO_ADMIN_ADMIN_INTERNAL_H

#include "controllerd/core/access/name_limits.h"
#include "controllerd/core/fleet/maintenance.h"
#include "controllerd/core/fleet/roster.h"
#include "controllerd/core/sla/ledger.h"
#include "controllerd/io/admin/admin.h"
#include "controllerd/io/events/events.h"
#include "controllerd/io/fleet/commit.h"
#include "controllerd/io/group/peer_link.h"
#include "controllerd/io/store/history.h"
#include "controllerd/io/store/records.h"
#include "shared/base/log.h"
#include "shared/wire/admin.h"

struct uploads;
struct backup;

/* A request that changes more SLAs than this has one event for all of them, otherwise one for each:
 * so many fit in the queue of events. The audit trail has each. */
enum { ADMIN_EVENTS_EACH_MAX = 1000 };

struct admin {
    struct admin_setup given;
    struct name_limits *requests; /* rate limits of operators */
    struct uploads *uploads;
    struct backup *backup; /* NULL: none */
    bool queries_failing;  /* the last query failed because of the database */
    struct daqs_log_budget budget;
    struct daqs_arena arena; /* for the current request */
};

/* The handler of each verb: answers the request, now or later. */
#define X(name, number, handler, changes, place, arguments)                                        \
    void admin_##handler(struct admin *a, const struct admin_caller *caller,                       \
                         const struct wire_request *request);
WIRE_VERBS(X)
#undef X

/* admin_verbs.c */
struct admin_verb {
    bool changes; /* only operators may */
    enum wire_place place;
    void (*answer)(struct admin *a, const struct admin_caller *caller,
                   const struct wire_request *request);
};
/* Returns NULL for a verb that this controller does not know. */
const struct admin_verb *admin_find_verb(uint32_t number);
/* Answers a request here, whoever else could. 'verb' is NULL if its verb is not known. */
void admin_answer(struct admin *a, const struct admin_caller *caller, const struct admin_verb *verb,
                  const struct wire_request *request);
/* The same, of a request whose verb is to be found. */
void admin_answer_here(struct admin *a, const struct admin_caller *caller,
                       const struct wire_request *request);

/* An answer that is made from those of several members. */
struct admin_join {
    /* Takes this member's own encoded reply, and ownership of the malloc'd bytes. */
    void (*take)(struct admin *a, const struct admin_caller *caller, void *bytes, size_t length);
};

/* admin_route.c */
/* Passes a request on to the members that answer it. Returns false if this one alone is to answer
 * it. */
bool admin_route(struct admin *a, const struct admin_caller *caller, enum wire_place place,
                 bool changes, const struct wire_request *request, const void *bytes,
                 size_t length);

/* admin_ask.c */
/* What a caller has of its key, which may be gone before the answer is sent. */
struct admin_kept_key {
    struct principal by;
    char name[DAQS_NAME_MAX + 1];
};
/* Copies a caller whose request outlives the message; 'kept' must outlive the copy. */
void admin_keep_caller(struct admin_caller *ret, struct admin_kept_key *kept,
                       const struct admin_caller *caller);
/* Asks a member to answer an encoded request; 'claimed' is the name that the client gives itself.
 * On failure the question is not asked; errors as peer_link_ask. */
int admin_ask(struct admin *a, const struct admin_caller *caller, const char *claimed,
              size_t member, bool part, const void *bytes, size_t length, int64_t timeout_ms,
              struct peer_question *question);
/* The same, of a request that is not encoded. */
int admin_ask_request(struct admin *a, const struct admin_caller *caller, size_t member, bool part,
                      const struct wire_request *request, int64_t timeout_ms,
                      struct peer_question *question);
/* Returns why a member was not asked, as routing_missing takes it. */
const char *admin_why_not_asked(int result);
/* How long an answer is awaited: to a question, to one for all members, and to a change. At its
 * member a change takes up to 12 s if the database breaks off at COMMIT, and waits for those before
 * it; daqsctl waits for 60 s. */
enum { ADMIN_PEER_MS = 3000, ADMIN_ALL_MS = 1000, ADMIN_CHANGE_MS = 15000 };

/* admin_turns.c */
/* Begins or continues a list that each member answers in turn; as admin_route. */
bool admin_turns(struct admin *a, const struct admin_caller *caller,
                 const struct wire_request *request, const void *bytes, size_t length);

/* admin_all.c */
/* Asks all members at once, and joins their status with this one's. */
void admin_all(struct admin *a, const struct admin_caller *caller,
               const struct wire_request *request);

/* admin_past.c */
/* Asks the members that have recorded a host's history, and joins their answers: to a question
 * about history, or for a report. */
void admin_past(struct admin *a, const struct admin_caller *caller,
                const struct wire_request *request, const void *bytes, size_t length);

/* admin_reply.c */
/* Sends an encoded reply, and takes ownership of the malloc'd bytes. */
void admin_send(struct admin *a, const struct admin_caller *caller, void *bytes, size_t length);

void admin_reply(struct admin *a, const struct admin_caller *caller,
                 const struct wire_reply *reply);

/* Sends a reply without a table. */
__attribute__((format(printf, 4, 5))) void admin_reply_text(struct admin *a,
                                                            const struct admin_caller *caller,
                                                            int code, const char *format, ...);

/* Sends a table, with a token for the next part, or "", and releases it. */
void admin_reply_table(struct admin *a, const struct admin_caller *caller, struct daqs_table *table,
                       const char *token, const char *text);

/* Returns DAQS_OK if this controller answers for the host, as it does without a group; otherwise
 * DAQS_EREFUSED, with a text that names the controller to ask. */
int admin_check_here(const struct admin *a, const char *host, struct daqs_error *err);

/* Returns true if another member answers for the host, or may: it is not known yet. */
bool admin_is_elsewhere(const struct admin *a, const char *host);

/* Checks the host's and the VM's name. If one is invalid, replies and returns false. */
bool admin_names_ok(struct admin *a, const struct admin_caller *caller, const char *host,
                    const char *vm);

/* Like admin_names_ok, but checks only the names that are given. */
bool admin_filter_ok(struct admin *a, const struct admin_caller *caller, const char *host,
                     const char *vm);

/* Parses the token as a number; "" is 0. If it is invalid, replies and returns false. */
bool admin_token_ok(struct admin *a, const struct admin_caller *caller,
                    const struct wire_request *request, int64_t *ret);

/* A durable change that an operator asked for; to be embedded as the first member. */
struct admin_change {
    struct commit base;
    struct admin *admin;
    struct admin_caller caller;
};
/* Queues a change, whose 'write' and functions are set, unless 'result' is a failure. On any
 * failure replies with its text, and frees the change. 'change' may be NULL: out of memory. */
void admin_change_submit(struct admin *a, const struct admin_caller *caller,
                         struct admin_change *change, int result, struct daqs_error *err);

/* Identifies the client for the audit trail; 'claimed' is the name that it gives itself. */
void admin_identify(const struct admin *a, const struct admin_caller *caller, const char *claimed,
                    struct identity *ret);

/* admin_sla.c */
enum { ADMIN_SLA_BYTES = 160 };
/* Writes, for example, "min 1Gbit, max none, weight 1". */
void admin_describe_sla(const struct sla *sla, char text[static ADMIN_SLA_BYTES]);
/* Emits the events of changes that were made: one each, or one for all if there are more than
 * ADMIN_EVENTS_EACH_MAX. */
void admin_announce_slas(const struct admin *a, const struct records_changeset *write);

/* admin_policy.c */
bool admin_host_has_uplink(const struct fleet_host *host, const char *uplink);

/* admin_peers.c */
/* Returns the enrolled agent of this name; NULL: none, or no keys are needed. */
const struct principal *admin_key_of(const struct admin *a, const char *host);

/* admin_maintenance.c */
enum { ADMIN_NOTE_BYTES = MAINTENANCE_TEXT_BYTES + 64 };
/* Writes a note for an answer about this host, or about all ("") after 'what': "WHAT: node1,
 * node2". It is "" if none of the hosts is in maintenance. Returns note. */
const char *admin_maintenance_note(const struct admin *a, const char *host, const char *what,
                                   char note[static ADMIN_NOTE_BYTES]);

/* admin_members.c */
/* Replies and returns false if a member is named ("": none) and this is not that member. */
bool admin_is_own(struct admin *admin, const struct admin_caller *caller, const char *name);

/* admin_questions.c */
/* Takes over the table, which has no rows, and sends it if the database knows the host; otherwise
 * replies that the host is unknown. */
void admin_empty(struct admin *a, const struct admin_caller *caller, const char *host,
                 struct daqs_table *table);

#endif
