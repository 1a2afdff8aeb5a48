/* settings_text - what nics have been promised, as text: for after a restart without a controller.
 *
 * The first line is the headroom in parts per million and the lease in ms; then one for each nic of
 * which there is anything to say: guarantee, maximum ("-": none) and weight in bits per second, MAC
 * address, and the VM's name, which may have blanks. */
#ifndef DAQS_AGENTD_CORE_SETTINGS_TEXT_H
#define DAQS_AGENTD_CORE_SETTINGS_TEXT_H

#include "agentd/core/settings.h"

/* What is on that line. */
struct settings_terms {
    uint32_t headroom_ppm; /* up to 1000000 */
    uint32_t lease_ms;
};

/* The inventory's nics, of which there is one setting each. Malloc'd, the caller's; NULL: out of
 * memory. */
char *settings_format(const struct settings_terms *terms, const struct daqs_inventory *inventory,
                      const struct daqs_nic_setting *setting);

/* What a text says, without limits; *ret is the caller's to settings_forget. DAQS_EFORMAT if it is
 * not what settings_format writes, or there is no memory for it. */
int settings_parse(const char *text, struct settings_terms *ret_terms, struct settings *ret,
                   struct daqs_error *err);

#endif
