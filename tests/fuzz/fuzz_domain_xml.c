/* SPDX-License-Identifier: Apache-2.0 */
/* Domain XML: libvirt writes it, but its content comes from users. */
#include <libxml/parser.h>
#include <string.h>

#include "agentd/core/domain_xml.h"
#include "tests/fuzz/harness.h"

/* "0000:01:10.0"; a domain behind a VMD controller has five digits. */
static void check_pci(const char *pci)
{
    size_t domain = strspn(pci, "0123456789abcdef");
    FUZZ_CHECK(*pci == '\0' || domain == 4 || domain == 5);
    FUZZ_CHECK(*pci == '\0' || strlen(pci + domain) == strlen(":01:10.0"));
    FUZZ_CHECK(strspn(pci, "0123456789abcdef:.") == strlen(pci));
}

static void check_text(const char *text, bool may_be_empty)
{
    FUZZ_CHECK((may_be_empty && !*text) ||
               daqs_name_check("", text, strlen(text), NULL) == DAQS_OK);
}

static void check_labels(const struct vm_labels *labels)
{
    FUZZ_CHECK(labels->count <= DAQS_MAX_LABELS);
    check_text(labels->title, true);
    for (uint32_t i = 0; i < labels->count; i++) {
        FUZZ_CHECK(vm_label_key_ok(labels->label[i].key));
        check_text(labels->label[i].value, false);
    }
}

static void run(const uint8_t *bytes, size_t length)
{
    static struct domain_nic nic[DOMAIN_NICS_MAX];
    static struct vm_labels labels;
    const char *xml = fuzz_text(bytes, length);
    struct daqs_error err = {0};
    size_t count = 0;
    int result = domain_xml_read(xml, nic, &count, &labels, &err);
    FUZZ_CHECK(result == err.code && count <= DOMAIN_NICS_MAX);
    for (size_t i = 0; i < count; i++) {
        check_pci(nic[i].pci);
        FUZZ_CHECK(nic[i].mac_known || nic[i].pci[0]);
    }
    if (result == DAQS_OK)
        check_labels(&labels);
    xmlResetLastError(); /* libxml2 keeps the last error */
}

static bool prepare(void)
{
    xmlInitParser();
    return true;
}

/* libxml2's initial tables, and its tree: a node of 120 bytes for the four of "<a/>". */
const struct fuzz_target fuzz_target = {.run = run,
                                        .prepare = prepare,
                                        .most_bytes = 2048,
                                        .fixed_bytes = 24 * 1024,
                                        .times_length = 48};
