/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/saved_orders.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"
#include "shared/base/name.h"
#include "shared/policy/policy.h"

enum { HEADROOM_MOST_PPM = 1000000, LINE_BYTES = 128 + DAQS_NAME_MAX };

/* --- terms --- */

void order_terms_take_modes(struct order_terms *terms, const struct daqs_uplink_setting *uplink,
                            uint32_t received, uint32_t uplinks)
{
    memset(terms->mode, POLICY_MODE_MINIMUM, sizeof terms->mode);
    for (uint32_t u = 0; u < uplinks && received == uplinks; u++)
        terms->mode[u] = (uint8_t)policy_mode_of(uplink[u].mode);
}

bool order_terms_equal(const struct order_terms *a, const struct order_terms *b)
{
    return a->headroom_ppm == b->headroom_ppm && a->lease_ms == b->lease_ms &&
           memcmp(a->mode, b->mode, sizeof a->mode) == 0;
}

/* --- writing --- */

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

static int write_terms(char line[static LINE_BYTES], const struct order_terms *terms)
{
    return snprintf(line, LINE_BYTES, "%" PRIu32 " %" PRIu32 "\n", terms->headroom_ppm,
                    terms->lease_ms);
}

static int write_mode(char line[static LINE_BYTES], enum policy_mode mode, const char *uplink)
{
    return snprintf(line, LINE_BYTES, "mode %s %s\n", policy_mode_name(mode), uplink);
}

char *saved_orders_format(const struct order_terms *terms, const struct daqs_inventory *inventory,
                          const struct daqs_nic_setting *setting)
{
    size_t used = 0;
    size_t lines = 0;
    for (uint32_t i = 0; i < inventory->nics; i++)
        lines += !setting_is_default(&setting[i]);
    char *text = malloc((lines + inventory->uplinks + 1) * LINE_BYTES);
    if (!text)
        return NULL;
    used += (size_t)write_terms(text, terms);
    for (uint32_t u = 0; u < inventory->uplinks; u++)
        if (terms->mode[u] != POLICY_MODE_MINIMUM)
            used += (size_t)write_mode(text + used, policy_mode_of(terms->mode[u]),
                                       inventory->uplink[u].name);
    for (uint32_t i = 0; i < inventory->nics; i++)
        if (!setting_is_default(&setting[i]))
            used += (size_t)write_nic(text + used, &setting[i], &inventory->nic[i].mac,
                                      inventory->vm[inventory->nic[i].vm].name);
    return text;
}

/* --- reading --- */

/* A line, including its newline, must equal what is written for the values read from it. Anything
 * else is damage. */
static bool read_terms(const char *line, struct order_terms *ret)
{
    char again[LINE_BYTES];
    *ret = (struct order_terms){0};
    if (sscanf(line, "%" SCNu32 " %" SCNu32, &ret->headroom_ppm, &ret->lease_ms) != 2 ||
        ret->headroom_ppm > HEADROOM_MOST_PPM)
        return false;
    (void)write_terms(again, ret);
    return strcmp(line, again) == 0;
}

/* An uplink's mode is written once and never if it is minimum, so a second one is an error. Unknown
 * uplinks are ignored. */
static bool take_mode(struct order_terms *terms, const struct daqs_uplink_info *uplink,
                      uint32_t uplinks, const char *name, enum policy_mode mode)
{
    uint32_t u = 0;
    while (u < uplinks && strcmp(uplink[u].name, name) != 0)
        u++;
    if (u == uplinks)
        return true;
    bool first = terms->mode[u] == POLICY_MODE_MINIMUM;
    terms->mode[u] = (uint8_t)mode;
    return first;
}

static bool read_mode(char *line, const struct daqs_uplink_info *uplink, uint32_t uplinks,
                      struct order_terms *terms)
{
    char again[LINE_BYTES];
    char text[16];
    enum policy_mode mode;
    int at = 0;
    if (sscanf(line, "mode %15s %n", text, &at) != 1 || at == 0 ||
        !policy_mode_parse(text, &mode) || mode == POLICY_MODE_MINIMUM)
        return false;
    char *name = line + at;
    size_t length = strcspn(name, "\n");
    if (daqs_name_check("uplink", name, length, NULL) != DAQS_OK)
        return false;
    name[length] = '\0';
    (void)write_mode(again, mode, name);
    name[length] = '\n';
    if (strcmp(line, again) != 0)
        return false;
    name[length] = '\0';
    return take_mode(terms, uplink, uplinks, name, mode);
}

static bool read_nic(char *line, struct kept_setting *ret)
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
    return !setting_is_default(s);
}

/* Copies the next line of *at into 'line'. False if there is none or it is too long. */
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

/* Modes come before nics. */
static bool take_line(char *line, const struct daqs_uplink_info *uplink, uint32_t uplinks,
                      struct order_terms *terms, struct kept_settings *read)
{
    struct kept_setting nic;
    if (strncmp(line, "mode ", 5) == 0)
        return read->count == 0 && read_mode(line, uplink, uplinks, terms);
    return read_nic(line, &nic) &&
           kept_settings_keep(read, &nic.mac, nic.vm, KEPT_ANY_UPLINK, &nic.setting);
}

int saved_orders_parse(const char *text, const struct daqs_uplink_info *uplink, uint32_t uplinks,
                       struct order_terms *ret_terms, struct kept_settings *ret,
                       struct daqs_error *err)
{
    char line[LINE_BYTES];
    struct order_terms terms;
    struct kept_settings read = {0};
    const char *at = text;
    bool good = next_line(&at, line) && read_terms(line, &terms);
    while (good && *at)
        good = next_line(&at, line) && take_line(line, uplink, uplinks, &terms, &read);
    if (!good) {
        kept_settings_clear(&read);
        return daqs_fail(err, DAQS_EFORMAT, "the saved orders are malformed");
    }
    *ret_terms = terms;
    *ret = read;
    return DAQS_OK;
}
