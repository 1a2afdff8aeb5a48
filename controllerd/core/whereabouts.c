#include "controllerd/core/whereabouts.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

/* All sightings of a UUID. */
struct guest {
    char *uuid;
    struct sighting *first;
    UT_hash_handle hh;
};

/* A sighting, and whose it is. */
struct note {
    struct sighting sighting; /* first */
    struct guest *guest;      /* NULL: the VM has no UUID */
};

/* What a host has told. */
struct page {
    struct fleet_host *host;
    uint32_t notes;
    struct note *note;
    UT_hash_handle hh;
};

struct whereabouts {
    struct guest *guests;
    struct page *pages;
};

struct whereabouts *whereabouts_new(void)
{
    return calloc(1, sizeof(struct whereabouts));
}

static void erase(struct whereabouts *w, struct page *page)
{
    for (uint32_t i = 0; i < page->notes; i++) {
        struct guest *guest = page->note[i].guest;
        if (!guest)
            continue;
        DL_DELETE(guest->first, &page->note[i].sighting);
        if (guest->first)
            continue;
        /* It is in there: NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        HASH_DEL(w->guests, guest);
        free(guest->uuid);
        free(guest);
    }
    free(page->note);
    page->note = NULL;
    page->notes = 0;
}

void whereabouts_free(struct whereabouts *w)
{
    struct page *page = NULL;
    struct page *next = NULL;
    if (!w)
        return;
    HASH_ITER(hh, w->pages, page, next)
    {
        erase(w, page);
        HASH_DEL(w->pages, page);
        free(page);
    }
    free(w);
}

static struct page *find_page(const struct whereabouts *w, const struct fleet_host *host)
{
    struct page *page = NULL;
    HASH_FIND_PTR(w->pages, &host, page);
    return page;
}

static struct page *page_of(struct whereabouts *w, struct fleet_host *host)
{
    struct page *page = find_page(w, host);
    if (page)
        return page;
    page = calloc(1, sizeof *page);
    if (!page)
        return NULL;
    page->host = host;
    HASH_ADD_PTR(w->pages, host, page);
    return page;
}

static struct guest *find_guest(const struct whereabouts *w, const char *uuid)
{
    struct guest *guest = NULL;
    HASH_FIND_STR(w->guests, uuid, guest);
    return guest;
}

static struct guest *guest_of(struct whereabouts *w, const char *uuid)
{
    struct guest *guest = find_guest(w, uuid);
    if (guest)
        return guest;
    guest = calloc(1, sizeof *guest);
    char *copy = guest ? strdup(uuid) : NULL;
    if (!copy) {
        free(guest);
        return NULL;
    }
    guest->uuid = copy;
    HASH_ADD_KEYPTR(hh, w->guests, guest->uuid, strlen(guest->uuid), guest);
    return guest;
}

int whereabouts_note(struct whereabouts *w, struct fleet_host *host)
{
    struct page *page = page_of(w, host);
    if (!page)
        return DAQS_ENOMEM;
    erase(w, page);
    page->note = calloc(host->vms + 1U, sizeof *page->note);
    for (uint32_t v = 0; page->note && v < host->vms; v++) {
        struct note *note = &page->note[page->notes++];
        if (!*host->vm[v].uuid)
            continue;
        note->sighting.host = host;
        note->sighting.vm = v;
        note->guest = guest_of(w, host->vm[v].uuid);
        if (!note->guest) {
            erase(w, page);
            return DAQS_ENOMEM;
        }
        DL_PREPEND(note->guest->first, &note->sighting);
    }
    return page->note ? DAQS_OK : DAQS_ENOMEM;
}

void whereabouts_forget(struct whereabouts *w, const struct fleet_host *host)
{
    struct page *page = find_page(w, host);
    if (!page)
        return;
    erase(w, page);
    HASH_DEL(w->pages, page);
    free(page);
}

const struct sighting *whereabouts_of(const struct whereabouts *w, const char *uuid)
{
    const struct guest *guest = *uuid ? find_guest(w, uuid) : NULL;
    return guest ? guest->first : NULL;
}
