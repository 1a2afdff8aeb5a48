/* SPDX-License-Identifier: Apache-2.0 */
/* temp_folder - makes a folder for one test, and removes it with its contents. */
#ifndef DAQS_TESTS_LIB_TEMP_FOLDER_H
#define DAQS_TESTS_LIB_TEMP_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define TEMP_FOLDER_BYTES 64

/* Returns 0, or -1 on failure, as cmocka's set-up functions do. */
static inline int temp_folder_make(char path[static TEMP_FOLDER_BYTES])
{
    (void)snprintf(path, TEMP_FOLDER_BYTES, "/tmp/daqs-test-XXXXXX");
    return mkdtemp(path) ? 0 : -1;
}

static inline int temp_folder_remove_one(const char *path, const struct stat *st, int flag,
                                         struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static inline int temp_folder_remove(const char *path)
{
    return nftw(path, temp_folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
