/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/sla/changeset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/grow.h"
#include "shared/base/name.h"

/* Enough for 100,000 entries with the longest names. */
enum { TEXT_BYTES = 128 * 1024 * 1024 };

const char *ledger_change_name(enum ledger_change_kind kind)
{
    static const char *const names[] = {
#define X(name, text) [LEDGER_##name] = (text),
        LEDGER_CHANGE_KINDS(X)
#undef X
    };
    return names[kind];
}

void changeset_init(struct changeset *changes)
{
    *changes = (struct changeset){0};
    daqs_arena_init(&changes->arena, TEXT_BYTES);
}

void changeset_done(struct changeset *changes)
{
    daqs_arena_done(&changes->arena);
    free(changes->change);
    *changes = (struct changeset){0};
}

const char *changeset_text(struct changeset *changes, const char *text)
{
    return daqs_arena_text(&changes->arena, text, strlen(text));
}

const char *changeset_place(struct changeset *changes, const char *host, const char *vm)
{
    char text[2 * DAQS_NAME_MAX + 2];
    (void)snprintf(text, sizeof text, "%s/%s", host, vm);
    return changeset_text(changes, text);
}

struct ledger_change *changeset_add(struct changeset *changes, enum ledger_change_kind kind,
                                    const char *host, const char *vm,
                                    const struct ledger_entry *old)
{
    struct ledger_change *grown =
        daqs_grow(changes->change, changes->count, &changes->capacity, sizeof *grown);
    if (!grown)
        return NULL;
    changes->change = grown;
    struct ledger_change change = {.kind = kind,
                                   .host = changeset_text(changes, host),
                                   .vm = changeset_text(changes, vm),
                                   .has_old = old != NULL,
                                   .old_sla = old ? old->sla : SLA_NONE,
                                   .new_sla = SLA_NONE,
                                   .uuid = changeset_text(changes, old ? old->uuid : ""),
                                   .other = ""};
    if (!change.host || !change.vm || !change.uuid)
        return NULL;
    changes->change[changes->count] = change;
    return &changes->change[changes->count++];
}

bool changeset_name_vm(struct changeset *changes, struct ledger_change *change, const char *uuid)
{
    if (!change->has_new || *change->uuid || !*uuid)
        return true;
    const char *copy = changeset_text(changes, uuid);
    if (copy)
        change->uuid = copy;
    return copy;
}

static int make(const struct ledger_change *change, struct ledger *ledger, int64_t at_ms,
                const char *by)
{
    if (!change->has_new) {
        (void)ledger_remove(ledger, change->host, change->vm);
        return DAQS_OK;
    }
    if (change->kind != LEDGER_LEARN) {
        int result = ledger_put(ledger, change->host, change->vm, &change->new_sla, at_ms, by);
        if (result != DAQS_OK)
            return result;
    }
    (void)ledger_set_gone(ledger, change->host, change->vm, change->gone);
    return ledger_set_uuid(ledger, change->host, change->vm, change->uuid) ? DAQS_OK : DAQS_ENOMEM;
}

int changeset_apply(const struct changeset *changes, struct ledger *ledger, int64_t at_ms,
                    const char *by)
{
    int worst = DAQS_OK;
    for (size_t i = 0; i < changes->count; i++) {
        int result = make(&changes->change[i], ledger, at_ms, by);
        worst = result != DAQS_OK ? result : worst;
    }
    return worst;
}
