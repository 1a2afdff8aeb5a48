/* epoch_file - the highest epoch an agent has obeyed, kept across restarts. */
#ifndef DAQS_AGENTD_EPOCH_FILE_H
#define DAQS_AGENTD_EPOCH_FILE_H

#include <stdint.h>

#include "shared/base/error.h"

/* Reads DIR/epoch; 0 if there is none. A file that makes no sense is an error: guessing low
 * would let an old controller command. */
int epoch_file_load(const char *dir, uint64_t *ret, struct daqs_error *err);

/* Replaces DIR/epoch so that either the old or the new number survives a crash. */
int epoch_file_save(const char *dir, uint64_t epoch, struct daqs_error *err);

#endif
