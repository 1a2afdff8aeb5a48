/* SPDX-License-Identifier: Apache-2.0 */
/* What a host reports about its VMs' nics: configurations of Proxmox VE, and arguments of
 * processes, which any user may have started. */
#include <string.h>

#include "agentd/core/host_nics.h"
#include "tests/fuzz/harness.h"

static const char path[] = "/run/q/1.qga";

static void check(const struct host_nics *nics)
{
    FUZZ_CHECK(nics->count <= DOMAIN_NICS_MAX);
    for (size_t i = 0; i < nics->count; i++) {
        const char *pci = nics->nic[i].pci;
        size_t length = strlen(pci);
        FUZZ_CHECK(nics->nic[i].mac_known == (length == 0));
        FUZZ_CHECK(length == 0 || (length >= strlen("0000:01:10.0") && length < DOMAIN_PCI_TEXT));
        FUZZ_CHECK(strspn(pci, "0123456789abcdef:.") == length);
    }
    FUZZ_CHECK(host_nics_equal(nics, nics));
}

static void run(const uint8_t *bytes, size_t length)
{
    static struct host_nics nics;
    host_nics_of_pve(fuzz_text(bytes, length), &nics);
    check(&nics);
    if (host_nics_of_qemu((const char *)bytes, length, path, &nics))
        check(&nics);
}

/* The terminated copy. */
const struct fuzz_target fuzz_target = {
    .run = run, .most_bytes = 2048, .fixed_bytes = 64, .times_length = 1};
