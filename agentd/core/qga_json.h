/* qga_json - the guest agent's JSON: requests we write, replies we do not trust.
 *
 * Protocol: QEMU Guest Agent Protocol Reference (qga/qapi-schema.json). Replies are bounded in
 * bytes, depth and count; duplicate keys, wrong types and negative counters are refused. */
#ifndef DAQS_AGENTD_CORE_QGA_JSON_H
#define DAQS_AGENTD_CORE_QGA_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/counters.h"
#include "agentd/core/ip_address.h"
#include "shared/base/error.h"
#include "shared/base/mac.h"

#define QGA_REPLY_MAX (512 * 1024) /* bytes of one reply that we are willing to read */
#define QGA_INTERFACES_MAX 64      /* interfaces of a guest that we look at */
#define QGA_ADDRESSES_MAX 128      /* addresses of a guest that we look at */
#define QGA_OUTPUT_MAX 8192 /* bytes kept of what a command printed, if a few lines suffice */

#define QGA_GET_INTERFACES "{\"execute\":\"guest-network-get-interfaces\"}"
#define QGA_FREEZE_STATUS "{\"execute\":\"guest-fsfreeze-status\"}"

struct qga_interface {
    char name[64]; /* as the guest says; longer ones are cut and so not usable for tc */
    struct daqs_mac mac;
    bool counted; /* what it sent is known: the bytes and the packets */
    uint64_t tx_bytes;
    uint64_t rx_bytes; /* COUNTERS_UNKNOWN: not known; the packets likewise */
    uint64_t tx_packets;
    uint64_t rx_packets;
};

/* Which interfaces are kept first if there are more than QGA_INTERFACES_MAX. */
typedef bool (*qga_wanted_f)(const void *arg, const struct daqs_mac *mac);

/* Fills ret[0..QGA_INTERFACES_MAX) with the interfaces that have a name and a MAC address, in the
 * order of the list; all that are wanted before any that are not ('wanted' may be NULL).
 * DAQS_EFORMAT: nonsense; if the agent answered with an error: as qga_error.h has it. */
int qga_parse_interfaces(const char *reply, size_t length, qga_wanted_f wanted, const void *arg,
                         struct qga_interface *ret, size_t *ret_count, struct daqs_error *err);

/* The same reply read for the addresses of interfaces with one of these MAC addresses: fills
 * ret[0..QGA_ADDRESSES_MAX), 'nic' being the place in 'mac'. DAQS_ETOOBIG: there are more. */
int qga_parse_addresses(const char *reply, size_t length, const struct daqs_mac *mac, size_t macs,
                        struct nic_address *ret, size_t *ret_count, struct daqs_error *err);

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
    size_t room; /* bytes of 'out' */
    char out[];
};

/* With room for so much output: QGA_OUTPUT_MAX bytes or so. malloc'd, the caller's; NULL if out of
 * memory. */
struct qga_exec_status *qga_exec_status_new(size_t room);

/* True if more was printed than fits, or just as much. */
bool qga_output_cut(const struct qga_exec_status *status);

/* Keeps of the output what there is room for. *ret is only written on success. */
int qga_parse_status(const char *reply, size_t length, struct qga_exec_status *ret,
                     struct daqs_error *err);

#endif
