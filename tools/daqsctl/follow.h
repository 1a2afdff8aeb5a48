/* SPDX-License-Identifier: Apache-2.0 */
/* follow - prints events as they are recorded, by a controller or by all members of its group. */
#ifndef DAQS_TOOLS_DAQSCTL_FOLLOW_H
#define DAQS_TOOLS_DAQSCTL_FOLLOW_H

#include "tools/daqsctl/daqsctl.h"

/* Prints events until a signal arrives, the output is closed or the controller disappears. Members
 * that do not answer are named on stderr, once each time. */
enum exit_status follow_events(const struct command_line *line, struct wire_request *request);

#endif
