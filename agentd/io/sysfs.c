#include "agentd/io/sysfs.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

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
    if (fscanf(file, "%ld", &mbit) != 1 || mbit <= 0 || mbit > 100000000)
        mbit = 0;
    (void)fclose(file);
    return (daqs_bps)mbit * 1000000;
}

void sysfs_physical(const char *root, const char *pci, char ret[static DAQS_IFNAME_MAX + 1])
{
    char path[PATH_MAX];
    ret[0] = '\0';
    if (strspn(pci, "0123456789abcdef:.") != strlen(pci) || *pci == '\0')
        return;
    (void)snprintf(path, sizeof path, "%s/bus/pci/devices/%s/physfn/net", root, pci);
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (!daqs_ifname_ok(entry->d_name)) /* "." and ".." too */
            continue;
        (void)snprintf(ret, DAQS_IFNAME_MAX + 1, "%.15s", entry->d_name);
        break;
    }
    closedir(dir);
}
