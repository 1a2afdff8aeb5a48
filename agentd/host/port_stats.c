/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/port_stats.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agentd/core/nic_drivers.h"
#include "agentd/host/sysfs.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/base/name.h"

/* COST_PARTS: see the header. A port that could not be read is probably busy, for example being
 * reset, and is tried again after RETRY_US. A driver whose counters' names are not known is checked
 * again after LOOK_US: another driver may be bound by then. */
enum { COST_PARTS = 50, RETRY_US = 1000000, LOOK_US = 60000000, COUNTERS_MOST = 16384 };

/* The kernel writes as many counters as exist, regardless of the announced size, and drivers change
 * their number at run time. The number is queried right before, and there is room for this many
 * more. */
enum { SPARE_COUNTERS = 2048 };

enum { BYTES, PACKETS, VALUES };

struct port_stats {
    const char *root;
    char ifname[DAQS_IFNAME_MAX + 1];
    ethtool_call *call;
    int fd[VALUES];  /* of the PF's own counters; -1: not open */
    int64_t port_us; /* when the port may be queried again */
    uint32_t count;  /* number of ethtool's counters at the lookup of names; 0: none yet */
    uint32_t place[NIC_PORT_NAMES]; /* indexes of the port's counters */
    struct ethtool_stats *values;
};

/* --- the PF's own counters --- */

static void close_own(struct port_stats *s)
{
    for (size_t i = 0; i < VALUES; i++) {
        if (s->fd[i] >= 0)
            (void)close(s->fd[i]);
        s->fd[i] = -1;
    }
}

/* Reads a number from an open file. The files of a device that has disappeared stay open but cannot
 * be read. */
static bool read_number(int fd, uint64_t *ret)
{
    char text[32];
    char *end;
    ssize_t length = pread(fd, text, sizeof text - 1, 0);
    if (length <= 0)
        return false;
    text[length] = '\0';
    unsigned long long number = strtoull(text, &end, 10);
    *ret = number;
    return text[0] >= '0' && text[0] <= '9' && (*end == '\n' || *end == '\0') &&
           number <= INT64_MAX;
}

static bool open_own(struct port_stats *s)
{
    static const char *const name[VALUES] = {"tx_bytes", "tx_packets"};
    char path[PATH_MAX];
    for (size_t i = 0; i < VALUES; i++) {
        (void)snprintf(path, sizeof path, "%s/class/net/%s/statistics/%s", s->root, s->ifname,
                       name[i]);
        s->fd[i] = open(path, O_RDONLY | O_CLOEXEC);
    }
    return s->fd[BYTES] >= 0 && s->fd[PACKETS] >= 0;
}

static bool read_own(struct port_stats *s, struct port_reading *ret)
{
    if (s->fd[BYTES] < 0 && !open_own(s)) {
        close_own(s);
        return false;
    }
    ret->at_us = daqs_now_us();
    bool good =
        read_number(s->fd[BYTES], &ret->bytes) && read_number(s->fd[PACKETS], &ret->packets);
    if (!good)
        close_own(s);
    return good;
}

/* --- the port's counters --- */

int port_stats_ioctl(const char *ifname, void *request)
{
    int fd DAQS_AUTO_CLOSE = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq ifr = {.ifr_data = request};
    if (fd < 0)
        return -1;
    (void)snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%.15s", ifname);
    return ioctl(fd, SIOCETHTOOL, &ifr);
}

/* Returns the driver if it has a total of the port that includes the frames of VFs; otherwise
 * NULL. */
static const struct nic_driver *driver_of(const struct port_stats *s)
{
    char name[SYSFS_DRIVER_BYTES];
    const struct nic_driver *driver =
        sysfs_driver(s->root, s->ifname, name) ? nic_driver_find(name) : NULL;
    bool counts = driver && (driver->port[0] || driver->pf_counts == NIC_PF_PORT);
    return counts ? driver : NULL;
}

/* Returns the number of counters; 0 if there are none or implausibly many. */
static uint32_t count_counters(const struct port_stats *s)
{
    union {
        struct ethtool_sset_info info;
        uint8_t buffer[sizeof(struct ethtool_sset_info) + sizeof(uint32_t)];
    } request = {.info = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_STATS}};
    uint32_t count;
    if (s->call(s->ifname, &request) < 0 || request.info.sset_mask == 0)
        return 0;
    memcpy(&count, request.buffer + sizeof request.info, sizeof count);
    return count <= COUNTERS_MOST ? count : 0;
}

static bool find_name(const struct ethtool_gstrings *list, const char *name, uint32_t *ret)
{
    for (uint32_t i = 0; i < list->len; i++) {
        const char *at = (const char *)list->data + (size_t)i * ETH_GSTRING_LEN;
        if (strncmp(at, name, ETH_GSTRING_LEN) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static bool find_names(struct port_stats *s, const struct ethtool_gstrings *list,
                       const char *const name[static NIC_PORT_NAMES])
{
    for (int i = 0; i < NIC_PORT_NAMES && name[i]; i++)
        if (!find_name(list, name[i], &s->place[i]))
            return false;
    return true;
}

static bool look_up(struct port_stats *s, const char *const name[static NIC_PORT_NAMES],
                    uint32_t count)
{
    size_t capacity = (size_t)count + SPARE_COUNTERS;
    struct ethtool_gstrings *list DAQS_AUTO_FREE =
        calloc(1, sizeof *list + capacity * ETH_GSTRING_LEN);
    free(s->values);
    s->values = calloc(1, sizeof *s->values + capacity * sizeof(uint64_t));
    if (!list || !s->values)
        return false;
    list->cmd = ETHTOOL_GSTRINGS;
    list->string_set = ETH_SS_STATS;
    list->len = count;
    if (s->call(s->ifname, list) < 0 || list->len != count || !find_names(s, list, name))
        return false;
    s->count = count;
    return true;
}

/* Returns false if a number is implausible. */
static bool take_values(const struct port_stats *s, const char *const name[static NIC_PORT_NAMES],
                        struct port_reading *ret)
{
    const __u64 *value = s->values->data;
    ret->bytes = value[s->place[0]];
    ret->packets = 0;
    bool good = ret->bytes <= INT64_MAX;
    for (int i = 1; i < NIC_PORT_NAMES && name[i]; i++) {
        good &= value[s->place[i]] <= INT64_MAX / NIC_PORT_NAMES;
        ret->packets += value[s->place[i]];
    }
    return good;
}

static bool request_port(struct port_stats *s, const char *const name[static NIC_PORT_NAMES],
                         struct port_reading *ret)
{
    uint32_t count = count_counters(s);
    if (count == 0 || (count != s->count && !look_up(s, name, count)))
        return false;
    s->values->cmd = ETHTOOL_GSTATS;
    s->values->n_stats = count;
    int64_t before_us = daqs_now_us();
    if (s->call(s->ifname, s->values) < 0 || s->values->n_stats != count)
        return false;
    /* The driver collects the counters at some time in between. */
    ret->at_us = before_us + (daqs_now_us() - before_us) / 2;
    return take_values(s, name, ret);
}

static bool read_port(struct port_stats *s, const struct nic_driver *driver, struct port_facts *ret)
{
    if (driver->port[0])
        return request_port(s, driver->port, &ret->port);
    ret->port = ret->pf; /* its PF counts what the port sends */
    return ret->pf_known;
}

void port_stats_read(struct port_stats *s, struct port_facts *ret)
{
    *ret = (struct port_facts){.link = sysfs_link(s->root, s->ifname), .link_us = daqs_now_us()};
    ret->pf_known = read_own(s, &ret->pf);
    int64_t began_us = daqs_now_us();
    if (began_us < s->port_us)
        return;
    const struct nic_driver *driver = driver_of(s);
    ret->port_asked = true;
    ret->port_known = driver && read_port(s, driver, ret);
    int64_t ended_us = daqs_now_us();
    if (ret->port_known) {
        s->port_us = ended_us + (ended_us - began_us) * COST_PARTS;
        return;
    }
    s->count = 0; /* look up the names again */
    s->port_us = ended_us + (driver ? RETRY_US : LOOK_US);
}

struct port_stats *port_stats_new(const char *root, const char *ifname, ethtool_call *call)
{
    struct port_stats *s = daqs_ifname_ok(ifname) ? calloc(1, sizeof *s) : NULL;
    if (!s)
        return NULL;
    s->root = root;
    s->call = call;
    (void)snprintf(s->ifname, sizeof s->ifname, "%s", ifname);
    for (size_t i = 0; i < VALUES; i++)
        s->fd[i] = -1;
    return s;
}

void port_stats_free(struct port_stats *s)
{
    if (!s)
        return;
    close_own(s);
    free(s->values);
    free(s);
}
