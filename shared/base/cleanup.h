/* SPDX-License-Identifier: Apache-2.0 */
/* cleanup - release at the end of a scope, and transfer of ownership. Requires gcc or clang. */
#ifndef DAQS_BASE_CLEANUP_H
#define DAQS_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

/* DAQS_AUTO(fn) T x = ...;  calls fn(&x) when x goes out of scope. */
#define DAQS_AUTO(fn) __attribute__((cleanup(fn)))

/* Returns pointer p and sets p to NULL, so that its scope no longer owns it. */
#define DAQS_TAKE(p)                                                                               \
    __extension__({                                                                                \
        __typeof__(p) taken_ = (p);                                                                \
        (p) = NULL;                                                                                \
        taken_;                                                                                    \
    })

static inline void daqs_free_p(void *p)
{
    free(*(void **)p);
}

static inline void daqs_close_p(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#define DAQS_AUTO_FREE DAQS_AUTO(daqs_free_p)
#define DAQS_AUTO_CLOSE DAQS_AUTO(daqs_close_p)

#endif
