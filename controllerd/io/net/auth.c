/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/net/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controllerd/io/events/events.h"
#include "controllerd/io/store/records.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/net/connections.h"
#include "shared/net/socket.h"

struct auth {
    struct auth_setup given;
    struct key_pair own;
    struct principals *principals;
    struct zap_server *zap;
    struct rejected_key rejected[AUTH_REJECTED_MAX]; /* times is 0: unused */
    struct daqs_log_budget budget;                   /* separate, so that others are still logged */
    char folder[PATH_MAX];                           /* of the controller's key */
    char neighbour[PATH_MAX]; /* the public key of an agent on this machine */
};

/* --- rejected keys --- */

static struct rejected_key *find_rejected(struct auth *auth, const struct daqs_key *key)
{
    for (size_t i = 0; i < AUTH_REJECTED_MAX; i++) {
        struct rejected_key *s = &auth->rejected[i];
        if (s->times > 0 && daqs_key_same(&s->key, key))
            return s;
    }
    return NULL;
}

/* Replaces the entry that was last seen longest ago. */
static struct rejected_key *add_rejected(struct auth *auth, const struct daqs_key *key)
{
    struct rejected_key *oldest = &auth->rejected[0];
    for (size_t i = 0; i < AUTH_REJECTED_MAX; i++)
        if (auth->rejected[i].last_ms < oldest->last_ms)
            oldest = &auth->rejected[i];
    *oldest = (struct rejected_key){.key = *key};
    return oldest;
}

static void note_rejected(struct auth *auth, const char *domain, const struct daqs_key *key,
                          const char *address)
{
    struct rejected_key *s = find_rejected(auth, key);
    char text[KEY_TEXT];
    if (!s)
        s = add_rejected(auth, key);
    s->times++;
    s->last_ms = daqs_wall_ms(daqs_clock_system());
    (void)snprintf(s->address, sizeof s->address, "%.63s", address);
    (void)snprintf(s->domain, sizeof s->domain, "%.7s", domain);
    if (daqs_log_allowed(&auth->budget, daqs_mono_ms(daqs_clock_system())))
        daqs_log(DAQS_LOG_WARNING, "rejected on the %.7s socket: %.63s with the key %s", domain,
                 address, key_format(key, text));
}

static int latest_first(const void *a, const void *b)
{
    const struct rejected_key *const *x = a;
    const struct rejected_key *const *y = b;
    return ((*x)->last_ms < (*y)->last_ms) - ((*x)->last_ms > (*y)->last_ms);
}

size_t auth_rejected_keys(const struct auth *auth,
                          const struct rejected_key *ret[AUTH_REJECTED_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < AUTH_REJECTED_MAX; i++)
        if (auth->rejected[i].times > 0)
            ret[count++] = &auth->rejected[i];
    qsort(ret, count, sizeof(const struct rejected_key *), latest_first);
    return count;
}

void auth_forget_rejected(struct auth *auth, const struct daqs_key *key)
{
    struct rejected_key *s = find_rejected(auth, key);
    if (s)
        *s = (struct rejected_key){.last_ms = 0};
}

/* --- changes of principals --- */

void auth_apply(struct auth *auth, const struct records_principal *job)
{
    char text[KEY_FINGERPRINT];
    const struct principal *old = principals_named(auth->principals, job->name);
    const bool other =
        old && (job->remove || old->role != job->role || !daqs_key_same(&old->key, &job->key));
    if (job->remove) {
        (void)principals_remove(auth->principals, job->name);
        auth->given.changed(auth->given.arg, job->name, NULL, other);
        events_emit(auth->given.events, EVENT_PEER_REVOKED, job->name, "", 0, "by %s", job->by);
        return;
    }
    const struct principal principal = {.name = (char *)job->name,
                                        .key = job->key,
                                        .role = job->role,
                                        .enrolled_ms = job->at_ms,
                                        .enrolled_by = (char *)job->by};
    if (principals_put(auth->principals, &principal) != DAQS_OK)
        daqs_log(DAQS_LOG_ERROR, "out of memory: a key on disk is accepted only after a restart");
    auth->given.changed(auth->given.arg, job->name, &principal, other);
    auth_forget_rejected(auth, &job->key);
    events_emit(auth->given.events, EVENT_PEER_ENROLLED, job->name, "", 0, "%s, %s, by %s",
                role_name(job->role), key_fingerprint(&job->key, text), job->by);
}

/* --- the agent on this machine --- */

/* Returns true if only root and the controller's user can write the file or folder: a user that can
 * write it gains all of the controller's rights. */
static bool is_ours_alone(const char *path, mode_t type)
{
    struct stat about;
    return lstat(path, &about) == 0 && (about.st_mode & S_IFMT) == type && !(about.st_mode & 022) &&
           (about.st_uid == geteuid() || about.st_uid == 0);
}

static bool is_near(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
           strncmp(address, "localhost:", 10) == 0;
}

static void enrolled(struct store_job *base)
{
    struct records_principal *job = (struct records_principal *)base;
    if (base->result == DAQS_OK)
        auth_apply(base->context, job);
    else
        daqs_log(DAQS_LOG_WARNING, "the agent of this machine was not enrolled automatically: %s",
                 base->error.text);
    free(job);
}

/* Enrolls the agent on this machine without an operator. It keeps its key next to the controller's,
 * where no other user can write. If its name was enrolled or revoked before, it is not enrolled.
 * The agent connects again a little later. */
static void enroll_neighbour(struct auth *auth, const struct daqs_key *key, const char *address)
{
    char owner[KEY_OWNER_MOST + 1];
    struct daqs_key theirs;
    if (!is_near(address) || !is_ours_alone(auth->folder, S_IFDIR) ||
        !is_ours_alone(auth->neighbour, S_IFREG) ||
        key_load_public(auth->neighbour, &theirs, owner, NULL) != DAQS_OK ||
        !daqs_key_same(&theirs, key) ||
        daqs_name_check("host", owner, strlen(owner), NULL) != DAQS_OK ||
        principals_check(auth->principals, owner, key, ROLE_AGENT, false, NULL) != DAQS_OK)
        return;
    struct records_principal *job = calloc(1, sizeof *job);
    if (!job)
        return;
    (void)snprintf(job->name, sizeof job->name, "%s", owner);
    (void)snprintf(job->by, sizeof job->by, "controller");
    job->key = *key;
    job->role = ROLE_AGENT;
    job->only_new = true;
    job->at_ms = daqs_wall_ms(daqs_clock_system());
    job->base.done = enrolled;
    job->base.context = auth;
    if (records_write_principal(auth->given.records, job) != DAQS_OK)
        free(job);
}

/* --- authentication --- */

/* A member that has just joined tries again until this one has read its key. */
static enum zap_verdict check_member(struct auth *auth, const struct daqs_key *key,
                                     const char *address)
{
    char text[KEY_TEXT];
    if (auth->given.member && auth->given.member(auth->given.arg, key))
        return ZAP_ADMIT;
    if (daqs_log_allowed(&auth->budget, daqs_mono_ms(daqs_clock_system())))
        daqs_log(DAQS_LOG_WARNING, "no member of the group has this key: %.63s with the key %s",
                 address, key_format(key, text));
    return ZAP_LATER;
}

static enum zap_verdict check(void *arg, const char *domain, const struct daqs_key *key,
                              const char *address)
{
    struct auth *auth = arg;
    if (strcmp(domain, AUTH_PEER) == 0)
        return check_member(auth, key, address);
    bool bus = strcmp(domain, AUTH_BUS) == 0;
    const struct principal *principal = principals_with_key(auth->principals, key);
    if (principal && (principal->role == ROLE_AGENT) == bus)
        return principals_admit(auth->principals, principal, daqs_mono_ms(daqs_clock_system()))
                   ? ZAP_ADMIT
                   : ZAP_LATER;
    note_rejected(auth, domain, key, address);
    if (!principal && bus)
        enroll_neighbour(auth, key, address);
    return ZAP_REFUSE;
}

static int load_key(struct auth *auth, const char *path, struct daqs_error *err)
{
    char text[KEY_FINGERPRINT];
    bool made = false;
    int result = key_load_or_make(path, "controller", &auth->own, &made, err);
    if (result != DAQS_OK)
        return result;
    daqs_log(DAQS_LOG_INFO, "%s the key %s, fingerprint %s", made ? "created" : "uses", path,
             key_fingerprint(&auth->own.public_key, text));
    if (made)
        daqs_log(DAQS_LOG_INFO,
                 "next: copy %s.pub to each host as /var/lib/daqs/controller.key.pub, start "
                 "daqs-agentd there, and enroll the key that it prints: daqsctl enroll HOST KEY",
                 path);
    const char *slash = strrchr(path, '/');
    (void)snprintf(auth->folder, sizeof auth->folder, "%.*s", (int)(slash - path), path);
    (void)snprintf(auth->neighbour, sizeof auth->neighbour, "%.*s/agent.key.pub",
                   (int)(slash - path), path);
    return DAQS_OK;
}

struct auth *auth_new(const struct auth_setup *setup, struct daqs_error *err)
{
    struct auth *auth = calloc(1, sizeof *auth);
    if (auth)
        auth->principals = principals_new(setup->keys_most);
    if (!auth || !auth->principals) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        auth_free(auth);
        return NULL;
    }
    auth->given = *setup;
    int result = load_key(auth, setup->key_path, err);
    if (result == DAQS_OK)
        result = records_load_principals(setup->records, auth->principals, err);
    for (size_t i = 0; result == DAQS_OK && i < principals_count(auth->principals); i++) {
        const struct principal *principal = principals_at(auth->principals, i);
        if (principal)
            setup->changed(setup->arg, principal->name, principal, false);
    }
    if (result == DAQS_OK)
        auth->zap = zap_server_new(check, auth, err);
    if (auth->zap)
        return auth;
    auth_free(auth);
    return NULL;
}

void auth_free(struct auth *auth)
{
    if (!auth)
        return;
    zap_server_free(auth->zap);
    principals_free(auth->principals);
    free(auth);
}

const struct key_pair *auth_key(const struct auth *auth)
{
    return &auth->own;
}

static int on_zap(zloop_t *loop, zsock_t *reader, void *arg)
{
    const struct auth *auth = arg;
    (void)loop;
    (void)reader;
    zap_server_handle(auth->zap);
    return 0;
}

bool auth_add_to_loop(struct auth *auth, zloop_t *loop)
{
    return zloop_reader(loop, zap_server_socket(auth->zap), on_zap, auth) == 0;
}

struct zap_server_count auth_counted(const struct auth *auth)
{
    return zap_server_counted(auth->zap);
}

struct principals *auth_principals(const struct auth *auth)
{
    return auth->principals;
}

const struct principal *auth_sender(const struct auth *auth, zmq_msg_t *body, bool agent)
{
    struct daqs_key key;
    const struct principal *principal =
        net_sender(body, &key) ? principals_with_key(auth->principals, &key) : NULL;
    if (principal && (principal->role == ROLE_AGENT) == agent)
        return principal;
    const struct connection connection = connection_of(net_sender_fd(body));
    connection_hang_up(&connection);
    return NULL;
}
