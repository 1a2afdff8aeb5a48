/* What guests and libvirt say: guest agent replies, tc's output, domain descriptions. The first
 * byte says which parser. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/domain_xml.h"
#include "agentd/core/qga_json.h"
#include "agentd/core/tc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(uint8_t which, const char *text, size_t length)
{
    static struct qga_interface interface[QGA_INTERFACES_MAX];
    static struct domain_nic nic[DOMAIN_NICS_MAX];
    static struct qga_exec_status status;
    size_t count;
    int64_t pid;
    switch (which % 5) {
    case 0:
        (void)qga_parse_interfaces(text, length, interface, &count, NULL);
        break;
    case 1:
        (void)qga_parse_exec(text, length, &pid, NULL);
        break;
    case 2:
        (void)qga_parse_status(text, length, &status, NULL);
        break;
    case 3:
        (void)tc_parse_state(text);
        break;
    default:
        (void)domain_xml_nics(text, nic, &count, NULL);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    char *text = malloc(size);
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    parse(data[0], text, size - 1);
    free(text);
    return 0;
}
