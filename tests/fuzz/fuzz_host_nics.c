/* SPDX-License-Identifier: Apache-2.0 */
/* What a host reports about its VMs: configurations of Proxmox VE, and arguments of
 * processes, which any user may have started. */
#include <string.h>

#include "agentd/core/host_nics.h"
#include "agentd/core/pve_labels.h"
#include "shared/base/name.h"
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

static void check_labels(const char *text)
{
    static struct vm_labels labels;
    memset(&labels, 0, sizeof labels);
    pve_labels_read(text, &labels);
    pve_labels_add_pool(text, "100", &labels);
    FUZZ_CHECK(labels.count <= DAQS_MAX_LABELS);
    FUZZ_CHECK(!*labels.title ||
               daqs_name_check("", labels.title, strlen(labels.title), NULL) == DAQS_OK);
    for (uint32_t i = 0; i < labels.count; i++) {
        const struct vm_label *label = &labels.label[i];
        FUZZ_CHECK(vm_label_key_ok(label->key));
        FUZZ_CHECK(daqs_name_check("", label->value, strlen(label->value), NULL) == DAQS_OK);
    }
}

static void run(const uint8_t *bytes, size_t length)
{
    static struct host_nics nics;
    const char *text = fuzz_text(bytes, length);
    host_nics_of_pve(text, &nics);
    check(&nics);
    check_labels(text);
    if (host_nics_of_qemu((const char *)bytes, length, path, &nics))
        check(&nics);
}

/* The terminated copy. */
const struct fuzz_target fuzz_target = {
    .run = run, .most_bytes = 2048, .fixed_bytes = 64, .times_length = 1};
