/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/grow.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 16 };

void *daqs_grow(void *items, size_t used, size_t *capacity, size_t size)
{
    if (used < *capacity)
        return items;
    size_t more = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    void *grown = reallocarray(items, more, size);
    if (grown)
        *capacity = more;
    return grown;
}
