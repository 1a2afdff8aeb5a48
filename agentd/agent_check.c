/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/agent_check.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libvirt/libvirt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agentd/controllers_file.h"
#include "agentd/epoch_file.h"
#include "agentd/guests/libvirt_pool.h"
#include "agentd/host/interface_name.h"
#include "agentd/host/nic_facts.h"
#include "agentd/host/sysfs.h"
#include "agentd/link_keys.h"
#include "shared/base/cleanup.h"
#include "shared/base/log.h"

static int load_controllers(const struct agent_config *c, struct controllers_list *ret,
                            struct daqs_error *err)
{
    return controllers_file_load(c->state_dir, (const char *const *)c->controller, c->controllers,
                                 !c->insecure, ret, err);
}

static unsigned check_state_dir(const struct agent_config *c)
{
    struct controllers_list list;
    struct stat st;
    struct daqs_error err = {0};
    uint64_t epoch;
    if (stat(c->state_dir, &st) < 0 && errno == ENOENT)
        return 0; /* the agent creates it */
    if (access(c->state_dir, R_OK | W_OK | X_OK) < 0 || !S_ISDIR(st.st_mode)) {
        daqs_log(DAQS_LOG_ERROR, "state_dir %s: %s", c->state_dir,
                 S_ISDIR(st.st_mode) ? strerror(errno) : "it is not a directory");
        return 1;
    }
    if (epoch_file_load(c->state_dir, &epoch, &err) == DAQS_OK &&
        load_controllers(c, &list, &err) == DAQS_OK)
        return 0;
    daqs_log(DAQS_LOG_ERROR, "%s", err.text);
    return 1;
}

void agent_check_controllers(const struct agent_config *config, FILE *out)
{
    struct controllers_list list;
    if (load_controllers(config, &list, NULL) != DAQS_OK)
        return; /* agent_check says why */
    for (size_t i = 0; i < list.count; i++)
        (void)fprintf(out, "controller %s at %s, of which a controller told this agent\n",
                      list.controller[i].name, list.controller[i].endpoint);
}

static unsigned check_keys(const struct agent_config *c)
{
    struct daqs_error err = {0};
    struct key_pair pair;
    struct link_keys keys;
    int own = c->insecure ? DAQS_OK : key_load(c->key, &pair, &err);
    if (own != DAQS_OK && own != DAQS_ENOTFOUND) /* a missing key is created */
        daqs_log(DAQS_LOG_ERROR, "%s", err.text);
    else if (!c->insecure && link_keys_find(&keys, c, &err) != DAQS_OK)
        daqs_log(DAQS_LOG_ERROR, "%s", err.text);
    else
        return 0;
    return 1;
}

bool agent_check_elsewhere(const struct uplink *uplink, const char *name, const char *root,
                           char ret[static AGENT_CHECK_BYTES])
{
    char ports[SYSFS_PORTS_BYTES];
    bool needed = uplink->nics == UPLINK_NICS_HOSTDEV || uplink->enforce == ENFORCE_HOST;
    ret[0] = '\0';
    if (!needed || uplink->pfs > 0 || sysfs_has_vfs(root, name))
        return false;
    sysfs_ports_with_vfs(root, name, ports);
    if (!ports[0])
        return false;
    (void)snprintf(ret, AGENT_CHECK_BYTES,
                   "uplink %.64s has no VFs; its ports %s have VFs: name them with pfs",
                   uplink->name, ports);
    return true;
}

/* Checks that the PF's interface exists; returns the number of problems. Sets 'ret' to the kernel
 * name of the interface; "" if it does not exist. */
static unsigned check_pf(const struct uplink *uplink, const char *pf,
                         char ret[static DAQS_IFNAME_MAX + 1])
{
    bool needed = uplink->nics == UPLINK_NICS_HOSTDEV || uplink->enforce == ENFORCE_HOST;
    if (interface_name(pf, ret) || !needed)
        return 0;
    bool named = uplink->pfs > 0;
    daqs_log(DAQS_LOG_ERROR,
             "uplink %s: this machine has no such network interface%s%s, by its name or an "
             "alternative one, so none of its VFs is found",
             uplink->name, named ? " as " : "", named ? pf : "");
    return 1;
}

static unsigned check_uplink(const struct uplink *uplink)
{
    char name[DAQS_IFNAME_MAX + 1];
    char text[AGENT_CHECK_BYTES];
    unsigned absent = 0;
    for (uint32_t i = 0; i < uplink_pfs(uplink); i++)
        absent += check_pf(uplink, uplink_pf(uplink, i), name);
    if (absent)
        return absent;
    if (agent_check_elsewhere(uplink, name, "/sys", text)) {
        daqs_log(DAQS_LOG_ERROR, "%s", text);
        return 1;
    }
    if (uplink->capacity || sysfs_link_speed("/sys", name))
        return 0;
    daqs_log(
        DAQS_LOG_ERROR,
        "uplink %s: the link's speed is not known, and no VM is limited until it is; set capacity",
        uplink->name);
    return 1;
}

static bool all_or_listed(const struct uplink *uplink, const struct daqs_mac_prefix *prefix)
{
    if (uplink->nics == UPLINK_NICS_ALL)
        return true;
    for (size_t i = 0; uplink->nics == UPLINK_NICS_LISTED && i < uplink->prefixes; i++)
        if (daqs_mac_prefixes_overlap(&uplink->prefix[i], prefix))
            return true;
    return false;
}

/* Returns true if the configuration allows a nic to belong to both uplinks. VFs do not matter: a VF
 * has one PF, so no two uplinks have the same VF. */
static bool overlap(const struct uplink *a, const struct uplink *b)
{
    if (a->nics == UPLINK_NICS_ALL || b->nics == UPLINK_NICS_ALL)
        return true;
    for (size_t i = 0; b->nics == UPLINK_NICS_LISTED && i < b->prefixes; i++)
        if (all_or_listed(a, &b->prefix[i]))
            return true;
    return false;
}

static bool same_interface(const char *a, const char *b)
{
    char name[DAQS_IFNAME_MAX + 1];
    char other[DAQS_IFNAME_MAX + 1];
    return interface_name(a, name) && interface_name(b, other) && strcmp(name, other) == 0;
}

static bool share_interface(const struct uplink *a, const struct uplink *b)
{
    for (uint32_t i = 0; i < uplink_pfs(a); i++)
        for (uint32_t k = 0; k < uplink_pfs(b); k++)
            if (same_interface(uplink_pf(a, i), uplink_pf(b, k)))
                return true;
    return false;
}

static unsigned check_names(const struct uplink *uplink)
{
    unsigned problems = 0;
    for (uint32_t i = 0; i < uplink_pfs(uplink); i++)
        for (uint32_t k = 0; k < i; k++) {
            if (!same_interface(uplink_pf(uplink, i), uplink_pf(uplink, k)))
                continue;
            daqs_log(DAQS_LOG_ERROR, "uplink %s: %s and %s are the same network interface",
                     uplink->name, uplink_pf(uplink, k), uplink_pf(uplink, i));
            problems++;
        }
    return problems;
}

static unsigned check_overlaps(const struct agent_config *c)
{
    unsigned problems = 0;
    for (size_t i = 0; i < c->uplinks; i++)
        problems += check_names(&c->uplink[i]);
    for (size_t i = 0; i < c->uplinks; i++)
        for (size_t k = i + 1; k < c->uplinks; k++) {
            if (share_interface(&c->uplink[i], &c->uplink[k])) {
                daqs_log(DAQS_LOG_ERROR, "uplinks %s and %s have the same network interface",
                         c->uplink[i].name, c->uplink[k].name);
                problems++;
                continue;
            }
            if (!overlap(&c->uplink[i], &c->uplink[k]))
                continue;
            daqs_log(DAQS_LOG_ERROR,
                     "uplinks %s and %s claim the same nics; those of both count as %s's",
                     c->uplink[i].name, c->uplink[k].name, c->uplink[i].name);
            problems++;
        }
    return problems;
}

/* Ignores folders that do not exist yet: that is not a mistake. */
static int stop_search(const char *path, int error)
{
    (void)path;
    return error != ENOENT && error != ENOTDIR;
}

/* Warns if this user may not read the VM's Proxmox VE configuration. Proxmox VE names guest agent
 * sockets after the number of the VM. */
static void check_vm_config(const struct agent_config *c, const char *socket)
{
    char path[PATH_MAX];
    const char *slash = strrchr(socket, '/');
    const char *name = slash ? slash + 1 : socket;
    int length = snprintf(path, sizeof path, "%s/%.*s.conf", c->vm_configs,
                          (int)strspn(name, "0123456789"), name);
    if (length < (int)sizeof path && access(path, F_OK) == 0 &&
        faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) < 0)
        daqs_log(DAQS_LOG_WARNING,
                 "vm_configs: %s: this user may not read it, so nics that are plugged in later are "
                 "not known; see sockets.conf among the examples",
                 path);
}

static unsigned check_sockets(const struct agent_config *c)
{
    glob_t found;
    unsigned problems = 0;
    int rc = glob(c->socket_glob, 0, stop_search, &found);
    if (rc != 0 && rc != GLOB_NOMATCH) {
        daqs_log(DAQS_LOG_ERROR,
                 "socket_glob %s: cannot be searched; has this user permission to read it?",
                 c->socket_glob);
        return 1;
    }
    if (rc == GLOB_NOMATCH)
        daqs_log(
            DAQS_LOG_WARNING,
            "socket_glob %s: no socket matches now; guests are found when their sockets appear",
            c->socket_glob);
    for (size_t i = 0; rc == 0 && i < found.gl_pathc && problems < 5; i++) {
        struct stat st;
        bool socket = stat(found.gl_pathv[i], &st) == 0 && S_ISSOCK(st.st_mode);
        if (socket && i == 0)
            check_vm_config(c, found.gl_pathv[i]);
        if (socket && faccessat(AT_FDCWD, found.gl_pathv[i], W_OK, AT_EACCESS) == 0)
            continue;
        daqs_log(DAQS_LOG_ERROR,
                 socket ? "socket_glob: %s: this user may not write to it, so its guest cannot be "
                          "asked; see daqs-qemu-sockets.service among the examples"
                        : "socket_glob: %s is not a socket and is ignored",
                 found.gl_pathv[i]);
        problems++;
    }
    globfree(&found);
    return problems;
}

unsigned agent_check(const struct agent_config *config)
{
    unsigned problems = check_state_dir(config) + check_keys(config);
    for (size_t i = 0; i < config->uplinks; i++)
        problems += check_uplink(&config->uplink[i]);
    problems += check_overlaps(config);
    if (config->source == AGENT_SOURCE_SOCKETS)
        problems += check_sockets(config);
    return problems;
}

static void report_domain(const struct agent_config *config, virDomainPtr domain, FILE *out)
{
    const char *name = virDomainGetName(domain);
    char *xml DAQS_AUTO_FREE = virDomainGetXMLDesc(domain, 0);
    if (name && xml && daqs_name_check("VM", name, strlen(name), NULL) == DAQS_OK)
        nic_facts_report("/sys", config->uplink, config->uplinks, name, xml, out);
}

static void report_domains(const struct agent_config *config, virConnectPtr connection, FILE *out)
{
    virDomainPtr *domain = NULL;
    int count = virConnectListAllDomains(connection, &domain, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    for (int i = 0; i < count; i++) {
        report_domain(config, domain[i], out);
        virDomainFree(domain[i]);
    }
    free(domain);
}

unsigned agent_check_libvirt(const struct agent_config *config, FILE *out)
{
    struct daqs_error err = {0};
    if (config->source != AGENT_SOURCE_LIBVIRT)
        return 0;
    if (libvirt_start(&err) == DAQS_OK) {
        virConnectPtr connection = virConnectOpen(config->uri);
        if (connection) {
            report_domains(config, connection, out);
            virConnectClose(connection);
            return 0;
        }
        (void)libvirt_cannot_connect(&err);
    }
    daqs_log(DAQS_LOG_ERROR, "uri %s: %s", config->uri, err.text);
    return 1;
}
