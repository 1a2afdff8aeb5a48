/* SPDX-License-Identifier: Apache-2.0 */
/* epoch_file - the highest epoch that the agent has obeyed, saved across restarts. */
#ifndef DAQS_AGENTD_EPOCH_FILE_H
#define DAQS_AGENTD_EPOCH_FILE_H

#include <stdint.h>

#include "shared/base/error.h"

/* Reads DIR/epoch; 0 if the file does not exist. A damaged file is an error (DAQS_EFORMAT). */
int epoch_file_load(const char *dir, uint64_t *ret, struct daqs_error *err);

/* Renames a damaged file to DIR/epoch.damaged, and replaces an earlier one there. DAQS_EIO. */
int epoch_file_set_aside(const char *dir, struct daqs_error *err);

/* Replaces DIR/epoch atomically: after a crash it holds either the old or the new number. */
int epoch_file_save(const char *dir, uint64_t epoch, struct daqs_error *err);

#endif
