#include "agentd/core/mtu.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/model.h"

enum { OPTIONS = 3, SPREAD_PARTS = 8 };

void mtu_begin(struct mtu_command *command)
{
    /* Each line with its file's name, also if there is one file only. */
    static const char *const words[OPTIONS] = {"grep", "-H", "."};
    command->nics = 0;
    memcpy(command->argv, words, sizeof words);
    command->argv[OPTIONS] = NULL;
}

static void put_path(char path[static MTU_PATH_BYTES], const char *ifname)
{
    (void)snprintf(path, MTU_PATH_BYTES, "/sys/class/net/%.15s/mtu", ifname);
}

void mtu_add(struct mtu_command *command, const char *ifname)
{
    if (!daqs_ifname_ok(ifname) || command->nics == MTU_NICS_MAX)
        return;
    put_path(command->path[command->nics], ifname);
    command->argv[OPTIONS + command->nics] = command->path[command->nics];
    command->argv[OPTIONS + ++command->nics] = NULL;
}

/* Digits up to the end of the line; 0 for anything else. */
static uint32_t parse_number(const char *text)
{
    uint64_t number = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 10 || (text[digits] != '\n' && text[digits] != '\0'))
        return 0;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (uint64_t)(text[i] - '0');
    return daqs_mtu_or_unknown(number);
}

uint32_t mtu_parse(const char *printed, const char *ifname)
{
    char path[MTU_PATH_BYTES];
    put_path(path, ifname);
    size_t length = strlen(path);
    for (const char *line = printed; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, path, length) == 0 && line[length] == ':')
            return parse_number(line + length + 1);
    }
    return 0;
}

void mtu_asked(struct mtu_plan *plan, int64_t now_ms, uint32_t random)
{
    plan->asked_ms = now_ms;
    plan->next_ms = now_ms + MTU_AGAIN_MS + random % (MTU_AGAIN_MS / SPREAD_PARTS);
}

void mtu_doubt(struct mtu_plan *plan)
{
    if (plan->asked_ms != 0)
        plan->next_ms = plan->asked_ms + MTU_LEAST_MS;
}
