/* What somebody says they are called, and where from: the audit trail's name for them. */
#include <string.h>

#include "controllerd/io/store/identity.h"
#include "tests/fuzz/harness.h"

/* "NAME\nADDRESS"; an address that begins with a '@' is one of ipc. */
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
    fuzz_decoded(); /* the C library's reading of /etc/passwd is not ours */
    identity_text(&who, text);
    FUZZ_CHECK(daqs_name_check("", text, strlen(text), NULL) == DAQS_OK);
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 512};
