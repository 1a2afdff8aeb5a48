/* SPDX-License-Identifier: Apache-2.0 */
/* severity - the words in tables that indicate trouble, for colours. */
#ifndef DAQS_TOOLS_DAQSCTL_SEVERITY_H
#define DAQS_TOOLS_DAQSCTL_SEVERITY_H

enum severity { SEVERITY_NONE, SEVERITY_WARNING, SEVERITY_ERROR };

/* Returns the severity of a word in a column of that name: states, levels of events, values of the
 * status. */
enum severity severity_of(const char *column, const char *word);

#endif
