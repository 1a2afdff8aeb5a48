/* SPDX-License-Identifier: Apache-2.0 */
/* qga_json - the guest agent's JSON: commands to send, and untrusted replies. The list of
 * interfaces is parsed in qga_interfaces.h.
 *
 * Protocol: QEMU Guest Agent Protocol Reference (qga/qapi-schema.json). Replies are bounded in
 * bytes, depth and count. Duplicate keys, wrong types and negative counters are rejected. */
#ifndef DAQS_AGENTD_CORE_QGA_JSON_H
#define DAQS_AGENTD_CORE_QGA_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/qga_reply.h"
#include "shared/base/error.h"

#define QGA_OUTPUT_MAX 8192 /* bytes of a command's output that are kept if a few lines suffice */

#define QGA_FREEZE_STATUS "{\"execute\":\"guest-fsfreeze-status\"}"

/* Parses the reply to guest-fsfreeze-status: true if file systems are frozen. */
int qga_parse_frozen(const char *reply, size_t length, bool *ret, struct daqs_error *err);

/* Returns a guest-exec request for argv[0] with the arguments after it (terminated by NULL) and
 * text for its standard input; output is captured. The result is malloc'd and owned by the caller.
 * NULL if out of memory. */
char *qga_exec_request(const char *const *argv, const char *input);

/* Parses the process id in the reply to guest-exec. DAQS_EREFUSED if the guest's agent does not
 * allow guest-exec. DAQS_EGUEST if it could not start the command. */
int qga_parse_exec(const char *reply, size_t length, int64_t *ret_pid, struct daqs_error *err);

/* Formats a guest-exec-status request for a process id. Returns buf. */
#define QGA_STATUS_BYTES 96
const char *qga_status_request(int64_t pid, char buf[static QGA_STATUS_BYTES]);

struct qga_exec_status {
    bool exited;
    int64_t exit_code; /* -1: terminated by a signal */
    char err[QGA_OUTPUT_MAX];
    size_t capacity; /* size of 'out' in bytes */
    char out[];
};

/* Allocates a status with room for this much output, usually QGA_OUTPUT_MAX. The result is malloc'd
 * and owned by the caller. NULL if out of memory. */
struct qga_exec_status *qga_exec_status_new(size_t capacity);

/* Returns true if the output exactly fills the available room or was truncated. */
bool qga_output_cut(const struct qga_exec_status *status);

/* Parses the reply to guest-exec-status. Output that exceeds the available room is truncated. *ret
 * is only written on success. */
int qga_parse_status(const char *reply, size_t length, struct qga_exec_status *ret,
                     struct daqs_error *err);

#endif
