/* SPDX-License-Identifier: Apache-2.0 */
/* example [CONTROLLERS] - prints the SLAs of a controller's VMs, one on each line.
 *
 *   cc example.c $(pkg-config --cflags --libs daqs) -o example */
#include <daqs.h>
#include <inttypes.h>
#include <stdio.h>

static void print_rows(const struct daqs_answer *answer)
{
    const size_t host = daqs_answer_column(answer, "host");
    const size_t vm = daqs_answer_column(answer, "vm");
    const size_t min = daqs_answer_column(answer, "min_bps");
    for (size_t row = 0; row < daqs_answer_rows(answer); row++)
        (void)printf("%s/%s %" PRIu64 "\n", daqs_answer_text_at(answer, row, host),
                     daqs_answer_text_at(answer, row, vm), daqs_answer_number_at(answer, row, min));
}

int main(int argc, char **argv)
{
    struct daqs_client *client = daqs_client_new();
    struct daqs_request *request = daqs_request_new("list-sla");
    int more = 1;
    if (argc > 1 && daqs_client_set(client, "controllers", argv[1]) != DAQS_STATUS_OK)
        more = -1;
    while (more > 0) {
        struct daqs_answer *answer = NULL;
        if (daqs_client_call(client, request, &answer) == DAQS_STATUS_OK) {
            print_rows(answer);
            more = daqs_request_continue(request, answer);
        } else {
            more = -1;
        }
        daqs_answer_free(answer);
    }
    if (more < 0)
        (void)fprintf(stderr, "example: %s%s\n", daqs_client_error(client),
                      daqs_request_error(request));
    daqs_request_free(request);
    daqs_client_free(client);
    return more < 0;
}
