#include "shared/base/folder.h"

#include <string.h>
#include <sys/stat.h>

#include "shared/base/cleanup.h"

void daqs_make_folder_of(const char *path, mode_t mode)
{
    char *folder DAQS_AUTO_FREE = strdup(path);
    char *slash = folder ? strrchr(folder, '/') : NULL;
    if (!slash || slash == folder)
        return;
    *slash = '\0';
    (void)mkdir(folder, mode);
}
