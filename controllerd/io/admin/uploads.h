/* SPDX-License-Identifier: Apache-2.0 */
/* uploads - files of SLAs to apply, as far as they were received. */
#ifndef DAQS_CONTROLLERD_IO_ADMIN_UPLOADS_H
#define DAQS_CONTROLLERD_IO_ADMIN_UPLOADS_H

#include "controllerd/core/admission/sla_diff.h"
#include "controllerd/core/records/revisions.h"
#include "shared/base/arena.h"
#include "shared/net/socket.h"
#include "shared/wire/admin.h"

struct apply_commit;

enum { UPLOAD_SUMMARY_BYTES = 200 };

enum upload_state { COLLECTING, DECIDING, TOLD };

struct upload {
    struct net_route route;
    uint64_t id;
    enum upload_state state;
    int64_t heard_ms; /* monotonic */
    int64_t begun_ms;
    struct daqs_arena arena;
    struct sla_diff_row *row;
    size_t rows;
    size_t capacity;
    struct revisions *revisions; /* of hosts, plus 1, as another member knows them */
    struct apply_commit *waits;  /* DECIDING: to be checked again; NULL: it is under way */
    int64_t again_ms;            /* monotonic, when */
    struct changeset changeset;  /* TOLD: the changes that were made, or would be */
    char summary[UPLOAD_SUMMARY_BYTES];
    struct upload *prev;
    struct upload *next;
};

struct uploads {
    struct upload *list;
    uint64_t last_id;
    bool checking; /* other members check a file */
};

/* Returns NULL if out of memory. */
struct uploads *uploads_new(void);
/* NULL is fine. */
void uploads_free(struct uploads *uploads);

/* Returns the client's upload, or NULL. */
struct upload *uploads_find(const struct uploads *uploads, const struct net_route *route);

/* Returns a new one, owned by the uploads; NULL if there are too many, or out of memory. now_ms:
 * monotonic. */
struct upload *uploads_begin(struct uploads *uploads, const struct net_route *route,
                             int64_t now_ms);
void upload_free(struct uploads *uploads, struct upload *upload);

/* Adds a part of the file. Errors begin with "line N: " unless out of memory. */
int upload_add(struct upload *upload, const struct wire_apply *part, struct daqs_error *err);

#endif
