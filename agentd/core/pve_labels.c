/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/pve_labels.h"

#include <stdio.h>
#include <string.h>

#include "agentd/core/pve_config.h"

/* Longer ones are valid for no label. */
enum { TEXT_BYTES = DAQS_LABEL_VALUE_MAX + 2 };

/* Returns the part as a terminated text, cut if it is too long for a label. */
static const char *text_of(struct pve_part part, char text[static TEXT_BYTES])
{
    const size_t length = part.length < TEXT_BYTES ? part.length : TEXT_BYTES - 1;
    memcpy(text, part.at, length);
    text[length] = '\0';
    return text;
}

/* "daqs-class-gold" asks for the class gold. A tag has no ':' or '=', and no capitals. */
static void read_wish(const char *tag, struct vm_labels *labels)
{
    static const char prefix[] = "daqs-";
    char name[DAQS_LABEL_KEY_MAX + 1];
    if (strncmp(tag, prefix, strlen(prefix)) != 0)
        return;
    const char *rest = tag + strlen(prefix);
    const size_t length = strcspn(rest, "-");
    if (length >= sizeof name)
        return;
    memcpy(name, rest, length);
    name[length] = '\0';
    vm_labels_ask(labels, name, rest[length] ? rest + length + 1 : "");
}

/* Tags are separated by ';' (as Proxmox VE writes them), ',' or blanks. A list that is too long is
 * cut between two of them. */
static void read_tags(struct pve_part value, struct vm_labels *labels)
{
    static const char separators[] = ";, \t";
    char all[4 * TEXT_BYTES];
    size_t length = value.length < sizeof all ? value.length : sizeof all - 1;
    while (length < value.length && length > 0 && !strchr(separators, value.at[length]))
        length--;
    memcpy(all, value.at, length);
    all[length] = '\0';
    char *rest = NULL;
    for (const char *tag = strtok_r(all, separators, &rest); tag;
         tag = strtok_r(NULL, separators, &rest)) {
        (void)vm_labels_add(labels, "pve-tag", tag);
        read_wish(tag, labels);
    }
}

/* "net0: virtio=BC:24:11:00:00:01,bridge=vmbr0,rate=12.5" */
static void read_rate(struct pve_part line, struct pve_part value, struct vm_labels *labels)
{
    static const char rate[] = "rate=";
    char key[DAQS_LABEL_KEY_MAX + 1];
    char text[TEXT_BYTES];
    struct pve_part part;
    const char *colon = memchr(line.at, ':', line.length);
    if (snprintf(key, sizeof key, "pve-rate-%.*s", (int)(colon - line.at), line.at) >=
        (int)sizeof key)
        return;
    while (pve_next_part(&value, ',', &part))
        if (pve_begins_with(part, rate))
            (void)vm_labels_add(
                labels, key,
                text_of((struct pve_part){part.at + strlen(rate), part.length - strlen(rate)},
                        text));
}

void pve_labels_read(const char *config, struct vm_labels *labels)
{
    struct pve_part rest = pve_part_of(config);
    struct pve_part line;
    struct pve_part value;
    char text[TEXT_BYTES];
    while (pve_next_line(&rest, &line)) {
        if (pve_value_of(line, "name", false, &value))
            vm_labels_set_title(labels, text_of(value, text));
        else if (pve_value_of(line, "tags", false, &value))
            read_tags(value, labels);
        else if (pve_value_of(line, "net", true, &value))
            read_rate(line, value, labels);
    }
}

static bool lists(struct pve_part numbers, const char *vmid)
{
    struct pve_part number;
    while (pve_next_part(&numbers, ',', &number)) {
        number = pve_trim(number);
        if (number.length == strlen(vmid) && pve_begins_with(number, vmid))
            return true;
    }
    return false;
}

/* "pool:NAME:COMMENT:VMIDS:STORAGES:" */
void pve_labels_add_pool(const char *user_cfg, const char *vmid, struct vm_labels *labels)
{
    enum { KIND, NAME, COMMENT, VMIDS, FIELDS };
    struct pve_part rest = pve_part_of(user_cfg);
    struct pve_part line;
    char text[TEXT_BYTES];
    while (pve_next_part(&rest, '\n', &line)) {
        struct pve_part field[FIELDS];
        size_t fields = 0;
        while (fields < FIELDS && pve_next_part(&line, ':', &field[fields]))
            fields++;
        if (fields < FIELDS || field[KIND].length != strlen("pool") ||
            !pve_begins_with(field[KIND], "pool") || !lists(field[VMIDS], vmid))
            continue;
        (void)vm_labels_add(labels, "pve-pool", text_of(field[NAME], text));
        return;
    }
}
