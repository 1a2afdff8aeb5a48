#include "controllerd/core/steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/name.h"

/* 100,000 entries with the longest names. */
enum { TEXT_BYTES = 128 * 1024 * 1024 };

const char *step_kind_name(enum step_kind kind)
{
    static const char *const names[] = {
#define X(name, text) [STEP_##name] = (text),
        STEP_KINDS(X)
#undef X
    };
    return names[kind];
}

void steps_init(struct steps *steps)
{
    *steps = (struct steps){0};
    daqs_arena_init(&steps->arena, TEXT_BYTES);
}

void steps_done(struct steps *steps)
{
    daqs_arena_done(&steps->arena);
    free(steps->step);
    *steps = (struct steps){0};
}

const char *steps_text(struct steps *steps, const char *text)
{
    return daqs_arena_text(&steps->arena, text, strlen(text));
}

const char *steps_place(struct steps *steps, const char *host, const char *vm)
{
    char text[2 * DAQS_NAME_MAX + 2];
    (void)snprintf(text, sizeof text, "%s/%s", host, vm);
    return steps_text(steps, text);
}

struct step *steps_add(struct steps *steps, enum step_kind kind, const char *host, const char *vm,
                       const struct ledger_entry *old)
{
    if (steps->count == steps->room) {
        size_t room = steps->room ? 2 * steps->room : 4;
        struct step *grown = realloc(steps->step, room * sizeof *grown);
        if (!grown)
            return NULL;
        steps->step = grown;
        steps->room = room;
    }
    struct step step = {.kind = kind,
                        .host = steps_text(steps, host),
                        .vm = steps_text(steps, vm),
                        .has_old = old != NULL,
                        .old_sla = old ? old->sla : SLA_NONE,
                        .new_sla = SLA_NONE,
                        .uuid = steps_text(steps, old ? old->uuid : ""),
                        .other = ""};
    if (!step.host || !step.vm || !step.uuid)
        return NULL;
    steps->step[steps->count] = step;
    return &steps->step[steps->count++];
}

bool steps_name_vm(struct steps *steps, struct step *step, const char *uuid)
{
    if (!step->has_new || *step->uuid || !*uuid)
        return true;
    const char *copy = steps_text(steps, uuid);
    if (copy)
        step->uuid = copy;
    return copy;
}

static int make(const struct step *step, struct ledger *ledger, int64_t at_ms, const char *by)
{
    if (!step->has_new) {
        (void)ledger_remove(ledger, step->host, step->vm);
        return DAQS_OK;
    }
    if (step->kind != STEP_LEARN) {
        int result = ledger_put(ledger, step->host, step->vm, &step->new_sla, at_ms, by);
        if (result != DAQS_OK)
            return result;
    }
    return ledger_set_uuid(ledger, step->host, step->vm, step->uuid) ? DAQS_OK : DAQS_ENOMEM;
}

int steps_make(const struct steps *steps, struct ledger *ledger, int64_t at_ms, const char *by)
{
    int worst = DAQS_OK;
    for (size_t i = 0; i < steps->count; i++) {
        int result = make(&steps->step[i], ledger, at_ms, by);
        worst = result != DAQS_OK ? result : worst;
    }
    return worst;
}
