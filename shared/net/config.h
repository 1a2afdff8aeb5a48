/* config - INI files (inih) read against a table of known keys.
 *
 * Errors name file, line, section and key. A file is read as a whole: one bad line refuses it. */
#ifndef DAQS_NET_CONFIG_H
#define DAQS_NET_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"

/* Stores one value. 'arg' is what follows the section's name ("ens6f1np1" of
 * "[uplink ens6f1np1]"), "" if nothing. Fails with a text that says what is wrong. */
typedef int config_set(void *target, const char *arg, const char *value, struct daqs_error *err);

/* What inih passes over at the beginning of a line. */
#define CONFIG_BLANKS " \t\r\v\f"

struct config_key {
    const char *section; /* first word of the header */
    const char *name;    /* NULL: called once for each header, with an empty value */
    config_set *set;
    bool list; /* may be given more than once, and go on in indented lines */
};

/* Reads 'path' into 'target'; values not in the file keep what the caller put there.
 * DAQS_EIO if it cannot be read, DAQS_EINVALID for the first line that is wrong. */
int config_load(const char *path, const struct config_key *keys, size_t count, void *target,
                struct daqs_error *err);

/* Helpers for setters: "yes" or "no"; a text copied over *ret (freeing the old one); a whole
 * number from 'least' to 'most'; and a share such as "1%" or "2.5%" in parts per million, 0 to
 * 'most_ppm'. */
int config_parse_bool(const char *value, bool *ret, struct daqs_error *err);
int config_replace_text(char **ret, const char *value, struct daqs_error *err);
int config_parse_count(const char *value, uint32_t least, uint32_t most, uint32_t *ret,
                       struct daqs_error *err);
int config_parse_percent(const char *value, uint32_t most_ppm, uint32_t *ret_ppm,
                         struct daqs_error *err);

#endif
