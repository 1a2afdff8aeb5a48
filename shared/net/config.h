/* SPDX-License-Identifier: Apache-2.0 */
/* config - parses INI files (inih) against a table of known keys.
 *
 * Errors name the file, the line, the section and the key. One bad line rejects the whole file. */
#ifndef DAQS_NET_CONFIG_H
#define DAQS_NET_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"

/* Stores one value. 'arg' is what follows the section's name ("ens6f1np1" in "[uplink ens6f1np1]"),
 * or "". On failure, the text of 'err' states what is wrong. */
typedef int config_set(void *target, const char *arg, const char *value, struct daqs_error *err);

/* Characters that inih skips at the beginning of a line. */
#define CONFIG_BLANKS " \t\r\v\f"

struct config_key {
    const char *section; /* first word of the header */
    const char *name;    /* NULL: called once for each header, with an empty value */
    config_set *set;
    bool list;         /* may be given more than once, and continue in indented lines */
    const char *usual; /* the value that config_set_defaults stores; NULL: none */
};

/* In a table of keys: a default that is computed. The words are for the documentation. */
#define CONFIG_COMPUTED(words) NULL

/* Stores the defaults of all keys. */
int config_set_defaults(const struct config_key *keys, size_t count, void *target,
                        struct daqs_error *err);

/* Reads 'path' into 'target'; values that are not in the file keep what the caller set. DAQS_EIO:
 * the file cannot be read. DAQS_EINVALID: a line is wrong; the text describes the first one. */
int config_load(const char *path, const struct config_key *keys, size_t count, void *target,
                struct daqs_error *err);

/* Helpers for setters. They parse "yes" or "no"; copy a text to *ret and free the old one; parse a
 * whole number from 'least' to 'most'; and parse a share such as "1%" or "2.5%" into parts per
 * million, 0 to 'most_ppm'. */
int config_parse_bool(const char *value, bool *ret, struct daqs_error *err);
int config_replace_text(char **ret, const char *value, struct daqs_error *err);
int config_parse_count(const char *value, uint32_t least, uint32_t most, uint32_t *ret,
                       struct daqs_error *err);
int config_parse_percent(const char *value, uint32_t most_ppm, uint32_t *ret_ppm,
                         struct daqs_error *err);

#endif
