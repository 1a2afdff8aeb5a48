/* SPDX-License-Identifier: Apache-2.0 */
/* The name and the address that a client claims, and the identity in the audit trail that is made
 * of them. */
#include <string.h>

#include "controllerd/io/store/identity.h"
#include "tests/fuzz/harness.h"

/* Tests "NAME\nADDRESS". An address that begins with '@' is that of an ipc connection. */
static void run(const uint8_t *bytes, size_t length)
{
    static struct identity who;
    char text[IDENTITY_BYTES];
    const char *claimed = fuzz_text(bytes, length);
    size_t name = strcspn(claimed, "\n");
    const char *address = claimed + name + (claimed[name] == '\n');
    who.ipc = *address == '@';
    (void)snprintf(who.claimed, sizeof who.claimed, "%.*s", (int)name, claimed);
    (void)snprintf(who.address, sizeof who.address, "%s", address + who.ipc);
    fuzz_decoded(); /* the C library's memory for /etc/passwd does not count */
    identity_text(&who, text);
    FUZZ_CHECK(daqs_name_check("", text, strlen(text), NULL) == DAQS_OK);
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 512};
