/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/agent_config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agentd/agent_keys.h"
#include "shared/base/duration.h"
#include "shared/http/http_address.h"
#include "shared/net/config.h"
#include "shared/net/socket.h"

enum {
    POLL_MIN_MS = 10,
    POLL_MAX_MS = 60000,
    POLL_LIBVIRT_MS = 200,
    POLL_SOCKETS_MS = 100,
    POLL_IDLE_MS = 500,
    PREFIXES_MAX = 4096
};

static int set_host(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    struct agent_config *c = target;
    (void)arg;
    int result = daqs_name_check("host", value, strlen(value), err);
    return result != DAQS_OK ? result : config_replace_text(&c->host, value, err);
}

/* Returns DAQS_OK if it is a public key, or may be the path of a file with one. */
static int check_public_key(const char *value, struct daqs_error *err)
{
    struct daqs_key key;
    if (*value == '/' || key_parse(value, &key, NULL) == DAQS_OK)
        return DAQS_OK;
    return daqs_fail(err, DAQS_EINVALID,
                     "'%.60s' is neither a public key (44 characters, the last one =) nor the "
                     "absolute path of a file with one",
                     value);
}

/* Adds an endpoint, with the text that names its controller's key or NULL. */
static int add_controller(struct agent_config *c, const char *endpoint, const char *key,
                          struct daqs_error *err)
{
    if (!net_endpoint_ok(endpoint))
        return daqs_fail(err, DAQS_EINVALID,
                         "'%.80s' is not an endpoint; write it like tcp://127.0.0.1:7420",
                         endpoint);
    if (c->controllers == AGENT_CONTROLLERS_MAX)
        return daqs_fail(err, DAQS_ERANGE, "more than %d controllers", AGENT_CONTROLLERS_MAX);
    if (key && check_public_key(key, err) != DAQS_OK)
        return err->code;
    if (key && config_replace_text(&c->key_of[c->controllers], key, err) != DAQS_OK)
        return err->code;
    return config_replace_text(&c->controller[c->controllers++], endpoint, err);
}

/* Calls 'add' for each part of a comma-separated list. */
static int each_part(const char *value, void *target,
                     int (*add)(void *target, const char *part, struct daqs_error *err),
                     struct daqs_error *err)
{
    char copy[256];
    char *rest = copy;
    (void)snprintf(copy, sizeof copy, "%s", value);
    for (char *part = strsep(&rest, ","); part; part = strsep(&rest, ",")) {
        part += strspn(part, " \t");
        size_t length = strlen(part);
        while (length > 0 && strchr(" \t", part[length - 1]))
            part[--length] = '\0';
        int result = *part ? add(target, part, err) : DAQS_OK;
        if (result != DAQS_OK)
            return result;
    }
    return DAQS_OK;
}

static int add_controller_part(void *target, const char *part, struct daqs_error *err)
{
    char endpoint[DAQS_ENDPOINT_MAX + 1];
    const size_t length = strcspn(part, " \t");
    const char *key = part + length + strspn(part + length, " \t");
    (void)snprintf(endpoint, sizeof endpoint, "%.*s", (int)length, part);
    if (length >= sizeof endpoint)
        return daqs_fail(err, DAQS_EINVALID, "'%.80s...' is too long", part);
    return add_controller(target, endpoint, *key ? key : NULL, err);
}

static int set_controller(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return each_part(value, target, add_controller_part, err);
}

static int set_interval(const char *value, int64_t *ret, struct daqs_error *err)
{
    int64_t ms;
    int result = daqs_duration_parse(value, &ms, err);
    if (result != DAQS_OK)
        return result;
    if (ms < POLL_MIN_MS || ms > POLL_MAX_MS)
        return daqs_fail(err, DAQS_ERANGE, "'%.40s' is not between 10ms and 60s", value);
    *ret = ms;
    return DAQS_OK;
}

static int set_poll_interval(void *target, const char *arg, const char *value,
                             struct daqs_error *err)
{
    (void)arg;
    return set_interval(value, &((struct agent_config *)target)->poll_ms, err);
}

static int set_poll_interval_idle(void *target, const char *arg, const char *value,
                                  struct daqs_error *err)
{
    (void)arg;
    return set_interval(value, &((struct agent_config *)target)->poll_most_ms, err);
}

static int set_state_dir(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return config_replace_text(&((struct agent_config *)target)->state_dir, value, err);
}

static int set_on_stop(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    struct agent_config *c = target;
    (void)arg;
    if (strcmp(value, "keep") != 0 && strcmp(value, "release") != 0)
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' is neither keep nor release", value);
    c->release_on_stop = *value == 'r';
    return DAQS_OK;
}

static int set_insecure(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return config_parse_bool(value, &((struct agent_config *)target)->insecure, err);
}

static int set_key(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    if (*value != '/')
        return daqs_fail(err, DAQS_EINVALID, "'%.80s' is not the absolute path of a file", value);
    return config_replace_text(&((struct agent_config *)target)->key, value, err);
}

static int set_controller_key(void *target, const char *arg, const char *value,
                              struct daqs_error *err)
{
    (void)arg;
    if (check_public_key(value, err) != DAQS_OK)
        return err->code;
    return config_replace_text(&((struct agent_config *)target)->controller_key, value, err);
}

static int set_source(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    struct agent_config *c = target;
    (void)arg;
    if (strcmp(value, "libvirt") != 0 && strcmp(value, "sockets") != 0)
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' is neither libvirt nor sockets", value);
    c->source = *value == 'l' ? AGENT_SOURCE_LIBVIRT : AGENT_SOURCE_SOCKETS;
    return DAQS_OK;
}

static int set_uri(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return config_replace_text(&((struct agent_config *)target)->uri, value, err);
}

static int set_socket_glob(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return config_replace_text(&((struct agent_config *)target)->socket_glob, value, err);
}

static int set_path(char **path, const char *what, const char *value, struct daqs_error *err)
{
    if (*value != '/')
        return daqs_fail(err, DAQS_EINVALID, "'%.80s' is not the absolute path of a %s", value,
                         what);
    return config_replace_text(path, value, err);
}

static int set_vm_configs(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return set_path(&((struct agent_config *)target)->vm_configs, "folder", value, err);
}

static int set_vm_pools(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return set_path(&((struct agent_config *)target)->vm_pools, "file", value, err);
}

static int enter_uplink(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    struct agent_config *c = target;
    (void)value;
    int result = daqs_name_check("uplink", arg, strlen(arg), err);
    if (result != DAQS_OK)
        return result;
    for (size_t i = 0; i < c->uplinks; i++)
        if (strcmp(c->uplink[i].name, arg) == 0)
            return daqs_fail(err, DAQS_EINVALID, "uplink '%.60s' has two sections", arg);
    if (c->uplinks == DAQS_MAX_UPLINKS)
        return daqs_fail(err, DAQS_ERANGE, "more than %d uplinks", DAQS_MAX_UPLINKS);
    struct uplink *uplink = &c->uplink[c->uplinks++];
    (void)snprintf(uplink->name, sizeof uplink->name, "%s", arg);
    uplink->nics = UPLINK_NICS_HOSTDEV;
    return DAQS_OK;
}

/* Keys follow the header of their section, so they belong to the uplink that was added last. */
static int set_capacity(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    struct agent_config *c = target;
    (void)arg;
    return daqs_rate_parse(value, &c->uplink[c->uplinks - 1].capacity, err);
}

static int add_pf(void *target, const char *part, struct daqs_error *err)
{
    struct uplink *uplink = target;
    int result = daqs_name_check("interface", part, strlen(part), err);
    if (result != DAQS_OK)
        return result;
    if (strchr(part, '/'))
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' is not the name of a network interface",
                         part);
    if (uplink->pfs > 0 && uplink_pf_named(uplink, part) != UPLINK_NONE)
        return daqs_fail(err, DAQS_EINVALID, "%s is given twice", part);
    if (uplink->pfs == UPLINK_PFS_MAX)
        return daqs_fail(err, DAQS_ERANGE, "more than %d physical functions", UPLINK_PFS_MAX);
    memcpy(uplink->pf[uplink->pfs++], part, strlen(part) + 1);
    return DAQS_OK;
}

static int set_pfs(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    struct agent_config *c = target;
    (void)arg;
    return each_part(value, &c->uplink[c->uplinks - 1], add_pf, err);
}

static int add_prefix(void *target, const char *part, struct daqs_error *err)
{
    struct uplink *uplink = target;
    struct daqs_mac_prefix prefix;
    if (!daqs_mac_prefix_parse(part, &prefix))
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' is not a MAC address or the beginning of one",
                         part);
    if (uplink->prefixes == PREFIXES_MAX)
        return daqs_fail(err, DAQS_ERANGE, "more than %d MAC addresses", PREFIXES_MAX);
    struct daqs_mac_prefix *grown = realloc(uplink->prefix, (uplink->prefixes + 1) * sizeof *grown);
    if (!grown)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    uplink->prefix = grown;
    uplink->prefix[uplink->prefixes++] = prefix;
    return DAQS_OK;
}

static int set_nics(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    struct agent_config *c = target;
    struct uplink *uplink = &c->uplink[c->uplinks - 1];
    (void)arg;
    if (*value == '\0')
        return daqs_fail(err, DAQS_EINVALID, "write hostdev, all, or MAC addresses");
    if (strcmp(value, "hostdev") == 0)
        uplink->nics = UPLINK_NICS_HOSTDEV;
    else if (strcmp(value, "all") == 0)
        uplink->nics = UPLINK_NICS_ALL;
    else
        uplink->nics = UPLINK_NICS_LISTED;
    return uplink->nics == UPLINK_NICS_LISTED ? each_part(value, uplink, add_prefix, err) : DAQS_OK;
}

static int set_enforce(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    static const char *const names[] = {
        [ENFORCE_AUTO] = "auto", [ENFORCE_GUEST] = "guest", [ENFORCE_HOST] = "host"};
    struct agent_config *c = target;
    struct uplink *uplink = &c->uplink[c->uplinks - 1];
    (void)arg;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(value, names[i]) != 0)
            continue;
        uplink->enforce = (enum enforce)i;
        uplink->enforce_given = true;
        return DAQS_OK;
    }
    return daqs_fail(err, DAQS_EINVALID, "'%.40s' is not auto, guest or host", value);
}

static int set_metrics(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return http_address_configure(value, &((struct agent_config *)target)->metrics, err);
}

static const struct config_key keys[] = {
#define X(section, name, list, usual, sample, meaning) {#section, #name, set_##name, list, usual},
    AGENT_KEYS(X) AGENT_UPLINK_KEYS(X)
#undef X
        {"uplink", NULL, enter_uplink, false, NULL},
};
enum { KEYS = sizeof keys / sizeof keys[0] };

static int set_defaults(struct agent_config *c, struct daqs_error *err)
{
    char name[DAQS_NAME_MAX + 1] = "";
    if (gethostname(name, sizeof name - 1) < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "cannot read the system's host name");
    int result = config_replace_text(&c->host, name, err);
    return result != DAQS_OK ? result : config_set_defaults(keys, KEYS, c, err);
}

/* Sets the default paths of keys. They are in the state directory, where a controller on the same
 * machine keeps its keys, too. */
static int complete_keys(struct agent_config *c, struct daqs_error *err)
{
    char path[PATH_MAX];
    int result = DAQS_OK;
    (void)snprintf(path, sizeof path, "%s/agent.key", c->state_dir);
    if (!c->key)
        result = config_replace_text(&c->key, path, err);
    (void)snprintf(path, sizeof path, "%s/controller.key.pub", c->state_dir);
    if (result == DAQS_OK && !c->controller_key)
        result = config_replace_text(&c->controller_key, path, err);
    return result;
}

/* Sets the default intervals. Behind libvirt a poll costs several times as much, most of it in
 * libvirtd: see docs/tuning.md. */
static int complete_intervals(struct agent_config *c, struct daqs_error *err)
{
    int64_t usual_ms = c->source == AGENT_SOURCE_LIBVIRT ? POLL_LIBVIRT_MS : POLL_SOCKETS_MS;
    if (c->poll_ms == 0)
        c->poll_ms = c->poll_most_ms && c->poll_most_ms < usual_ms ? c->poll_most_ms : usual_ms;
    if (c->poll_most_ms == 0)
        c->poll_most_ms = c->poll_ms > POLL_IDLE_MS ? c->poll_ms : POLL_IDLE_MS;
    if (c->poll_most_ms < c->poll_ms)
        return daqs_fail(err, DAQS_EINVALID, "poll_interval_idle is shorter than poll_interval");
    return DAQS_OK;
}

static int check_pfs(const struct agent_config *c, struct daqs_error *err)
{
    for (size_t i = 0; i < c->uplinks; i++) {
        const struct uplink *uplink = &c->uplink[i];
        if (uplink->pfs > 0 && uplink->capacity == 0)
            return daqs_fail(err, DAQS_EINVALID,
                             "uplink %s: with pfs its capacity must be given as well",
                             uplink->name);
        for (size_t k = 0; k < i; k++)
            for (uint32_t p = 0; p < uplink_pfs(uplink); p++)
                if (uplink_pf_named(&c->uplink[k], uplink_pf(uplink, p)) != UPLINK_NONE)
                    return daqs_fail(err, DAQS_EINVALID, "uplinks %s and %s both have %s",
                                     c->uplink[k].name, uplink->name, uplink_pf(uplink, p));
    }
    return DAQS_OK;
}

static int check(struct agent_config *c, struct daqs_error *err)
{
    if (c->controllers == 0) {
        int result = add_controller(c, "tcp://127.0.0.1:7420", NULL, err);
        if (result != DAQS_OK)
            return result;
    }
    for (size_t i = 0; i < c->controllers && c->insecure; i++)
        if (!net_endpoint_is_local(c->controller[i]))
            return daqs_fail(err, DAQS_EREFUSED,
                             "insecure = yes is refused with %.80s: only loopback and ipc need no "
                             "keys",
                             c->controller[i]);
    if (c->uplinks == 0)
        return daqs_fail(
            err, DAQS_EINVALID,
            "there is no [uplink NAME] section: name the physical function whose VFs the "
            "guests have, as 'ip link' does, and start the agent again");
    for (size_t i = 0; i < c->uplinks; i++) {
        struct uplink *uplink = &c->uplink[i];
        /* Only the guest reports these addresses, which is not enough reason to limit a VF. */
        if (!uplink->enforce_given && c->source == AGENT_SOURCE_SOCKETS &&
            uplink->nics != UPLINK_NICS_HOSTDEV)
            uplink->enforce = ENFORCE_GUEST;
    }
    return check_pfs(c, err);
}

int agent_config_load(const char *path, struct agent_config *ret, struct daqs_error *err)
{
    struct agent_config config = {0};
    int result = set_defaults(&config, err);
    if (result == DAQS_OK && path)
        result = config_load(path, keys, KEYS, &config, err);
    if (result == DAQS_OK)
        result = complete_keys(&config, err);
    if (result == DAQS_OK)
        result = complete_intervals(&config, err);
    if (result == DAQS_OK)
        result = check(&config, err);
    if (result != DAQS_OK) {
        agent_config_done(&config);
        return result;
    }
    *ret = config;
    return DAQS_OK;
}

void agent_config_done(struct agent_config *config)
{
    free(config->host);
    for (size_t i = 0; i < AGENT_CONTROLLERS_MAX; i++) {
        free(config->controller[i]);
        free(config->key_of[i]);
    }
    free(config->state_dir);
    free(config->key);
    free(config->controller_key);
    free(config->uri);
    free(config->socket_glob);
    free(config->vm_configs);
    free(config->vm_pools);
    free(config->metrics);
    for (size_t i = 0; i < config->uplinks; i++)
        free(config->uplink[i].prefix);
    *config = (struct agent_config){0};
}
