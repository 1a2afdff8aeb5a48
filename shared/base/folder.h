/* folder - the folder a file is to be in. */
#ifndef DAQS_BASE_FOLDER_H
#define DAQS_BASE_FOLDER_H

#include <sys/types.h>

/* Makes the folder of the path's file, if it is missing; not those above it. Failure shows when
 * the file is opened. */
void daqs_make_folder_of(const char *path, mode_t mode);

#endif
