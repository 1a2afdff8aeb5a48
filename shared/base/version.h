/* SPDX-License-Identifier: Apache-2.0 */
/* version - of the programs. That of the protocol is WIRE_PROTOCOL, that of the schema the newest
 * migration. */
#ifndef DAQS_BASE_VERSION_H
#define DAQS_BASE_VERSION_H

#define DAQS_VERSION "0.2.0"

#endif
