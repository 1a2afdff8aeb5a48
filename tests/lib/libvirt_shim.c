/* SPDX-License-Identifier: Apache-2.0 */
/* libvirt_shim - for LD_PRELOAD: replaces libvirt under a real daqs-agentd.
 *
 * Its domains are the files LIBVIRT_SHIM_DIR/NAME.xml, and the guest agent of each listens on
 * NAME.qga in that folder. While a file NAME.job exists, another client holds the agent: as with
 * libvirt, callers wait, whatever their timeout is, for the number of seconds in the file (30 if it
 * is empty), and then get VIR_ERR_OPERATION_TIMEOUT. */
#include <glob.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define PATH_BYTES 512

enum { REPLY_BYTES = 1 << 20, DOMAINS_MAX = 512, JOB_WAIT_S = 30, LOOKS_A_S = 20 };

struct _virConnect {
    int unused;
};

struct _virDomain {
    char name[128];
    char uuid[VIR_UUID_STRING_BUFLEN];
};

static struct _virConnect connection; /* shared by all callers */
static _Thread_local virError last;
static _Thread_local char last_text[PATH_BYTES];

static void fail(int code, const char *text)
{
    (void)snprintf(last_text, sizeof last_text, "%s", text);
    last = (virError){.code = code, .domain = VIR_FROM_QEMU, .message = last_text};
}

static char *path_of(const char *name, const char *suffix, char buf[static PATH_BYTES])
{
    const char *folder = getenv("LIBVIRT_SHIM_DIR");
    (void)snprintf(buf, PATH_BYTES, "%s/%s%s", folder ? folder : ".", name, suffix);
    return buf;
}

/* --- the library and its connections --- */

EXPORT int virInitialize(void)
{
    return 0;
}

EXPORT int virEventRegisterDefaultImpl(void)
{
    return 0;
}

EXPORT int virEventRunDefaultImpl(void)
{
    (void)sleep(1);
    return 0;
}

EXPORT void virSetErrorFunc(void *data, virErrorFunc handler)
{
    (void)data;
    (void)handler;
}

EXPORT virErrorPtr virGetLastError(void)
{
    return last.code ? &last : NULL;
}

EXPORT int virGetLastErrorCode(void)
{
    return last.code;
}

EXPORT const char *virGetLastErrorMessage(void)
{
    return last.code ? last_text : "no error";
}

EXPORT virConnectPtr virConnectOpen(const char *uri)
{
    (void)uri;
    return &connection;
}

EXPORT virConnectPtr virConnectOpenReadOnly(const char *uri)
{
    return virConnectOpen(uri);
}

EXPORT int virConnectClose(virConnectPtr c)
{
    (void)c;
    return 0;
}

EXPORT int virConnectRef(virConnectPtr c)
{
    (void)c;
    return 0;
}

EXPORT int virConnectIsAlive(virConnectPtr c)
{
    (void)c;
    return 1;
}

EXPORT int virConnectSetKeepAlive(virConnectPtr c, int interval, unsigned count)
{
    (void)c;
    (void)interval;
    (void)count;
    return 0;
}

EXPORT int virConnectRegisterCloseCallback(virConnectPtr c, virConnectCloseFunc callback,
                                           void *opaque, virFreeCallback release)
{
    (void)c;
    (void)callback;
    (void)opaque;
    (void)release;
    return 0;
}

EXPORT int virConnectUnregisterCloseCallback(virConnectPtr c, virConnectCloseFunc callback)
{
    (void)c;
    (void)callback;
    return 0;
}

EXPORT int virConnectDomainEventRegisterAny(virConnectPtr c, virDomainPtr domain, int event,
                                            virConnectDomainEventGenericCallback callback,
                                            void *opaque, virFreeCallback release)
{
    (void)c;
    (void)domain;
    (void)callback;
    (void)opaque;
    (void)release;
    return event;
}

EXPORT int virConnectDomainEventDeregisterAny(virConnectPtr c, int callback)
{
    (void)c;
    (void)callback;
    return 0;
}

/* --- domains --- */

static virDomainPtr new_domain(const char *name)
{
    virDomainPtr domain = calloc(1, sizeof *domain);
    unsigned long hash = 5381;
    if (!domain)
        abort();
    for (const char *p = name; *p; p++)
        hash = hash * 33 + (unsigned char)*p;
    (void)snprintf(domain->name, sizeof domain->name, "%s", name);
    (void)snprintf(domain->uuid, sizeof domain->uuid, "%08lx-0000-4000-8000-%012lx",
                   hash & 0xffffffff, hash & 0xffffffffffff);
    return domain;
}

EXPORT int virDomainFree(virDomainPtr domain)
{
    free(domain);
    return 0;
}

EXPORT int virConnectListAllDomains(virConnectPtr c, virDomainPtr **ret, unsigned flags)
{
    char pattern[PATH_BYTES];
    glob_t found;
    int count = 0;
    virDomainPtr *list = calloc(DOMAINS_MAX, sizeof(virDomainPtr));
    (void)c;
    (void)flags;
    if (!list)
        abort();
    if (glob(path_of("*", ".xml", pattern), 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc && count < DOMAINS_MAX; i++) {
            char *name = strrchr(found.gl_pathv[i], '/') + 1;
            *strrchr(name, '.') = '\0';
            list[count++] = new_domain(name);
        }
        globfree(&found);
    }
    *ret = list;
    return count;
}

EXPORT virDomainPtr virDomainLookupByUUIDString(virConnectPtr c, const char *uuid)
{
    virDomainPtr *list;
    virDomainPtr found = NULL;
    int count = virConnectListAllDomains(c, &list, 0);
    for (int i = 0; i < count; i++)
        if (!found && strcmp(list[i]->uuid, uuid) == 0)
            found = list[i];
        else
            virDomainFree(list[i]);
    free(list);
    if (!found)
        fail(VIR_ERR_NO_DOMAIN, "Domain not found");
    return found;
}

EXPORT int virDomainGetUUIDString(virDomainPtr domain, char *buf)
{
    (void)snprintf(buf, VIR_UUID_STRING_BUFLEN, "%s", domain->uuid);
    return 0;
}

EXPORT const char *virDomainGetName(virDomainPtr domain)
{
    return domain->name;
}

EXPORT int virDomainIsActive(virDomainPtr domain)
{
    (void)domain;
    return 1;
}

EXPORT unsigned virDomainGetID(virDomainPtr domain)
{
    (void)domain;
    return 1;
}

EXPORT virConnectPtr virDomainGetConnect(virDomainPtr domain)
{
    (void)domain;
    return &connection;
}

EXPORT char *virDomainGetXMLDesc(virDomainPtr domain, unsigned flags)
{
    char path[PATH_BYTES];
    char *text = calloc(1, REPLY_BYTES);
    FILE *file = fopen(path_of(domain->name, ".xml", path), "re");
    (void)flags;
    if (!file || !text) {
        if (file)
            (void)fclose(file);
        free(text);
        fail(VIR_ERR_NO_DOMAIN, "Domain not found");
        return NULL;
    }
    (void)fread(text, 1, REPLY_BYTES - 1, file);
    (void)fclose(file);
    return text;
}

/* --- guest agents --- */

/* Returns for how many seconds another client now holds the agent; 0: none does. */
static int held_s(const char *name)
{
    char path[PATH_BYTES];
    int seconds = 0;
    FILE *file = fopen(path_of(name, ".job", path), "re");
    if (!file)
        return 0;
    if (fscanf(file, "%d", &seconds) != 1)
        seconds = JOB_WAIT_S;
    (void)fclose(file);
    return seconds;
}

/* Waits until no client holds the agent. Returns false if that takes too long. */
static int begin_job(const char *name)
{
    for (int look = 0; look <= held_s(name) * LOOKS_A_S; look++) {
        if (held_s(name) == 0)
            return 1;
        (void)usleep(1000000 / LOOKS_A_S);
    }
    fail(VIR_ERR_OPERATION_TIMEOUT,
         "Timed out during operation: cannot acquire state change lock (held by "
         "agent=remoteDispatchDomainFSFreeze)");
    return 0;
}

static int connect_to(const char *name, int timeout_s)
{
    char path[PATH_BYTES];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval span = {.tv_sec = timeout_s > 0 ? timeout_s : 5};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)path_of(name, ".qga", path);
    if (fd < 0 || strlen(path) >= sizeof address.sun_path)
        abort();
    (void)strcpy(address.sun_path, path);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &span, sizeof span);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    (void)close(fd);
    fail(VIR_ERR_AGENT_UNRESPONSIVE,
         "Guest agent is not responding: QEMU guest agent is not connected");
    return -1;
}

/* Returns one line of the reply, or the part that arrived. */
static char *exchange(int fd, const char *command)
{
    size_t length = 0;
    char *reply = calloc(1, REPLY_BYTES);
    if (!reply)
        abort();
    if (send(fd, command, strlen(command), MSG_NOSIGNAL) < 0 || send(fd, "\n", 1, MSG_NOSIGNAL) < 0)
        return reply;
    while (length < REPLY_BYTES - 1 && !memchr(reply, '\n', length)) {
        ssize_t n = recv(fd, reply + length, REPLY_BYTES - 1 - length, 0);
        if (n <= 0)
            break;
        length += (size_t)n;
    }
    return reply;
}

/* Reports what the agent refuses as libvirt does: as an internal error. */
static void tell_refusal(const char *reply)
{
    static const char key[] = "\"desc\": \"";
    char text[PATH_BYTES];
    const char *why = strstr(reply, key);
    why = why ? why + sizeof key - 1 : "";
    (void)snprintf(text, sizeof text, "internal error: unable to execute QEMU agent command: %.*s",
                   (int)strcspn(why, "\""), why);
    fail(VIR_ERR_INTERNAL_ERROR, text);
}

EXPORT char *virDomainQemuAgentCommand(virDomainPtr domain, const char *command, int timeout_s,
                                       unsigned flags)
{
    (void)flags;
    last = (virError){0};
    int fd = begin_job(domain->name) ? connect_to(domain->name, timeout_s) : -1;
    if (fd < 0)
        return NULL;
    char *reply = exchange(fd, command);
    (void)close(fd);
    if (strncmp(reply, "{\"return\"", 9) == 0)
        return reply;
    if (*reply)
        tell_refusal(reply);
    else
        fail(VIR_ERR_AGENT_UNRESPONSIVE,
             "Guest agent is not responding: Guest agent not available for now");
    free(reply);
    return NULL;
}
