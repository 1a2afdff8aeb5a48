/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/group/status_sum.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME, VALUE, COLUMNS, ROWS_MORE = 512, VALUE_BYTES = 256 };

static const struct daqs_column columns[] = {
    {"name", DAQS_COLUMN_TEXT},
    {"value", DAQS_COLUMN_TEXT},
};

/* Each host, VM and nic is counted by one member, the one that serves or lists it. */
static const char *const summed[] = {
    "hosts", "hosts_up",     "hosts_disobeying",   "vms",
    "nics",  "nics_limited", "guarantees_unknown", "guarantees_missed"};

static bool is_summed(const char *name)
{
    for (size_t i = 0; i < sizeof summed / sizeof summed[0]; i++)
        if (strcmp(summed[i], name) == 0)
            return true;
    return false;
}

/* Returns the text of a cell; "" for one of another kind. */
static const char *text_at(const struct daqs_table *table, size_t row, size_t column)
{
    if (table->columns != COLUMNS || table->column[column].kind != DAQS_COLUMN_TEXT)
        return "";
    const struct daqs_cell *cell = &daqs_table_at(table, row, 0)[column];
    return cell->empty || !cell->text ? "" : cell->text;
}

static const char *value_of(const struct daqs_table *table, const char *name)
{
    for (size_t row = 0; table && row < daqs_table_rows(table); row++)
        if (strcmp(text_at(table, row, NAME), name) == 0)
            return text_at(table, row, VALUE);
    return "";
}

static void put(struct daqs_table *ret, const char *name, const char *value)
{
    daqs_table_text(ret, name);
    daqs_table_text(ret, value);
}

static void put_sum(const struct status_part *part, size_t parts, const char *name,
                    struct daqs_table *ret)
{
    char text[32];
    uint64_t sum = 0;
    for (size_t i = 0; i < parts; i++)
        sum += strtoull(value_of(part[i].table, name), NULL, 10);
    (void)snprintf(text, sizeof text, "%" PRIu64, sum);
    put(ret, name, text);
}

/* The rows that are "ok" or say what is wrong. */
static bool is_health(const char *name)
{
    static const char *const health[] = {"history",  "queries", "events", "sla_file",
                                         "database", "clock",   "ledger"};
    for (size_t i = 0; i < sizeof health / sizeof health[0]; i++)
        if (strcmp(health[i], name) == 0)
            return true;
    return false;
}

/* The first member where it is not "ok" is named, unless it is the one that is asked. */
static void put_health(const struct status_part *part, size_t parts, const char *name,
                       struct daqs_table *ret)
{
    char text[VALUE_BYTES];
    const char *own = value_of(part[0].table, name);
    for (size_t i = 1; i < parts && strcmp(own, "ok") == 0; i++) {
        const char *value = value_of(part[i].table, name);
        if (!*value || strcmp(value, "ok") == 0)
            continue;
        (void)snprintf(text, sizeof text, "%.64s on %.64s", value, part[i].member);
        put(ret, name, text);
        return;
    }
    put(ret, name, own);
}

static void put_member(const struct status_part *part, struct daqs_table *ret)
{
    char name[VALUE_BYTES];
    char text[VALUE_BYTES];
    (void)snprintf(name, sizeof name, "member %.64s", part->member);
    if (part->table)
        (void)snprintf(text, sizeof text, "hosts %.20s, up %.20s, vms %.20s, version %.64s",
                       value_of(part->table, "hosts"), value_of(part->table, "hosts_up"),
                       value_of(part->table, "vms"), value_of(part->table, "version"));
    else
        (void)snprintf(text, sizeof text, "does not answer, hosts missing: %" PRIu64, part->hosts);
    put(ret, name, text);
}

void status_sum(const struct status_part *part, size_t parts, struct daqs_table *ret)
{
    const struct daqs_table *own = part[0].table;
    const size_t rows = daqs_table_rows(own);
    daqs_table_init(ret, columns, COLUMNS, (rows + parts) * ROWS_MORE + own->arena.used_bytes);
    for (size_t row = 0; row < rows; row++) {
        const char *name = text_at(own, row, NAME);
        if (is_summed(name))
            put_sum(part, parts, name, ret);
        else if (is_health(name))
            put_health(part, parts, name, ret);
        else
            put(ret, name, text_at(own, row, VALUE));
    }
    for (size_t i = 0; i < parts; i++)
        put_member(&part[i], ret);
}
