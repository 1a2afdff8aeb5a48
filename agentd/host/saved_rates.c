/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/saved_rates.h"

#include <stdlib.h>
#include <string.h>

#include "agentd/host/pf_file.h"
#include "shared/base/cleanup.h"

struct saved_rates {
    const char *dir;
    struct daqs_log_budget *budget;
    struct pf_file_entry *entry; /* as saved last */
    size_t count;
};

struct saved_rates *saved_rates_new(const char *dir, struct daqs_log_budget *budget,
                                    struct daqs_error *err)
{
    struct saved_rates *s = calloc(1, sizeof *s);
    if (!s) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    s->dir = dir;
    s->budget = budget;
    if (pf_file_load(dir, &s->entry, &s->count, err) == DAQS_OK)
        return s;
    saved_rates_free(s);
    return NULL;
}

void saved_rates_free(struct saved_rates *s)
{
    if (s)
        free(s->entry);
    free(s);
}

void saved_rates_restore(const struct saved_rates *s, struct host_pf *p)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->entry[i].pf, p->job->pf) == 0)
            pf_remember(&p->pf, s->entry[i].vf, s->entry[i].before_mbit);
}

static bool was_read(const struct host_pfs *pfs, const char *name)
{
    for (size_t i = 0; i < host_pfs_places(pfs); i++) {
        const struct host_pf *p = host_pfs_at(pfs, i);
        if (p && p->read && strcmp(p->job->pf, name) == 0)
            return true;
    }
    return false;
}

/* Lists the rates that this agent has set or is about to set. For PFs that were not read yet, lists
 * the entries of the file. */
static size_t list(const struct saved_rates *s, const struct host_pfs *pfs,
                   struct pf_file_entry *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++)
        if (!was_read(pfs, s->entry[i].pf))
            ret[count++] = s->entry[i];
    for (size_t place = 0; place < host_pfs_places(pfs); place++) {
        const struct host_pf *p = host_pfs_at(pfs, place);
        for (size_t i = 0; p && p->read && i < p->pf.vfs; i++) {
            const struct pf_vf *vf = &p->pf.vf[i];
            if (!vf->want_mbit && !vf->ours_mbit)
                continue;
            struct pf_file_entry *e = &ret[count++];
            *e = (struct pf_file_entry){
                .vf = vf->vf, .before_mbit = vf->ours_mbit ? vf->before_mbit : vf->rate_mbit};
            memcpy(e->pf, p->job->pf, sizeof e->pf);
        }
    }
    return count;
}

void saved_rates_save(struct saved_rates *s, const struct host_pfs *pfs, int64_t now_ms)
{
    struct daqs_error err = {0};
    size_t capacity = s->count + host_pfs_places(pfs) * PF_VFS_MAX + 1;
    struct pf_file_entry *ours DAQS_AUTO_FREE = calloc(capacity, sizeof *ours);
    size_t count = ours ? list(s, pfs, ours) : 0;
    if (!ours ||
        (count == s->count && (count == 0 || memcmp(ours, s->entry, count * sizeof *ours) == 0)))
        return;
    if (pf_file_save(s->dir, ours, count, &err) == DAQS_OK) {
        free(s->entry);
        s->entry = DAQS_TAKE(ours);
        s->count = count;
    } else if (daqs_log_allowed(s->budget, now_ms)) {
        daqs_log(DAQS_LOG_ERROR, "%s", err.text);
    }
}
