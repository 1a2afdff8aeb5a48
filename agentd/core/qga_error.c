/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/qga_error.h"

#include <stddef.h>
#include <string.h>

#include "shared/base/error.h"

/* Values of virErrorDomain and virErrorNumber, because headers of older libvirt versions lack the
 * newest. */
enum {
    FROM_RPC = 7,
    FROM_REMOTE = 13,
    INTERNAL_ERROR = 1,
    OPERATION_FAILED = 9, /* e.g. too many clients wait for the domain's agent */
    SYSTEM_ERROR = 38,
    RPC = 39,
    NO_DOMAIN = 42,
    OPERATION_INVALID = 55,    /* the domain is off or paused */
    OPERATION_TIMEOUT = 68,    /* another client holds the domain's agent */
    ARGUMENT_UNSUPPORTED = 74, /* the domain has no port for a guest agent */
    AGENT_UNRESPONSIVE = 86,
    RESOURCE_BUSY = 87,
    AGENT_UNSYNCED = 97,
    AGENT_COMMAND_TIMEOUT = 112, /* since 11.2; AGENT_UNRESPONSIVE before */
    AGENT_COMMAND_FAILED = 113,  /* since 11.2; INTERNAL_ERROR before */
};

static bool has(const char *text, const char *words)
{
    return strstr(text, words) != NULL;
}

/* Matches messages of qemu-ga 6.0 and later. Older versions give no reason, or a different one. */
static int of_words(const char *text)
{
    if (has(text, "frozen state"))
        return DAQS_EFROZEN;
    bool refused =
        has(text, "has been disabled") || has(text, "not been found") || has(text, "not allowed");
    return refused ? DAQS_EREFUSED : DAQS_EGUEST;
}

int qga_error_of_reply(const char *class, const char *text)
{
    int result = of_words(text);
    return result == DAQS_EGUEST && strcmp(class, "CommandNotFound") == 0 ? DAQS_EREFUSED : result;
}

static const struct {
    int code;
    int result;
} codes[] = {
    {SYSTEM_ERROR, DAQS_EIO},
    {RPC, DAQS_EIO},
    {NO_DOMAIN, DAQS_EIO},
    {OPERATION_INVALID, DAQS_EIO},
    {OPERATION_TIMEOUT, DAQS_EBUSY},
    {ARGUMENT_UNSUPPORTED, DAQS_EIO},
    {AGENT_UNRESPONSIVE, DAQS_ETIMEOUT},
    {RESOURCE_BUSY, DAQS_EBUSY},
    {AGENT_UNSYNCED, DAQS_ETIMEOUT},
    {AGENT_COMMAND_TIMEOUT, DAQS_ETIMEOUT},
};

int qga_error_of_libvirt(int domain, int code, const char *text)
{
    if (code == INTERNAL_ERROR && (domain == FROM_RPC || domain == FROM_REMOTE))
        return DAQS_EIO; /* the connection to libvirtd broke */
    bool silent = code == AGENT_UNRESPONSIVE || code == AGENT_COMMAND_TIMEOUT;
    if (silent && (has(text, "not connected") || has(text, "disappeared")))
        return DAQS_EIO;
    if (code == OPERATION_FAILED && has(text, "cannot acquire state change lock"))
        return DAQS_EBUSY;
    if (code == INTERNAL_ERROR || code == AGENT_COMMAND_FAILED)
        return of_words(text);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].code == code)
            return codes[i].result;
    return DAQS_EGUEST;
}

bool qga_error_unclear(const char *text)
{
    return has(text, "has been disabled for this instance");
}
