/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/host_nics.h"
#include "agentd/core/json_cursor.h"

enum { PART_BYTES = 256 };

/* Properties of a device. */
struct device {
    char driver[64];
    char mac[24];
    char host[24]; /* the passed-through function */
    char sysfs[PART_BYTES];
    char netdev[64];
};

/* --- arguments --- */

/* Returns one argument after the other. NULL at the end. */
static const char *next_argument(const char **at, const char *end)
{
    const char *argument = *at;
    const char *nul = argument < end ? memchr(argument, '\0', (size_t)(end - argument)) : NULL;
    if (!nul)
        return NULL;
    *at = nul + 1;
    return argument;
}

/* "-device" and "--device" are equivalent. */
static bool is_option(const char *argument, const char *name)
{
    return argument[0] == '-' && strcmp(argument + (argument[1] == '-' ? 2 : 1), name) == 0;
}

/* Parses "key=value,...", where ",," stands for a comma in a value. False at the end. A part that
 * does not fit is "". */
static bool next_part(const char **text, char *ret, size_t size)
{
    size_t used = 0;
    const char *p = *text;
    if (*p == '\0')
        return false;
    for (; *p; p++) {
        if (*p == ',' && *++p != ',')
            break;
        if (used < size)
            ret[used++] = *p;
    }
    *text = p;
    ret[used < size ? used : 0] = '\0';
    return true;
}

/* Stores "" if the value does not fit. */
static void copy(char *ret, size_t size, const char *value)
{
    if ((size_t)snprintf(ret, size, "%s", value) >= size)
        ret[0] = '\0';
}

static bool property(const char *text, const char *key, char *ret, size_t size)
{
    char part[PART_BYTES];
    size_t length = strlen(key);
    ret[0] = '\0';
    while (next_part(&text, part, sizeof part)) {
        if (strncmp(part, key, length) != 0 || part[length] != '=')
            continue;
        copy(ret, size, part + length + 1);
        return ret[0] != '\0';
    }
    return false;
}

/* Returns the first word: that of "socket,...", or of "backend=socket,...". */
static void first_word(const char *text, const char *key, char *ret, size_t size)
{
    char part[PART_BYTES];
    const char *rest = text;
    if (next_part(&rest, part, sizeof part) && !strchr(part, '='))
        copy(ret, size, part);
    else
        (void)property(text, key, ret, size);
}

/* --- devices --- */

static void read_properties(const char *text, struct device *ret)
{
    first_word(text, "driver", ret->driver, sizeof ret->driver);
    (void)property(text, "mac", ret->mac, sizeof ret->mac);
    (void)property(text, "host", ret->host, sizeof ret->host);
    (void)property(text, "sysfsdev", ret->sysfs, sizeof ret->sysfs);
    (void)property(text, "netdev", ret->netdev, sizeof ret->netdev);
}

static void read_json_value(struct json_cursor *c, const char *key, struct device *ret)
{
    const struct {
        const char *key;
        char *to;
        size_t size;
    } known[] = {{"driver", ret->driver, sizeof ret->driver},
                 {"mac", ret->mac, sizeof ret->mac},
                 {"host", ret->host, sizeof ret->host},
                 {"sysfsdev", ret->sysfs, sizeof ret->sysfs},
                 {"netdev", ret->netdev, sizeof ret->netdev}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(key, known[i].key) == 0) {
            (void)json_read_string(c, known[i].to, known[i].size);
            return;
        }
    }
    json_skip(c);
}

/* QEMU 6.1 and later also accepts devices in JSON. */
static void read_json(const char *text, struct device *ret)
{
    struct json_cursor c;
    char key[16];
    json_begin(&c, text, strlen(text));
    if (json_read_object(&c))
        while (json_next_key(&c, key, sizeof key))
            read_json_value(&c, key, ret);
    if (!json_end(&c))
        *ret = (struct device){0};
}

/* The addresses that QEMU assigns to nics without one: 52:54:00:12:34:56 and following. */
struct defaults {
    bool used[UINT8_MAX + 1];
};

static void note_address(struct defaults *d, const struct host_nics *nics)
{
    static const uint8_t base[] = {0x52, 0x54, 0x00, 0x12, 0x34};
    const struct domain_nic *last = &nics->nic[nics->count - 1];
    if (last->mac_known && memcmp(last->mac.byte, base, sizeof base) == 0)
        d->used[last->mac.byte[sizeof base]] = true;
}

static void add_nic(struct host_nics *nics, struct defaults *d, const char *mac)
{
    enum { FIRST = 0x56 };
    char made[DAQS_MAC_TEXT];
    unsigned index = FIRST;
    while (index < UINT8_MAX && d->used[index])
        index++;
    (void)snprintf(made, sizeof made, "52:54:00:12:34:%02x", index & UINT8_MAX);
    if (!host_nics_add_mac(nics, *mac ? mac : made))
        nics->more = true;
    else if (nics->count > 0)
        note_address(d, nics);
}

/* The path of a mediated device does not end with a PCI address. */
static void add_function(struct host_nics *nics, const struct device *device)
{
    const char *slash = strrchr(device->sysfs, '/');
    (void)host_nics_add_pci(nics, slash ? slash + 1 : device->host);
}

static void add_device(struct host_nics *nics, struct defaults *d, const char *text)
{
    struct device device = {0};
    if (*text == '{')
        read_json(text, &device);
    else
        read_properties(text, &device);
    if (strncmp(device.driver, "vfio-pci", strlen("vfio-pci")) == 0)
        add_function(nics, &device);
    else if (device.mac[0] || device.netdev[0])
        add_nic(nics, d, device.mac);
}

/* "-nic tap,mac=...", "-net nic,macaddr=..." */
static void add_legacy(struct host_nics *nics, struct defaults *d, const char *option,
                       const char *text)
{
    char word[16];
    char mac[24];
    first_word(text, "type", word, sizeof word);
    bool takes = is_option(option, "nic") ? strcmp(word, "none") != 0 : strcmp(word, "nic") == 0;
    if (!takes)
        return;
    if (!property(text, "mac", mac, sizeof mac))
        (void)property(text, "macaddr", mac, sizeof mac);
    add_nic(nics, d, mac);
}

/* --- identification of the guest's process --- */

/* Proxmox VE uses /var/run, which is a symbolic link. */
static const char *without_var(const char *path)
{
    static const char var[] = "/var";
    bool linked = strncmp(path, "/var/run/", strlen("/var/run/")) == 0;
    return linked ? path + strlen(var) : path;
}

static bool is_on_socket(const char *chardev, const char *socket)
{
    char word[16];
    char path[PART_BYTES];
    first_word(chardev, "backend", word, sizeof word);
    return strcmp(word, "socket") == 0 && property(chardev, "path", path, sizeof path) &&
           strcmp(without_var(path), without_var(socket)) == 0;
}

static bool has_socket(const char *args, const char *end, const char *socket)
{
    const char *option;
    while ((option = next_argument(&args, end))) {
        const char *value = is_option(option, "chardev") ? next_argument(&args, end) : NULL;
        if (value && is_on_socket(value, socket))
            return true;
    }
    return false;
}

/* QEMU creates the nics of -nic and -net before those of -device. */
static void add_all(const char *args, const char *end, bool legacy, struct defaults *d,
                    struct host_nics *ret)
{
    const char *option;
    while ((option = next_argument(&args, end))) {
        bool is_device = is_option(option, "device");
        bool is_legacy = is_option(option, "nic") || is_option(option, "net");
        ret->more |= is_option(option, "readconfig");
        const char *value = is_device || is_legacy ? next_argument(&args, end) : NULL;
        if (value && is_device && !legacy)
            add_device(ret, d, value);
        else if (value && is_legacy && legacy)
            add_legacy(ret, d, option, value);
    }
}

bool host_nics_of_qemu(const char *args, size_t length, const char *socket, struct host_nics *ret)
{
    struct defaults defaults = {{false}};
    ret->count = 0;
    ret->more = false;
    if (!has_socket(args, args + length, socket))
        return false;
    add_all(args, args + length, true, &defaults, ret);
    add_all(args, args + length, false, &defaults, ret);
    return true;
}
