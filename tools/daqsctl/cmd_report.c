/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shared/base/cleanup.h"
#include "shared/base/name.h"
#include "shared/base/sum.h"
#include "tools/daqsctl/address.h"
#include "tools/daqsctl/print.h"
#include "tools/daqsctl/request.h"

/* The controller's columns, in its order. Those that are summed up are accessed by index. */
enum {
    HOST,
    VM,
    ATTAINMENT,
    MET,
    MISSED,
    IDLE,
    UNKNOWN,
    LONGEST,
    WORST_TIME,
    WORST_MISSED,
    TX,
    RX,
    COLUMNS,
};

struct sum {
    UT_hash_handle hh;
    uint64_t number[COLUMNS];
    uint64_t vms;
    char host[DAQS_NAME_MAX + 1];
};

/* VMs summed up by host, or over the fleet. */
struct summary {
    bool fleet;
    bool failed;
    struct sum *sums; /* in the order of their first VM */
};

static void free_sums(struct summary *summary)
{
    struct sum *sum = NULL;
    struct sum *next = NULL;
    HASH_ITER(hh, summary->sums, sum, next)
    {
        HASH_DEL(summary->sums, sum);
        free(sum);
    }
}

static struct sum *sum_of(struct summary *summary, const char *host)
{
    struct sum *sum = NULL;
    HASH_FIND_STR(summary->sums, host, sum);
    if (sum || strlen(host) > DAQS_NAME_MAX)
        return sum;
    sum = calloc(1, sizeof *sum);
    if (!sum)
        return NULL;
    (void)snprintf(sum->host, sizeof sum->host, "%s", host);
    HASH_ADD_STR(summary->sums, host, sum);
    return sum;
}

static void add_row(struct sum *sum, const struct daqs_table *table, size_t row)
{
    uint64_t longest = daqs_table_at(table, row, LONGEST)->number;
    uint64_t worst = daqs_table_at(table, row, WORST_MISSED)->number;
    for (size_t c = MET; c <= UNKNOWN; c++)
        sum->number[c] = daqs_sum(sum->number[c], daqs_table_at(table, row, c)->number);
    for (size_t c = TX; c <= RX; c++)
        sum->number[c] = daqs_sum(sum->number[c], daqs_table_at(table, row, c)->number);
    sum->number[LONGEST] = longest > sum->number[LONGEST] ? longest : sum->number[LONGEST];
    if (worst > sum->number[WORST_MISSED]) {
        sum->number[WORST_MISSED] = worst;
        sum->number[WORST_TIME] = daqs_table_at(table, row, WORST_TIME)->number;
    }
    sum->vms++;
}

static void add_part(void *arg, const struct wire_reply *reply)
{
    struct summary *summary = arg;
    const struct daqs_table *table = &reply->table;
    if (*reply->text) /* for people, apart from what programs read */
        (void)complain(EXIT_DONE, "%s", reply->text);
    if (table->columns < COLUMNS) {
        summary->failed = true;
        return;
    }
    for (size_t row = 0; row < daqs_table_rows(table); row++) {
        const struct daqs_cell *host = daqs_table_at(table, row, HOST);
        struct sum *sum = sum_of(summary, summary->fleet || host->empty ? "" : host->text);
        if (sum)
            add_row(sum, table, row);
        else
            summary->failed = true;
    }
}

static void print_summary(const struct summary *summary, const struct command_line *line)
{
    static const struct daqs_column columns[] = {
        {"host", DAQS_COLUMN_TEXT},
        {"vms", DAQS_COLUMN_COUNT},
        {"attainment_percent", DAQS_COLUMN_PPM},
        {"met_s", DAQS_COLUMN_COUNT},
        {"missed_s", DAQS_COLUMN_COUNT},
        {"idle_s", DAQS_COLUMN_COUNT},
        {"unknown_s", DAQS_COLUMN_COUNT},
        {"longest_miss_s", DAQS_COLUMN_COUNT},
        {"worst_time", DAQS_COLUMN_TIME},
        {"worst_missed_s", DAQS_COLUMN_COUNT},
        {"tx_bytes", DAQS_COLUMN_COUNT},
        {"rx_bytes", DAQS_COLUMN_COUNT},
        {"coverage_percent", DAQS_COLUMN_PPM},
    };
    struct printer printer;
    struct daqs_table table;
    size_t first = summary->fleet ? 1 : 0; /* a fleet has no name */
    printer_begin(&printer, stdout, line->output);
    printer.aligned.terminal = terminal_of(stdout, line->color);
    printer.aligned.local = line->local;
    daqs_table_init(&table, columns + first, sizeof columns / sizeof columns[0] - first,
                    SIZE_MAX / 2);
    for (const struct sum *sum = summary->sums; sum; sum = sum->hh.next) {
        uint64_t wanted = sum->number[MET] + sum->number[MISSED];
        uint64_t judged = wanted + sum->number[IDLE];
        if (!summary->fleet)
            daqs_table_text(&table, sum->host);
        daqs_table_number(&table, sum->vms);
        if (wanted > 0)
            daqs_table_number(&table, sum->number[MET] * 1000000 / wanted);
        else
            daqs_table_empty(&table);
        for (size_t c = MET; c < COLUMNS; c++)
            if (c == WORST_TIME && sum->number[WORST_MISSED] == 0)
                daqs_table_empty(&table);
            else
                daqs_table_number(&table, sum->number[c]);
        if (judged + sum->number[UNKNOWN] > 0)
            daqs_table_number(&table, judged * 1000000 / (judged + sum->number[UNKNOWN]));
        else
            daqs_table_empty(&table);
    }
    printer_part(&printer, &table);
    printer_end(&printer);
    daqs_table_done(&table);
}

static enum exit_status summarise(const struct command_line *line, struct wire_request *request,
                                  bool fleet)
{
    struct exchange exchange DAQS_AUTO(exchange_end_p) = {0};
    struct summary summary DAQS_AUTO(free_sums) = {.fleet = fleet};
    enum exit_status status = exchange_begin(&exchange, line);
    if (status == EXIT_DONE)
        status = exchange_send_all(&exchange, request, add_part, &summary);
    if (status != EXIT_DONE)
        return status;
    if (summary.failed)
        return complain(EXIT_FAILED, "the answer could not be summed up");
    print_summary(&summary, line);
    return EXIT_DONE;
}

static enum exit_status cmd_report(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_SLA_REPORT);
    const char *by = line->by ? line->by : "vm";
    struct address address;
    enum exit_status status = read_span(line, &request);
    if (status == EXIT_DONE)
        status = address_any(line, &request, &address);
    if (status != EXIT_DONE)
        return status;
    if (strcmp(by, "vm") == 0)
        return request_and_print(line, &request);
    if (strcmp(by, "host") == 0 || strcmp(by, "fleet") == 0)
        return summarise(line, &request, strcmp(by, "fleet") == 0);
    return complain(EXIT_USAGE, "--by takes vm, host or fleet, not '%s'", by);
}

const struct command command_report = {
    .verb = "report",
    .arguments = "[HOST [VM]]",
    .summary = "how well guarantees were kept, and bytes moved",
    .about = "Seconds in which the guarantee was met, missed although the VM wanted more, idle, or "
             "not known; attainment is the share of met in met and missed. One word is a host, or "
             "else the name or the UUID of a VM.\n",
    .example = "daqsctl report node1 db1 --since 7d\n"
               "daqsctl -o csv report --since 2026-10-01 --until 2026-11-01\n",
    .most_arguments = 2,
    .kind = {ARGUMENT_HOST, ARGUMENT_VM},
    .options = OPTION_SINCE | OPTION_UNTIL | OPTION_BY,
    .run = cmd_report,
    .since = "30d",
};
