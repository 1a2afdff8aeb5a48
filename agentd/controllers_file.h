/* SPDX-License-Identifier: Apache-2.0 */
/* controllers_file - the controllers of which a group told this agent last, for its next start.
 *
 * The first line lists the configured endpoints, separated by blanks. For each controller there is
 * a line with its endpoint, its public key in base64 ("-": the configured one) and its name, which
 * may include blanks. */
#ifndef DAQS_AGENTD_CONTROLLERS_FILE_H
#define DAQS_AGENTD_CONTROLLERS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "agentd/core/candidates.h"
#include "shared/base/error.h"

struct controllers_list {
    struct candidate controller[DAQS_MAX_MEMBERS]; /* best first; none twice */
    size_t count;
};

/* Returns true if an agent may dial an endpoint of which a group tells: with keys at tcp:// only,
 * without keys on this machine only. */
bool controllers_endpoint_ok(const char *endpoint, bool keys);

/* Reads DIR/controllers. If it was saved while other endpoints were configured, or in another
 * order, only the controllers at endpoints that are configured now count. The list is empty if the
 * file does not exist, or keys were not used as now. DAQS_EFORMAT: it is damaged. DAQS_EIO,
 * DAQS_ENOMEM. */
int controllers_file_load(const char *dir, const char *const *configured, size_t count, bool keys,
                          struct controllers_list *ret, struct daqs_error *err);

/* Renames a damaged file to DIR/controllers.damaged, and replaces an earlier one there. DAQS_EIO.
 */
int controllers_file_set_aside(const char *dir, struct daqs_error *err);

/* Replaces DIR/controllers atomically. DAQS_EIO, DAQS_ENOMEM. */
int controllers_file_save(const char *dir, const char *const *configured, size_t count,
                          const struct controllers_list *list, struct daqs_error *err);

#endif
