/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/unsent_text.h"

#include <string.h>

#include "shared/base/sum.h"

/* The output of ss: one line per socket, "STATE RECVQ SENDQ LOCAL PEER WORD..." (misc/ss.c of
 * iproute2). Words of interest are "NAME:NUMBER", some followed by "ms" or a share in parentheses.
 * A word whose number would be 0 is left out.
 *
 * A socket that was silent for longer than LATELY_MS reveals nothing about what the guest sends
 * now. */
enum { LATELY_MS = 2000, HOST_BYTES = 64, DIGITS_MOST = 12 };

struct word {
    const char *text;
    size_t length;
};

struct tcp_socket {
    bool established;
    struct ip_address local;
    struct ip_address peer;
    uint64_t key;
    uint64_t notsent;
    uint64_t busy_ms;
    uint64_t limited_ms; /* by the peer's window, or its own buffer */
    uint64_t silent_ms;  /* nothing sent, received or acknowledged */
};

/* Returns the next word of a line. False at its end. */
static bool next_word(const char **at, const char *end, struct word *ret)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        (*at)++;
    ret->text = *at;
    while (*at < end && **at != ' ' && **at != '\t')
        (*at)++;
    ret->length = (size_t)(*at - ret->text);
    return ret->length > 0;
}

/* Parses leading digits. Text after them is ignored. */
static bool read_number(const char *text, size_t length, uint64_t *ret)
{
    uint64_t number = 0;
    size_t digits = 0;
    for (; digits < length && text[digits] >= '0' && text[digits] <= '9'; digits++) {
        if (digits == DIGITS_MOST)
            return false;
        number = number * 10 + (uint64_t)(text[digits] - '0');
    }
    *ret = number;
    return digits > 0;
}

static bool is_number(const struct word *word)
{
    uint64_t number;
    return strspn(word->text, "0123456789") >= word->length &&
           read_number(word->text, word->length, &number);
}

/* Parses "10.0.0.1:80", "[fe80::1]%eth0:80", "10.0.0.1%eth0:80". */
static bool read_end(const struct word *word, struct ip_address *ret)
{
    char host[HOST_BYTES] = "";
    bool bracket = word->text[0] == '[';
    size_t length = 0;
    const char *text = word->text + bracket;
    size_t left = word->length - bracket;
    if (!memchr(text, ':', left))
        return false;
    while (length < left && !memchr(bracket ? "]%" : ":%", text[length], 2))
        length++;
    if (length >= sizeof host)
        return false;
    memcpy(host, text, length);
    return ip_address_parse(host, ret);
}

/* FNV-1a. At worst two sockets with the same key are mistaken for one. */
static uint64_t mix(uint64_t key, const struct word *word)
{
    for (size_t i = 0; i < word->length; i++)
        key = (key ^ (uint8_t)word->text[i]) * UINT64_C(1099511628211);
    return key;
}

/* Time since the last event of each kind. */
struct silence {
    uint64_t sent_ms;
    uint64_t received_ms;
    uint64_t acknowledged_ms;
};

static uint64_t lower(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool read_words(const char *at, const char *end, struct tcp_socket *s)
{
    uint64_t by_peer = 0;
    uint64_t by_buffer = 0;
    struct silence silence = {0};
    const struct {
        const char *name;
        uint64_t *value;
    } known[] = {
        {"notsent:", &s->notsent},
        {"busy:", &s->busy_ms},
        {"rwnd_limited:", &by_peer},
        {"sndbuf_limited:", &by_buffer},
        {"lastsnd:", &silence.sent_ms},
        {"lastrcv:", &silence.received_ms},
        {"lastack:", &silence.acknowledged_ms},
    };
    struct word word;
    while (next_word(&at, end, &word))
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            size_t length = strlen(known[i].name);
            if (word.length >= length && memcmp(word.text, known[i].name, length) == 0 &&
                !read_number(word.text + length, word.length - length, known[i].value))
                return false;
        }
    s->limited_ms = by_peer + by_buffer;
    s->silent_ms = lower(silence.sent_ms, lower(silence.received_ms, silence.acknowledged_ms));
    return true;
}

/* False if the line is not in the format of ss. */
static bool read_socket(const char *at, const char *end, struct tcp_socket *ret)
{
    struct word state;
    struct word word;
    *ret = (struct tcp_socket){0};
    if (!next_word(&at, end, &state) ||
        strspn(state.text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") < state.length)
        return false;
    for (int queues = 0; queues < 2; queues++)
        if (!next_word(&at, end, &word) || !is_number(&word))
            return false;
    ret->established = state.length == 5 && memcmp(state.text, "ESTAB", 5) == 0;
    if (!ret->established)
        return true;
    ret->key = UINT64_C(14695981039346656037);
    for (int ends = 0; ends < 2; ends++) {
        if (!next_word(&at, end, &word) || !read_end(&word, ends ? &ret->peer : &ret->local))
            return false;
        ret->key = mix(mix(ret->key, &word), &(struct word){" ", 1});
    }
    return read_words(at, end, ret);
}

/* Returns the entry with this address, or NULL if no nic has it. */
static const struct nic_address *find_address(const struct nic_address *address, size_t addresses,
                                              const struct ip_address *ip)
{
    for (size_t i = 0; i < addresses; i++)
        if (memcmp(&address[i].ip, ip, sizeof *ip) == 0)
            return &address[i];
    return NULL;
}

/* Returns true if the peer or the socket's own buffer held it back for more than half of the time
 * in which it had something to send. The time starts at the last look, or at the start of the
 * connection if nothing was unsent then. */
static bool held_by_its_peer(const struct tcp_socket *s, const struct unsent_memory *before)
{
    uint64_t busy_ms = s->busy_ms;
    uint64_t limited_ms = s->limited_ms;
    for (size_t i = 0; i < before->sockets; i++) {
        const struct unsent_socket *b = &before->socket[i];
        if (b->key != s->key || b->busy_ms > busy_ms || b->limited_ms > limited_ms)
            continue;
        busy_ms -= b->busy_ms;
        limited_ms -= b->limited_ms;
        break;
    }
    return limited_ms > busy_ms / 2;
}

static void count_socket(const struct tcp_socket *s, const struct unsent_memory *before,
                         struct unsent_memory *after, struct unsent_sum *sum)
{
    sum->sockets += s->notsent > 0 || s->silent_ms <= LATELY_MS;
    if (s->notsent == 0)
        return;
    if (after->sockets < UNSENT_KEPT)
        after->socket[after->sockets++] = (struct unsent_socket){s->key, s->busy_ms, s->limited_ms};
    if (!held_by_its_peer(s, before))
        sum->bytes = daqs_sum(sum->bytes, s->notsent);
}

bool unsent_parse(const char *printed, const struct nic_address *address, size_t addresses,
                  struct unsent_memory *memory, struct unsent_sum ret[static UNSENT_NICS_MAX])
{
    struct unsent_sum sum[UNSENT_NICS_MAX] = {{0}};
    struct unsent_memory after = {0};
    const char *end;
    for (const char *line = printed; *line; line = end + 1) {
        struct tcp_socket s;
        end = strchr(line, '\n');
        if (!end || !read_socket(line, end, &s))
            return false;
        const struct nic_address *local =
            s.established ? find_address(address, addresses, &s.local) : NULL;
        if (local && !find_address(address, addresses, &s.peer))
            count_socket(&s, memory, &after, &sum[local->nic]);
    }
    *memory = after;
    memcpy(ret, sum, sizeof sum);
    return true;
}
