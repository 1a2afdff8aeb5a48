/* SPDX-License-Identifier: Apache-2.0 */
/* The list of commands: for dispatch, help, usage and completion. */
#include "tools/daqsctl/daqsctl.h"

const struct command *const all_commands[] = {
#define X(name) &command_##name,
    COMMANDS(X)
#undef X
        NULL,
};
