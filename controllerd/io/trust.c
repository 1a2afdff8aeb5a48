#include "controllerd/io/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controllerd/io/controller_state.h"
#include "shared/base/clock.h"

struct trust {
    struct controller *c;
    struct key_pair own;
    struct peers *peers;
    struct zap_server *zap;
    struct stranger stranger[TRUST_STRANGERS]; /* unused: never seen */
    struct daqs_log_budget budget;             /* theirs, so that they silence nobody else */
    char folder[PATH_MAX];                     /* of our key */
    char neighbour[PATH_MAX];                  /* the public key of an agent of this machine */
};

/* --- strangers --- */

static struct stranger *find_stranger(struct trust *trust, const struct daqs_key *key)
{
    for (size_t i = 0; i < TRUST_STRANGERS; i++) {
        struct stranger *s = &trust->stranger[i];
        if (s->times > 0 && memcmp(&s->key, key, sizeof *key) == 0)
            return s;
    }
    return NULL;
}

/* In the place of the one that was not seen for longest. */
static struct stranger *add_stranger(struct trust *trust, const struct daqs_key *key)
{
    struct stranger *oldest = &trust->stranger[0];
    for (size_t i = 0; i < TRUST_STRANGERS; i++)
        if (trust->stranger[i].last_ms < oldest->last_ms)
            oldest = &trust->stranger[i];
    *oldest = (struct stranger){.key = *key};
    return oldest;
}

static void note_stranger(struct trust *trust, const char *domain, const struct daqs_key *key,
                          const char *address)
{
    struct stranger *s = find_stranger(trust, key);
    char text[KEY_TEXT];
    if (!s)
        s = add_stranger(trust, key);
    s->times++;
    s->last_ms = daqs_wall_ms(daqs_clock_system());
    (void)snprintf(s->address, sizeof s->address, "%.63s", address);
    (void)snprintf(s->domain, sizeof s->domain, "%.7s", domain);
    if (daqs_log_allowed(&trust->budget, daqs_mono_ms(daqs_clock_system())))
        daqs_log(DAQS_LOG_WARNING, "not let in to the %.7s socket: %.63s with the key %s", domain,
                 address, key_format(key, text));
}

static int latest_first(const void *a, const void *b)
{
    const struct stranger *const *x = a;
    const struct stranger *const *y = b;
    return ((*x)->last_ms < (*y)->last_ms) - ((*x)->last_ms > (*y)->last_ms);
}

size_t trust_strangers(const struct trust *trust, const struct stranger *ret[TRUST_STRANGERS])
{
    size_t count = 0;
    for (size_t i = 0; i < TRUST_STRANGERS; i++)
        if (trust->stranger[i].times > 0)
            ret[count++] = &trust->stranger[i];
    qsort(ret, count, sizeof(const struct stranger *), latest_first);
    return count;
}

void trust_forget_stranger(struct trust *trust, const struct daqs_key *key)
{
    struct stranger *s = find_stranger(trust, key);
    if (s)
        *s = (struct stranger){.last_ms = 0};
}

/* --- an agent of this machine --- */

/* Who may write it may do all that we do. */
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
    struct store_peer *job = (struct store_peer *)base;
    struct controller *c = base->context;
    if (base->result == DAQS_OK)
        admin_peer_written(c, job);
    else
        daqs_log(DAQS_LOG_WARNING, "this machine's agent is not enrolled by itself: %s",
                 base->error.text);
    free(job);
}

/* The agent of this machine keeps its key beside ours, where nobody else can write: it is enrolled
 * without being asked for, unless one of its name was enrolled or revoked before. It tries again a
 * little later. */
static void enroll_neighbour(struct trust *trust, const struct daqs_key *key, const char *address)
{
    char owner[KEY_OWNER_MOST + 1];
    struct daqs_key theirs;
    if (!is_near(address) || !is_ours_alone(trust->folder, S_IFDIR) ||
        !is_ours_alone(trust->neighbour, S_IFREG) ||
        key_load_public(trust->neighbour, &theirs, owner, NULL) != DAQS_OK ||
        memcmp(&theirs, key, sizeof theirs) != 0 ||
        daqs_name_check("host", owner, strlen(owner), NULL) != DAQS_OK ||
        peers_check(trust->peers, owner, key, PEER_AGENT, false, NULL) != DAQS_OK)
        return;
    struct store_peer *job = calloc(1, sizeof *job);
    if (!job)
        return;
    (void)snprintf(job->name, sizeof job->name, "%s", owner);
    (void)snprintf(job->by, sizeof job->by, "controller");
    job->key = *key;
    job->role = PEER_AGENT;
    job->only_new = true;
    job->at_ms = daqs_wall_ms(daqs_clock_system());
    job->base.done = enrolled;
    job->base.context = trust->c;
    if (store_write_peer(trust->c->store, job) != DAQS_OK)
        free(job);
}

/* --- the gate --- */

static enum zap_verdict check(void *arg, const char *domain, const struct daqs_key *key,
                              const char *address)
{
    struct trust *trust = arg;
    bool bus = strcmp(domain, TRUST_BUS) == 0;
    const struct peer *peer = peers_with_key(trust->peers, key);
    if (peer && (peer->role == PEER_AGENT) == bus)
        return peers_admit(trust->peers, peer, daqs_mono_ms(daqs_clock_system())) ? ZAP_ADMIT
                                                                                  : ZAP_LATER;
    note_stranger(trust, domain, key, address);
    if (!peer && bus)
        enroll_neighbour(trust, key, address);
    return ZAP_REFUSE;
}

static int load_key(struct trust *trust, const char *path, struct daqs_error *err)
{
    char text[KEY_FINGERPRINT];
    bool made = false;
    int result = key_load_or_make(path, "controller", &trust->own, &made, err);
    if (result != DAQS_OK)
        return result;
    daqs_log(DAQS_LOG_INFO, "%s the key %s, fingerprint %s", made ? "made" : "has", path,
             key_fingerprint(&trust->own.public_key, text));
    if (made)
        daqs_log(DAQS_LOG_INFO,
                 "next: copy %s.pub to each host as /var/lib/daqs/controller.key.pub, start "
                 "daqs-agentd there, and enroll the key that it then says: daqsctl enroll HOST KEY",
                 path);
    const char *slash = strrchr(path, '/');
    (void)snprintf(trust->folder, sizeof trust->folder, "%.*s", (int)(slash - path), path);
    (void)snprintf(trust->neighbour, sizeof trust->neighbour, "%.*s/agent.key.pub",
                   (int)(slash - path), path);
    return DAQS_OK;
}

struct trust *trust_new(struct controller *c, struct daqs_error *err)
{
    struct trust *trust = calloc(1, sizeof *trust);
    if (trust)
        trust->peers = peers_new(2 * (size_t)c->config->limits.hosts);
    if (!trust || !trust->peers) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        trust_free(trust);
        return NULL;
    }
    trust->c = c;
    int result = load_key(trust, c->config->key, err);
    if (result == DAQS_OK)
        result = store_load_peers(c->store, trust->peers, err);
    if (result == DAQS_OK)
        trust->zap = zap_server_new(check, trust, err);
    if (trust->zap)
        return trust;
    trust_free(trust);
    return NULL;
}

void trust_free(struct trust *trust)
{
    if (!trust)
        return;
    zap_server_free(trust->zap);
    peers_free(trust->peers);
    free(trust);
}

const struct key_pair *trust_key(const struct trust *trust)
{
    return &trust->own;
}

zsock_t *trust_socket(const struct trust *trust)
{
    return zap_server_socket(trust->zap);
}

void trust_hear(struct trust *trust)
{
    zap_server_handle(trust->zap);
}

struct zap_server_count trust_counted(const struct trust *trust)
{
    return zap_server_counted(trust->zap);
}

struct peers *trust_peers(const struct trust *trust)
{
    return trust->peers;
}

const struct peer *trust_sender(const struct trust *trust, zmq_msg_t *body, bool agent)
{
    struct daqs_key key;
    const struct peer *peer = net_sender(body, &key) ? peers_with_key(trust->peers, &key) : NULL;
    if (peer && (peer->role == PEER_AGENT) == agent)
        return peer;
    const struct connection connection = connection_of(net_sender_fd(body));
    connection_hang_up(&connection);
    return NULL;
}
