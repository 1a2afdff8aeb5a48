/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/port/queues.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "shared/base/cleanup.h"

/* Source ports to try until every queue is found; time limit for a datagram to arrive. */
enum { TRIES_MAX = 2000, ARRIVES_MS = 1000 };
/* A ring has 256 frames. */
enum { PUSHBACK_FRAMES = 400, PUSHBACK_SEND_BYTES = 4 << 20 };
#define NS_PER_S 1000000000L
enum { ETHERTYPE_EXPERIMENT = 0x88b5 };

struct datagram {
    struct ethhdr eth;
    struct iphdr ip;
    struct udphdr udp;
    uint8_t padding[18];
} __attribute__((packed));

static int fail(struct daqs_error *err, int code, const char *what, const char *ifname)
{
    return daqs_fail(err, code, "%s %s: %s", what, ifname, strerror(errno));
}

/* --- settings of the device --- */

static int write_setting(const char *ifname, const char *name, long value, struct daqs_error *err)
{
    char path[128];
    (void)snprintf(path, sizeof path, "/sys/class/net/%s/%s", ifname, name);
    FILE *file = fopen(path, "we");
    if (!file)
        return fail(err, errno == ENOENT ? DAQS_EREFUSED : DAQS_ESYSTEM, name, ifname);
    (void)fprintf(file, "%ld", value);
    return fclose(file) == 0 ? DAQS_OK : fail(err, DAQS_ESYSTEM, name, ifname);
}

static int mask(const char *ifname, struct daqs_error *err)
{
    /* The kernel polls a queue that was not polled for this long: the arbiter polls sooner. */
    int code = write_setting(ifname, "gro_flush_timeout", 1000 * NS_PER_S, err);
    return code != DAQS_OK ? code : write_setting(ifname, "napi_defer_hard_irqs", 1000000000, err);
}

static int interface(int fd, unsigned long request, const char *ifname, struct ifreq *ret,
                     struct daqs_error *err)
{
    (void)snprintf(ret->ifr_name, sizeof ret->ifr_name, "%s", ifname);
    return ioctl(fd, request, ret) == 0 ? DAQS_OK : fail(err, DAQS_ESYSTEM, "ioctl", ifname);
}

static int gro_off(int fd, const char *ifname, struct daqs_error *err)
{
    struct ethtool_value value = {.cmd = ETHTOOL_SGRO, .data = 0};
    struct ifreq request = {.ifr_data = (char *)&value};
    return interface(fd, SIOCETHTOOL, ifname, &request, err);
}

/* --- sending through the other end --- */

static int open_other(const char *ifname, struct daqs_error *err)
{
    const struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                        .sll_ifindex = (int)if_nametoindex(ifname)};
    int fd DAQS_AUTO_CLOSE = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return fail(err, DAQS_ESYSTEM, "packet socket on", ifname);
    const int opened = fd;
    fd = -1;
    return opened;
}

static uint16_t header_sum(const struct datagram *d)
{
    uint16_t word[sizeof d->ip / 2];
    uint32_t sum = 0;
    memcpy(word, (const uint8_t *)d + sizeof d->eth, sizeof word);
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        sum += word[i];
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t) ~(sum + (sum >> 16));
}

/* Builds a datagram from the other end to the bridge; the caller sets its ports. */
static int fill(struct datagram *d, const struct queues_device *device, const char *bridge,
                struct daqs_error *err)
{
    struct ifreq from = {0};
    struct ifreq to = {0};
    struct ifreq address = {0};
    int fd DAQS_AUTO_CLOSE = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int code = interface(fd, SIOCGIFHWADDR, device->other, &from, err);
    if (code == DAQS_OK)
        code = interface(fd, SIOCGIFHWADDR, bridge, &to, err);
    if (code == DAQS_OK)
        code = interface(fd, SIOCGIFADDR, bridge, &address, err);
    if (code == DAQS_OK)
        code = gro_off(fd, device->port, err);
    if (code != DAQS_OK)
        return code;
    struct sockaddr_in in;
    memcpy(&in, &address.ifr_addr, sizeof in);
    const size_t ip_bytes = sizeof *d - sizeof d->eth;
    *d = (struct datagram){
        .eth = {.h_proto = htons(ETH_P_IP)},
        .ip = {.version = 4,
               .ihl = 5,
               .tot_len = htons((uint16_t)ip_bytes),
               .ttl = 64,
               .protocol = IPPROTO_UDP,
               .saddr = in.sin_addr.s_addr ^ htonl(1), /* a neighbour */
               .daddr = in.sin_addr.s_addr},
        .udp = {.len = htons((uint16_t)(ip_bytes - sizeof d->ip))},
    };
    memcpy(d->eth.h_source, from.ifr_hwaddr.sa_data, ETH_ALEN);
    memcpy(d->eth.h_dest, to.ifr_hwaddr.sa_data, ETH_ALEN);
    d->ip.check = header_sum(d);
    return DAQS_OK;
}

/* --- finding the queues --- */

static int open_poller(struct in_addr address, uint16_t *ret_port, struct daqs_error *err)
{
    const int budget = QUEUES_POLL_FRAMES / 2; /* one poll through a socket is two */
    const int yes = 1;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = address};
    socklen_t length = sizeof in;
    int fd DAQS_AUTO_CLOSE = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof in) < 0 ||
        getsockname(fd, (struct sockaddr *)&in, &length) < 0)
        return fail(err, DAQS_ESYSTEM, "socket", "on the bridge");
    if (setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &yes, sizeof yes) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, &yes, sizeof yes) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, &budget, sizeof budget) < 0)
        return fail(err, DAQS_EREFUSED, "busy polling", "of queues");
    const int opened = fd;
    fd = -1;
    *ret_port = in.sin_port;
    return opened;
}

/* Returns the queue through which the datagram for this socket arrived, or -1 if that is
 * ambiguous. */
static int arrived_through(int fd, const struct xdp *xdp, size_t first, size_t queues,
                           const uint64_t before[static QUEUES_MAX])
{
    struct pollfd item = {.fd = fd, .events = POLLIN};
    unsigned napi = 0;
    socklen_t length = sizeof napi;
    char byte;
    int found = -1;
    if (poll(&item, 1, ARRIVES_MS) != 1 || recv(fd, &byte, 1, MSG_DONTWAIT) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_INCOMING_NAPI_ID, &napi, &length) < 0 || napi == 0)
        return -1;
    for (size_t q = 0; q < queues; q++) {
        if (xdp_read(xdp, first + q).out.frames == before[q])
            continue;
        if (found >= 0)
            return -1; /* another frame arrived meanwhile */
        found = (int)q;
    }
    return found;
}

static int find_queues(const struct queues_device *device, struct datagram *d,
                       const struct xdp *xdp, size_t first, size_t queues, int *sockets,
                       struct daqs_error *err)
{
    size_t found = 0;
    uint64_t before[QUEUES_MAX];
    int other DAQS_AUTO_CLOSE = open_other(device->other, err);
    if (other < 0)
        return other;
    for (uint16_t source = 1; source <= TRIES_MAX && found < queues; source++) {
        uint16_t port = 0;
        int fd DAQS_AUTO_CLOSE = open_poller((struct in_addr){d->ip.daddr}, &port, err);
        if (fd < 0)
            return fd;
        d->udp.dest = port;
        d->udp.source = htons(source);
        for (size_t q = 0; q < queues; q++)
            before[q] = xdp_read(xdp, first + q).out.frames;
        if (send(other, d, sizeof *d, 0) < 0)
            return fail(err, DAQS_ESYSTEM, "send to", device->port);
        const int q = arrived_through(fd, xdp, first, queues, before);
        if (q < 0 || sockets[q] >= 0)
            continue;
        sockets[q] = fd;
        fd = -1;
        found++;
    }
    return found == queues ? DAQS_OK
                           : daqs_fail(err, DAQS_EREFUSED, "%s: %zu of %zu queues can be polled",
                                       device->port, found, queues);
}

int queues_take(const struct queues_device *device, const char *bridge, const struct xdp *xdp,
                size_t first, size_t queues, int *sockets, struct daqs_error *err)
{
    struct datagram d;
    for (size_t q = 0; q < queues; q++)
        sockets[q] = -1;
    int code = fill(&d, device, bridge, err);
    if (code == DAQS_OK)
        code = find_queues(device, &d, xdp, first, queues, sockets, err);
    return code == DAQS_OK ? mask(device->port, err) : code;
}

/* --- pushing back --- */

static uint64_t dropped(const char *ifname)
{
    char path[128];
    uint64_t frames = 0;
    (void)snprintf(path, sizeof path, "/sys/class/net/%s/statistics/tx_dropped", ifname);
    FILE *file = fopen(path, "re");
    if (file) {
        if (fscanf(file, "%" SCNu64, &frames) != 1)
            frames = 0;
        (void)fclose(file);
    }
    return frames;
}

int queues_try_pushback(const struct queues_device *device, const char *bridge,
                        struct daqs_error *err)
{
    const int bytes = PUSHBACK_SEND_BYTES;
    struct datagram d;
    int code = fill(&d, device, bridge, err);
    if (code != DAQS_OK)
        return code;
    int other DAQS_AUTO_CLOSE = open_other(device->other, err);
    if (other < 0)
        return other;
    d.eth.h_proto = htons(ETHERTYPE_EXPERIMENT); /* no protocol handler */
    (void)setsockopt(other, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
    const uint64_t before = dropped(device->other);
    for (int i = 0; i < PUSHBACK_FRAMES; i++)
        (void)send(other, &d, sizeof d, MSG_DONTWAIT);
    return dropped(device->other) == before
               ? DAQS_OK
               : daqs_fail(err, DAQS_EREFUSED,
                           "a full queue of a veth device drops frames "
                           "instead of pushing back (Linux before 6.12)");
}

void queues_poll(int socket)
{
    char byte;
    (void)recv(socket, &byte, 1, MSG_DONTWAIT);
}
