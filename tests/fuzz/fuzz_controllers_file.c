/* SPDX-License-Identifier: Apache-2.0 */
/* The file with the controllers of which a group has told an agent. What is accepted can be saved
 * and loaded again. */
#include <string.h>

#include "agentd/controllers_file.h"
#include "shared/base/name.h"
#include "shared/net/socket.h"
#include "tests/fuzz/harness.h"

static void run(const uint8_t *bytes, size_t length)
{
    static const char *const configured[] = {"tcp://seed:1"};
    struct controllers_list list;
    struct daqs_error err = {0};
    int result = controllers_file_load(fuzz_folder("controllers", bytes, length), configured, 1,
                                       true, &list, &err);
    FUZZ_CHECK(result == DAQS_OK || (result == DAQS_EFORMAT && list.count == 0));
    FUZZ_CHECK(list.count <= DAQS_MAX_MEMBERS);
    for (size_t i = 0; i < list.count; i++) {
        const struct candidate *c = &list.controller[i];
        FUZZ_CHECK(daqs_name_check("", c->name, strlen(c->name), NULL) == DAQS_OK);
        FUZZ_CHECK(strlen(c->name) <= DAQS_MEMBER_MAX);
        FUZZ_CHECK(controllers_endpoint_ok(c->endpoint, true));
        for (size_t k = 0; k < i; k++)
            FUZZ_CHECK(!candidate_same(c, &list.controller[k]));
    }
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 1024, .times_length = 4};
