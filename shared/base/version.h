/* version - of the programs; the protocol's is WIRE_PROTOCOL, the schema's the newest migration. */
#ifndef DAQS_BASE_VERSION_H
#define DAQS_BASE_VERSION_H

#define DAQS_VERSION "0.1.0"

#endif
