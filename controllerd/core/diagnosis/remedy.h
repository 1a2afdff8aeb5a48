/* SPDX-License-Identifier: Apache-2.0 */
/* remedy - what to do about a problem: texts shared by events, explain and problems. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_REMEDY_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_REMEDY_H

#include "shared/base/name.h"

#define REMEDY_DISOBEYS "stop the newer controller, if there is one, then: daqsctl take-over"
#define REMEDY_OVERSUBSCRIBED "lower a guarantee, or move a VM to an uplink with room"
#define REMEDY_AWAY "on the host: systemctl status daqs-agentd, journalctl -u daqs-agentd -n 50"
#define REMEDY_OTHER "stop the older controller"
#define REMEDY_DAMAGED                                                                             \
    "restore a backup, or start over from slas.ini: 'A damaged database' in operating.md"
#define REMEDY_STATE_DIR                                                                           \
    "on the host: is the disk of /var/lib/daqs full or read-only? journalctl -u daqs-agentd -n 50"
#define REMEDY_CLAIMED "give each machine a name and a key of its own"
#define REMEDY_CAPACITY "set capacity in the agent's configuration, or bring the link up"

/* Returns the remedy for a nic that is not OK, by enum daqs_nic_cause. Causes of newer agents get a
 * general one. */
const char *remedy_of_nic(unsigned cause);

/* Quotes a name as a word of a shell command, so that the command can be copied. Returns buf. */
enum { REMEDY_WORD_BYTES = 4 * DAQS_NAME_MAX + 3 };
const char *remedy_word(const char *name, char buf[static REMEDY_WORD_BYTES]);

#endif
