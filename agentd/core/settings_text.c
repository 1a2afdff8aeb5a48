#include "agentd/core/settings_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"
#include "shared/base/name.h"

enum { HEADROOM_MOST_PPM = 1000000, LINE_BYTES = 128 + DAQS_NAME_MAX };

/* --- written --- */

static int write_nic(char line[static LINE_BYTES], const struct daqs_nic_setting *s,
                     const struct daqs_mac *mac, const char *vm)
{
    char max[24] = "-";
    char text[DAQS_MAC_TEXT];
    if (s->max != DAQS_UNLIMITED)
        (void)snprintf(max, sizeof max, "%" PRIu64, s->max);
    return snprintf(line, LINE_BYTES, "%" PRIu64 " %s %" PRIu32 " %s %s\n", s->min, max, s->weight,
                    daqs_mac_format(mac, text), vm);
}

static int write_terms(char line[static LINE_BYTES], const struct settings_terms *terms)
{
    return snprintf(line, LINE_BYTES, "%" PRIu32 " %" PRIu32 "\n", terms->headroom_ppm,
                    terms->lease_ms);
}

char *settings_format(const struct settings_terms *terms, const struct daqs_inventory *inventory,
                      const struct daqs_nic_setting *setting)
{
    size_t used = 0;
    size_t said = 0;
    for (uint32_t i = 0; i < inventory->nics; i++)
        said += settings_say_anything(&setting[i]);
    char *text = malloc((said + 1) * LINE_BYTES);
    if (!text)
        return NULL;
    used += (size_t)write_terms(text, terms);
    for (uint32_t i = 0; i < inventory->nics; i++)
        if (settings_say_anything(&setting[i]))
            used += (size_t)write_nic(text + used, &setting[i], &inventory->nic[i].mac,
                                      inventory->vm[inventory->nic[i].vm].name);
    return text;
}

/* --- read --- */

/* The line (with its end) is what is written of what was read from it: anything else is damage. */
static bool read_terms(const char *line, struct settings_terms *ret)
{
    char again[LINE_BYTES];
    if (sscanf(line, "%" SCNu32 " %" SCNu32, &ret->headroom_ppm, &ret->lease_ms) != 2 ||
        ret->headroom_ppm > HEADROOM_MOST_PPM)
        return false;
    (void)write_terms(again, ret);
    return strcmp(line, again) == 0;
}

static bool read_nic(char *line, struct settings_kept *ret)
{
    char again[LINE_BYTES];
    char max[24];
    char mac[DAQS_MAC_TEXT];
    int at = 0;
    struct daqs_nic_setting *s = &ret->setting;
    *s = (struct daqs_nic_setting){.limit = DAQS_UNLIMITED, .max = DAQS_UNLIMITED};
    if (sscanf(line, "%" SCNu64 " %23s %" SCNu32 " %17s %n", &s->min, max, &s->weight, mac, &at) !=
            4 ||
        at == 0 || !daqs_mac_parse(mac, &ret->mac) || s->weight == 0)
        return false;
    if (strcmp(max, "-") != 0 && sscanf(max, "%" SCNu64, &s->max) != 1)
        return false;
    ret->vm = line + at;
    size_t length = strcspn(ret->vm, "\n");
    if (s->min > DAQS_BPS_MAX || (s->max != DAQS_UNLIMITED && s->max > DAQS_BPS_MAX) ||
        daqs_name_check("VM", ret->vm, length, NULL) != DAQS_OK)
        return false;
    ret->vm[length] = '\0';
    (void)write_nic(again, s, &ret->mac, ret->vm);
    ret->vm[length] = '\n';
    if (strcmp(line, again) != 0)
        return false;
    ret->vm[length] = '\0';
    return settings_say_anything(s);
}

/* The next line of *at, cut out into 'line'. False: there is none, or it is too long. */
static bool next_line(const char **at, char line[static LINE_BYTES])
{
    const char *end = strchr(*at, '\n');
    if (!end || end + 1 - *at >= LINE_BYTES)
        return false;
    memcpy(line, *at, (size_t)(end + 1 - *at));
    line[end + 1 - *at] = '\0';
    *at = end + 1;
    return true;
}

int settings_parse(const char *text, struct settings_terms *ret_terms, struct settings *ret,
                   struct daqs_error *err)
{
    char line[LINE_BYTES];
    struct settings_terms terms;
    struct settings read = {0};
    const char *at = text;
    bool good = next_line(&at, line) && read_terms(line, &terms);
    while (good && *at) {
        struct settings_kept nic;
        good = next_line(&at, line) && read_nic(line, &nic) &&
               settings_keep(&read, &nic.mac, nic.vm, &nic.setting);
    }
    if (!good) {
        settings_forget(&read);
        return daqs_fail(err, DAQS_EFORMAT, "what nics have been promised makes no sense");
    }
    *ret_terms = terms;
    *ret = read;
    return DAQS_OK;
}
