/* admin_internal - what the answering files share. */
#ifndef DAQS_CONTROLLERD_IO_ADMIN_INTERNAL_H
#define DAQS_CONTROLLERD_IO_ADMIN_INTERNAL_H

#include "controllerd/io/controller_state.h"
#include "controllerd/io/store/identity.h"
#include "shared/wire/admin.h"

/* Whom to answer, later perhaps. */
struct admin_caller {
    zsock_t *socket; /* the controller's */
    struct net_route route;
    const struct principal *by; /* whose key it has, while the request lasts; NULL: it needs none */
    uint64_t id;
    char address[IDENTITY_ADDRESS_BYTES]; /* libzmq's "Peer-Address" */
};

/* admin_reply.c */
void admin_reply(struct controller *c, const struct admin_caller *caller,
                 const struct wire_reply *reply);

/* A reply without table. */
__attribute__((format(printf, 4, 5))) void admin_reply_text(struct controller *c,
                                                            const struct admin_caller *caller,
                                                            int code, const char *format, ...);

/* Checks the host's and the VM's name; on failure answers and returns false. */
bool admin_names_ok(struct controller *c, const struct admin_caller *caller,
                    const struct wire_request *request);

/* The same with those that are given. */
bool admin_filter_ok(struct controller *c, const struct admin_caller *caller,
                     const struct wire_request *request);

/* The number that the token is, 0 for ""; if it is none, answers and returns false. */
bool admin_token_ok(struct controller *c, const struct admin_caller *caller,
                    const struct wire_request *request, int64_t *ret);

/* Who asks, for the audit trail; 'claimed' is the name that they give themselves. */
void admin_identify(const struct controller *c, const struct admin_caller *caller,
                    const char *claimed, struct identity *ret);

/* admin_backup.c */
void admin_backup(struct controller *c, const struct admin_caller *caller,
                  const struct wire_request *request);

/* admin_sla.c */
enum { ADMIN_SLA_BYTES = 160 };
/* "min 1Gbit, max none, weight 1" */
void admin_describe_sla(const struct sla *sla, char text[static ADMIN_SLA_BYTES]);
void admin_set_sla(struct controller *c, const struct admin_caller *caller,
                   const struct wire_request *request);
void admin_unset_sla(struct controller *c, const struct admin_caller *caller,
                     const struct wire_request *request);

/* admin_apply.c */
void admin_apply(struct controller *c, const struct admin_caller *caller,
                 const struct wire_request *request, int64_t now_ms);

/* admin_policy.c */
bool admin_host_has_uplink(const struct fleet_host *host, const char *uplink);
void admin_set_policy(struct controller *c, const struct admin_caller *caller,
                      const struct wire_request *request);

/* admin_problems.c */
void admin_explain(struct controller *c, const struct admin_caller *caller,
                   const struct wire_request *request, int64_t now_ms);
void admin_problems(struct controller *c, const struct admin_caller *caller,
                    const struct wire_request *request, int64_t now_ms);

/* admin_views.c */
void admin_view(struct controller *c, const struct admin_caller *caller,
                const struct wire_request *request, int64_t now_ms);
void admin_fit(struct controller *c, const struct admin_caller *caller,
               const struct wire_request *request, int64_t now_ms);
void admin_status(struct controller *c, const struct admin_caller *caller, int64_t now_ms);

/* admin_peers.c */
void admin_enroll(struct controller *c, const struct admin_caller *caller,
                  const struct wire_request *request);
void admin_revoke(struct controller *c, const struct admin_caller *caller,
                  const struct wire_request *request);
void admin_peers(struct controller *c, const struct admin_caller *caller,
                 const struct wire_request *request);

/* admin_questions.c */
/* Answers with the table, which has no rows and is taken, if the host is known to the database; if
 * not, with that. */
void admin_empty(struct controller *c, const struct admin_caller *caller,
                 const struct wire_request *request, struct daqs_table *table);
void admin_history(struct controller *c, const struct admin_caller *caller,
                   const struct wire_request *request);
void admin_report(struct controller *c, const struct admin_caller *caller,
                  const struct wire_request *request);
void admin_events(struct controller *c, const struct admin_caller *caller,
                  const struct wire_request *request);
void admin_audit(struct controller *c, const struct admin_caller *caller,
                 const struct wire_request *request);

#endif
