/* qga_json - the guest agent's JSON: commands we send, replies we do not trust. What it says of its
 * interfaces is in qga_interfaces.h.
 *
 * Protocol: QEMU Guest Agent Protocol Reference (qga/qapi-schema.json). Replies are bounded in
 * bytes, depth and count; duplicate keys, wrong types and negative counters are refused. */
#ifndef DAQS_AGENTD_CORE_QGA_JSON_H
#define DAQS_AGENTD_CORE_QGA_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/qga_reply.h"
#include "shared/base/error.h"

#define QGA_OUTPUT_MAX 8192 /* bytes kept of what a command printed, if a few lines suffice */

#define QGA_FREEZE_STATUS "{\"execute\":\"guest-fsfreeze-status\"}"

/* Whether the reply to guest-fsfreeze-status says that file systems are frozen. */
int qga_parse_frozen(const char *reply, size_t length, bool *ret, struct daqs_error *err);

/* guest-exec of argv[0] with the arguments after it (NULL ends) and text on its standard
 * input; output is captured. malloc'd, the caller's; NULL if out of memory. */
char *qga_exec_request(const char *const *argv, const char *input);

/* The process id in the reply to guest-exec. DAQS_EREFUSED: the guest's agent does not allow
 * guest-exec. DAQS_EGUEST: it could not start the command. */
int qga_parse_exec(const char *reply, size_t length, int64_t *ret_pid, struct daqs_error *err);

/* guest-exec-status for a process id, into buf. Returns buf. */
#define QGA_STATUS_BYTES 96
const char *qga_status_request(int64_t pid, char buf[static QGA_STATUS_BYTES]);

struct qga_exec_status {
    bool exited;
    int64_t exit_code; /* -1: ended by a signal */
    char err[QGA_OUTPUT_MAX];
    size_t capacity; /* bytes of 'out' */
    char out[];
};

/* With room for so much output: QGA_OUTPUT_MAX bytes or so. malloc'd, the caller's; NULL if out of
 * memory. */
struct qga_exec_status *qga_exec_status_new(size_t capacity);

/* True if more was printed than fits, or just as much. */
bool qga_output_cut(const struct qga_exec_status *status);

/* Keeps of the output what there is room for. *ret is only written on success. */
int qga_parse_status(const char *reply, size_t length, struct qga_exec_status *ret,
                     struct daqs_error *err);

#endif
