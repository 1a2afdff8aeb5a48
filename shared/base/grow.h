/* SPDX-License-Identifier: Apache-2.0 */
/* grow - arrays that grow by one element at a time. */
#ifndef DAQS_SHARED_BASE_GROW_H
#define DAQS_SHARED_BASE_GROW_H

#include <stddef.h>

/* Makes room for one more element of 'size' bytes after the 'used' ones, at least doubling
 * *capacity if there is none. Returns the array, which may have moved; NULL if out of memory: then
 * 'items' and *capacity are as before. The first call is given NULL and a capacity of 0. */
void *daqs_grow(void *items, size_t used, size_t *capacity, size_t size);

#endif
