/* SPDX-License-Identifier: Apache-2.0 */
/* temp_file - a file for the tests of a program, whose path is 'temp_file'. */
#ifndef DAQS_TESTS_LIB_TEMP_FILE_H
#define DAQS_TESTS_LIB_TEMP_FILE_H

#include <stdlib.h>
#include <unistd.h>

static char temp_file[] = "/tmp/daqs-test-XXXXXX";

/* Group set-up and tear-down for cmocka. */
static inline int temp_file_make(void **state)
{
    int fd = mkstemp(temp_file);
    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static inline int temp_file_remove(void **state)
{
    (void)state;
    return unlink(temp_file);
}

#endif
