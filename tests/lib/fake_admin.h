/* SPDX-License-Identifier: Apache-2.0 */
/* fake_admin - a controller's admin socket, served by a thread as a test says. */
#ifndef DAQS_TESTS_FAKE_ADMIN_H
#define DAQS_TESTS_FAKE_ADMIN_H

#include <pthread.h>
#include <stdatomic.h>

#include "shared/net/socket.h"
#include "shared/wire/admin.h"
#include "tests/lib/temp_folder.h"

enum fake_manner {
    FAKE_ANSWERS, /* a row of the host asked for, and the next token */
    FAKE_SILENT,
    FAKE_CLOSES,  /* when it is asked */
    FAKE_REFUSES, /* every request */
    FAKE_STRAYS,  /* sends many answers to other requests before its own */
    FAKE_GARBAGE,
};

struct fake_admin {
    char folder[TEMP_FOLDER_BYTES];
    char endpoint[TEMP_FOLDER_BYTES + 32];
    enum fake_manner manner;
    const char *const *token; /* of the answers, repeated */
    size_t tokens;
    zsock_t *router;
    pthread_t thread;
    atomic_bool over;
    atomic_size_t requests;
};

/* 'fake' is filled in, apart from what these set. */
void fake_admin_begin(struct fake_admin *fake);
void fake_admin_end(struct fake_admin *fake);

#endif
