/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/sysfs.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SPEED_UNKNOWN_16 = 65535, SPEED_MOST = 3200000 }; /* Mbit/s */

/* Returns true if the speed is known. For an unknown speed, drivers write -1 as a number of 32 or
 * 16 bits. */
static bool speed_known(long mbit)
{
    return mbit > 0 && mbit <= SPEED_MOST && mbit != SPEED_UNKNOWN_16;
}

daqs_bps sysfs_link_speed(const char *root, const char *ifname)
{
    char path[PATH_MAX];
    long mbit = 0;
    if (!daqs_ifname_ok(ifname))
        return 0;
    (void)snprintf(path, sizeof path, "%s/class/net/%s/speed", root, ifname);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%ld", &mbit) != 1 || !speed_known(mbit))
        mbit = 0;
    (void)fclose(file);
    return (daqs_bps)mbit * 1000000;
}

/* The kernel answers EINVAL for an interface that is not up. */
enum daqs_link sysfs_link(const char *root, const char *ifname)
{
    char path[PATH_MAX];
    if (!daqs_ifname_ok(ifname))
        return DAQS_LINK_UNKNOWN;
    (void)snprintf(path, sizeof path, "%s/class/net/%s/carrier", root, ifname);
    FILE *file = fopen(path, "re");
    if (!file)
        return DAQS_LINK_UNKNOWN;
    int state = fgetc(file);
    (void)fclose(file);
    return state == '1' ? DAQS_LINK_UP : state == '0' ? DAQS_LINK_DOWN : DAQS_LINK_UNKNOWN;
}

static bool is_positive(const char *path)
{
    unsigned number = 0;
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool read = fscanf(file, "%9u", &number) == 1;
    (void)fclose(file);
    return read && number > 0;
}

/* Returns true if the device has VFs or can have them. Simulated NICs do not show
 * sriov_totalvfs. */
bool sysfs_has_vfs(const char *root, const char *ifname)
{
    static const char *const files[] = {"sriov_totalvfs", "sriov_numvfs"};
    char path[PATH_MAX];
    for (size_t i = 0; i < 2 && daqs_ifname_ok(ifname); i++) {
        (void)snprintf(path, sizeof path, "%s/class/net/%s/device/%s", root, ifname, files[i]);
        if (is_positive(path))
            return true;
    }
    return false;
}

/* Matches the links to the interfaces below a network interface, which are named "lower_NAME". */
static int is_lower(const struct dirent *entry)
{
    return strncmp(entry->d_name, "lower_", 6) == 0;
}

static void add_name(const char *name, char ret[static SYSFS_PORTS_BYTES])
{
    size_t used = strlen(ret);
    size_t left = SYSFS_PORTS_BYTES - used;
    if (snprintf(ret + used, left, "%s%s", used ? ", " : "", name) >= (int)left)
        ret[used] = '\0';
}

void sysfs_ports_with_vfs(const char *root, const char *ifname, char ret[static SYSFS_PORTS_BYTES])
{
    char path[PATH_MAX];
    struct dirent **entry;
    ret[0] = '\0';
    if (!daqs_ifname_ok(ifname))
        return;
    (void)snprintf(path, sizeof path, "%s/class/net/%s", root, ifname);
    int count = scandir(path, &entry, is_lower, alphasort);
    for (int i = 0; i < count; i++) {
        const char *name = entry[i]->d_name + 6;
        if (sysfs_has_vfs(root, name))
            add_name(name, ret);
        free(entry[i]);
    }
    if (count >= 0)
        free(entry);
}

/* Reads phys_port_id. The read fails if the driver does not number its ports. */
void sysfs_port_id(const char *root, const char *ifname, char ret[static SYSFS_PORT_ID_BYTES])
{
    char path[PATH_MAX];
    ret[0] = '\0';
    if (!daqs_ifname_ok(ifname))
        return;
    (void)snprintf(path, sizeof path, "%s/class/net/%s/phys_port_id", root, ifname);
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    size_t length = fread(ret, 1, SYSFS_PORT_ID_BYTES - 1, file);
    (void)fclose(file);
    ret[length] = '\0';
    length = strspn(ret, "0123456789abcdef");
    if (strcmp(ret + length, "\n") != 0) /* truncated, or something else */
        length = 0;
    ret[length] = '\0';
}

bool sysfs_driver(const char *root, const char *ifname, char ret[static SYSFS_DRIVER_BYTES])
{
    char path[PATH_MAX];
    char target[PATH_MAX];
    if (!daqs_ifname_ok(ifname))
        return false;
    (void)snprintf(path, sizeof path, "%s/class/net/%s/device/driver", root, ifname);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    const char *name = slash ? slash + 1 : target;
    return snprintf(ret, SYSFS_DRIVER_BYTES, "%s", name) < SYSFS_DRIVER_BYTES && *name;
}

static bool pci_ok(const char *pci)
{
    return *pci && strspn(pci, "0123456789abcdef:.") == strlen(pci);
}

bool sysfs_is_nic_vf(const char *root, const char *pci)
{
    char path[PATH_MAX];
    unsigned class = 0;
    if (!pci_ok(pci))
        return false;
    (void)snprintf(path, sizeof path, "%s/bus/pci/devices/%s/physfn", root, pci);
    if (access(path, F_OK) != 0)
        return false;
    (void)snprintf(path, sizeof path, "%s/bus/pci/devices/%s/class", root, pci);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    int found = fscanf(file, "%x", &class); /* 0x020000: network, Ethernet */
    (void)fclose(file);
    return found == 1 && class >> 16 == 2;
}

/* Returns true for a PCI address: "0000:3b:02.1" */
static bool is_pci(const char *name)
{
    unsigned part;
    int length = 0;
    return strlen(name) < SYSFS_PCI_BYTES && pci_ok(name) &&
           sscanf(name, "%4x:%2x:%2x.%1x%n", &part, &part, &part, &part, &length) == 4 &&
           name[length] == '\0';
}

/* Gets the innermost PCI function in the real path of a device. */
static bool function_above(const char *path, char ret[static SYSFS_PCI_BYTES])
{
    char real[PATH_MAX];
    if (!realpath(path, real))
        return false;
    for (char *slash = strrchr(real, '/'); slash; slash = strrchr(real, '/')) {
        if (is_pci(slash + 1)) {
            memcpy(ret, slash + 1, strlen(slash + 1) + 1);
            return true;
        }
        *slash = '\0';
    }
    return false;
}

bool sysfs_pci_of_interface(const char *root, const char *ifname, char ret[static SYSFS_PCI_BYTES])
{
    char path[PATH_MAX];
    if (!daqs_ifname_ok(ifname))
        return false;
    (void)snprintf(path, sizeof path, "%s/class/net/%s/device", root, ifname);
    return function_above(path, ret);
}

bool sysfs_pci_of_vdpa(const char *root, const char *name, char ret[static SYSFS_PCI_BYTES])
{
    char folder[PATH_MAX];
    bool found = false;
    (void)snprintf(folder, sizeof folder, "%s/bus/vdpa/devices", root);
    DIR *dir = daqs_ifname_ok(name) ? opendir(folder) : NULL;
    if (!dir)
        return false;
    for (const struct dirent *entry = readdir(dir); entry && !found; entry = readdir(dir)) {
        char path[PATH_MAX];
        if (entry->d_name[0] != '.' &&
            snprintf(path, sizeof path, "%s/%s/%s", folder, entry->d_name, name) < PATH_MAX)
            found = access(path, F_OK) == 0 && function_above(path, ret);
    }
    closedir(dir);
    return found;
}

/* Returns true for the representor of a VF or subfunction. They are in the same folder as the PF's
 * interface. The names of their ports distinguish them: "pf0vf3", "c1pf0vf3"; the name of the
 * uplink's port is "p0", or it has none. */
static bool is_representor(const char *folder, const char *ifname)
{
    char path[PATH_MAX];
    char port[32] = "";
    if (snprintf(path, sizeof path, "%s/%s/phys_port_name", folder, ifname) >= (int)sizeof path)
        return false;
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size_t length = fread(port, 1, sizeof port - 1, file); /* fails if there is no name */
    (void)fclose(file);
    port[length] = '\0';
    return strstr(port, "vf") || strstr(port, "sf") || port[0] == 'c' ||
           strncmp(port, "pf", 2) == 0;
}

void sysfs_physical(const char *root, const char *pci, char ret[static DAQS_IFNAME_MAX + 1])
{
    char path[PATH_MAX];
    ret[0] = '\0';
    if (!pci_ok(pci))
        return;
    (void)snprintf(path, sizeof path, "%s/bus/pci/devices/%s/physfn/net", root, pci);
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        /* this also skips "." and ".." */
        if (!daqs_ifname_ok(entry->d_name) || is_representor(path, entry->d_name))
            continue;
        (void)snprintf(ret, DAQS_IFNAME_MAX + 1, "%.15s", entry->d_name);
        break;
    }
    closedir(dir);
}

/* Returns true if this link of the PF ("virtfn3") points to the function with this address. */
static bool leads_to(const char *folder, const char *name, const char *pci)
{
    char path[PATH_MAX];
    char target[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return false;
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    return strcmp(slash ? slash + 1 : target, pci) == 0;
}

int sysfs_vf_number(const char *root, const char *pci)
{
    char path[PATH_MAX];
    int number = -1;
    if (!pci_ok(pci))
        return -1;
    (void)snprintf(path, sizeof path, "%s/bus/pci/devices/%s/physfn", root, pci);
    DIR *dir = opendir(path);
    if (!dir)
        return -1;
    for (const struct dirent *entry = readdir(dir); entry && number < 0; entry = readdir(dir)) {
        unsigned found;
        char rest;
        if (sscanf(entry->d_name, "virtfn%5u%c", &found, &rest) == 1 &&
            leads_to(path, entry->d_name, pci))
            number = (int)found;
    }
    closedir(dir);
    return number;
}
