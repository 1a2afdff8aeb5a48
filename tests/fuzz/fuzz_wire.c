/* Bus and admin messages, both ways: the first byte says which decoder. */
#include <stddef.h>
#include <stdint.h>

#include "shared/wire/admin.h"
#include "shared/wire/bus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct daqs_arena arena;
    struct wire_message message;
    struct wire_request request;
    struct wire_reply reply;
    if (size == 0)
        return 0;
    /* What one message may decode to: a small multiple of its bytes. */
    daqs_arena_init(&arena, 4096 + 64 * size);
    if (data[0] % 3 == 0)
        (void)wire_decode(data + 1, size - 1, &arena, &message, NULL);
    else if (data[0] % 3 == 1)
        (void)wire_decode_request(data + 1, size - 1, &arena, &request, NULL);
    else
        (void)wire_decode_reply(data + 1, size - 1, &arena, &reply, NULL);
    daqs_arena_done(&arena);
    return 0;
}
