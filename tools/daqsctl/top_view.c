/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/top_view.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/text.h"
#include "tools/daqsctl/column_layout.h"
#include "tools/daqsctl/text_width.h"
#include "tools/daqsctl/top_order.h"

enum { GAP = 2, BAR = 10, CELL_BYTES = 1100, PARTS = 8, PART_BYTES = 400 };

/* --- lines of text --- */

__attribute__((format(printf, 4, 5))) static void say(const struct top_scene *scene,
                                                      struct top_line *line, enum top_style style,
                                                      const char *format, ...)
{
    char text[TOP_LINE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    *line = (struct top_line){.style = style};
    (void)text_cut(text, scene->columns, scene->ascii, line->text, sizeof line->text);
}

/* Returns "0" for no rate and "-" for one that is unknown or missing. */
static const char *rate(daqs_bps bps, char buf[static DAQS_RATE_TEXT])
{
    if (bps == DAQS_UNLIMITED)
        return "-";
    return bps == 0 ? "0" : daqs_rate_humanize(bps, buf);
}

static const char *interval(int64_t ms, char buf[static DAQS_RATE_TEXT])
{
    if (ms % 1000)
        (void)snprintf(buf, DAQS_RATE_TEXT, "%" PRId64 "ms", ms);
    else
        (void)snprintf(buf, DAQS_RATE_TEXT, "%" PRId64 "s", ms / 1000);
    return buf;
}

/* Joins parts with two blanks, leaving out those that do not fit; the first part is always kept. */
static void join(const struct top_scene *scene, struct top_line *line, enum top_style style,
                 char (*part)[PART_BYTES], size_t parts)
{
    char text[TOP_LINE_BYTES] = "";
    int width = 0;
    for (size_t i = 0; i < parts; i++) {
        int w = text_width(part[i]);
        if (i > 0 && width + GAP + w > scene->columns)
            continue;
        size_t used = strlen(text);
        (void)snprintf(text + used, sizeof text - used, "%s%s", i ? "  " : "", part[i]);
        width += w + (i ? GAP : 0);
    }
    say(scene, line, style, "%s", text);
}

static void summary(const struct top_scene *scene, struct top_line *line)
{
    char part[PARTS][PART_BYTES] = {""};
    char usage[DAQS_RATE_TEXT];
    char capacity[DAQS_RATE_TEXT];
    size_t n = 0;
    const struct snapshot *snapshot = scene->snapshot;
    struct snapshot_sum sum = snapshot_sum(snapshot);
    if (scene->age_ms < 0) {
        say(scene, line, TOP_STRONG, "daqs: no data yet");
        return;
    }
    (void)snprintf(part[n++], PART_BYTES, "%zu/%zu hosts up", sum.hosts_up, sum.hosts);
    if (sum.maintenance > 0)
        (void)snprintf(part[n++], PART_BYTES, "%zu in maintenance", sum.maintenance);
    if (sum.capacity > 0)
        (void)snprintf(part[n++], PART_BYTES, "uplinks %.0f%%",
                       (double)sum.usage * 100 / (double)sum.capacity);
    if (sum.guarantees > 0 && !snapshot->has_missed)
        (void)snprintf(part[n++], PART_BYTES, "%zu guarantees", sum.guarantees);
    if (sum.guarantees > 0 && snapshot->has_missed) {
        const uint64_t known = sum.guarantees - sum.unknown;
        const uint64_t kept = known - (snapshot->missed < known ? snapshot->missed : known);
        (void)snprintf(part[n], PART_BYTES, "guarantees %" PRIu64 "/%zu kept", kept,
                       sum.guarantees);
        if (sum.unknown > 0)
            (void)snprintf(part[n], PART_BYTES, "guarantees %" PRIu64 "/%zu kept, %zu unknown",
                           kept, sum.guarantees, sum.unknown);
        n++;
    }
    if (sum.capacity > 0)
        (void)snprintf(part[n++], PART_BYTES, "%s of %s", rate(sum.usage, usage),
                       rate(sum.capacity, capacity));
    (void)snprintf(part[n++], PART_BYTES, "every %s", interval(scene->state->interval_ms, usage));
    if (*scene->host)
        (void)snprintf(part[n++], PART_BYTES, "%s", scene->host);
    join(scene, line, TOP_STRONG, part, n);
}

static const char *const sort_names[TOP_SORTS] = {
    [TOP_BY_USAGE] = "usage",   [TOP_BY_LOAD] = "load",   [TOP_BY_LIMIT] = "limit",
    [TOP_BY_GUARANTEE] = "min", [TOP_BY_CEILING] = "max", [TOP_BY_STATE] = "state",
    [TOP_BY_HOST] = "host",     [TOP_BY_VM] = "vm",
};

/* Names the members of the group whose hosts are missing. */
static void say_left_out(const struct snapshot *snapshot, char text[static PART_BYTES])
{
    (void)snprintf(text, PART_BYTES, "missing:");
    for (size_t i = 0; i < snapshot->left_out; i++) {
        const struct wire_missing *member = &snapshot->left_out_member[i];
        daqs_text_add(text, PART_BYTES, i ? ", " : " ", "%.64s (%" PRIu64 " host%s)",
                      member->member, member->hosts, member->hosts == 1 ? "" : "s");
    }
}

/* Shows the filter that is being typed, the problem, or how the list is sorted and filtered. */
static void notice(const struct top_scene *scene, struct top_line *line, size_t first, size_t count)
{
    char part[PARTS][PART_BYTES] = {""};
    size_t n = 0;
    const struct top_state *state = scene->state;
    if (state->typing) {
        say(scene, line, TOP_STRONG, "/%s_", state->filter);
        return;
    }
    if (*scene->problem && scene->age_ms >= 0) {
        say(scene, line, TOP_TROUBLE, "%" PRId64 " s old: %s", scene->age_ms / 1000,
            scene->problem);
        return;
    }
    if (*scene->problem) {
        say(scene, line, TOP_TROUBLE, "%s", scene->problem);
        return;
    }
    if (scene->snapshot->left_out > 0)
        say_left_out(scene->snapshot, part[n++]);
    (void)snprintf(part[n++], PART_BYTES, "by %s%s", sort_names[state->sort],
                   state->reverse ? ", reversed" : "");
    if (*state->filter)
        (void)snprintf(part[n++], PART_BYTES, "filter: %s", state->filter);
    (void)snprintf(part[n++], PART_BYTES, "%zu-%zu of %zu%s", count ? first + 1 : 0, first + count,
                   scene->rows, scene->snapshot->cut ? "+" : "");
    if (scene->snapshot->cut)
        (void)snprintf(part[n++], PART_BYTES, "only the first %zu nics; name a HOST for others",
                       scene->snapshot->nics);
    join(scene, line, scene->snapshot->left_out > 0 ? TOP_TROUBLE : TOP_PLAIN, part, n);
}

/* --- the list --- */

enum column { HOST, VM, NIC, USAGE, LOAD, LIMIT, GUARANTEE, CEILING, STATE, REASON, COLUMNS };

static const struct {
    const char *heading;
    int rank;
    int least;
    bool number;
    int sort; /* enum top_sort; -1: cannot be sorted by it */
} about[COLUMNS] = {
    [HOST] = {"HOST", 70, 6, false, TOP_BY_HOST},
    [VM] = {"VM", 100, 6, false, TOP_BY_VM},
    [NIC] = {"NIC", 20, 0, false, -1},
    [USAGE] = {"USAGE", 95, 0, true, TOP_BY_USAGE},
    [LOAD] = {"LOAD", 55, 0, false, TOP_BY_LOAD},
    [LIMIT] = {"LIMIT", 85, 0, true, TOP_BY_LIMIT},
    [GUARANTEE] = {"MIN", 75, 0, true, TOP_BY_GUARANTEE},
    [CEILING] = {"MAX", 50, 0, true, TOP_BY_CEILING},
    [STATE] = {"STATE", 80, 8, false, TOP_BY_STATE},
    [REASON] = {"REASON", 60, 12, false, -1},
};

/* Draws the nic's usage as a share of the uplink, with a | where its guarantee ends. */
static const char *bar(const struct top_scene *scene, const struct snapshot_nic *nic,
                       char buf[static CELL_BYTES])
{
    unsigned load = top_load(nic);
    int full = (int)((load * BAR + 500) / 1000);
    int mark = -1;
    buf[0] = '\0';
    if (nic->capacity > 0 && nic->min > 0)
        mark = (int)((double)nic->min * BAR / (double)nic->capacity);
    if (nic->capacity == 0 || nic->usage == DAQS_UNLIMITED)
        return "-";
    if (load > 0 && full == 0)
        full = 1;
    for (int i = 0; i < BAR; i++) {
        const char *piece = i == mark  ? "|"
                            : i < full ? (scene->ascii ? "#" : "\u2588")
                                       : (scene->ascii ? "." : "\u00b7");
        /* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): there is room for it */
        strcat(buf, piece);
    }
    return buf;
}

static const char *cell(const struct top_scene *scene, const struct snapshot_nic *nic,
                        enum column column, char buf[static CELL_BYTES])
{
    switch (column) {
    case HOST:
        return nic->host;
    case VM:
        return nic->vm;
    case NIC:
        return nic->nic;
    case USAGE:
        return rate(nic->usage, buf);
    case LOAD:
        return bar(scene, nic, buf);
    case LIMIT:
        return rate(nic->limit, buf);
    case GUARANTEE:
        return rate(nic->min ? nic->min : DAQS_UNLIMITED, buf);
    case CEILING:
        return rate(nic->max, buf);
    case STATE:
        return nic->state;
    case REASON:
        return nic->reason;
    case COLUMNS:
        break;
    }
    return "";
}

/* Sizes columns by their visible rows, so that long names elsewhere take no room. Columns of
 * numbers fit any rate, so that their widths do not change. */
static void lay_out(const struct top_scene *scene, size_t first, size_t count,
                    struct layout_column fit[static COLUMNS])
{
    enum { RATE_WIDTH = 9 };
    char buf[CELL_BYTES];
    for (int c = 0; c < COLUMNS; c++) {
        bool sorted = about[c].sort == (int)scene->state->sort;
        int width = text_width(about[c].heading) + sorted;
        width = about[c].number && width < RATE_WIDTH ? RATE_WIDTH : width;
        width = c == LOAD ? BAR : width;
        for (size_t i = 0; i < count; i++) {
            const struct snapshot_nic *nic = &scene->snapshot->nic[scene->order[first + i]];
            int w = text_width(cell(scene, nic, (enum column)c, buf));
            width = w > width ? w : width;
        }
        bool redundant = c == HOST && *scene->host;
        fit[c] = (struct layout_column){.wanted = width,
                                        .least = about[c].least ? about[c].least : width,
                                        .rank = redundant ? 10 : about[c].rank};
    }
    layout_columns(fit, COLUMNS, GAP, scene->columns);
}

static void add_cell(const struct top_scene *scene, struct top_line *line, int column, int width,
                     const char *text)
{
    char cut[CELL_BYTES];
    size_t used = strlen(line->text);
    int taken = text_cut(text, width, scene->ascii, cut, sizeof cut);
    int pad = width - taken;
    bool number = about[column].number;
    const char *gap = used ? "  " : "";
    (void)snprintf(line->text + used, sizeof line->text - used, "%s%*s%s%*s", gap, number ? pad : 0,
                   "", cut, number ? 0 : pad, "");
    if (column != STATE)
        return;
    line->severity_at = used + strlen(gap);
    line->severity_bytes = strlen(cut);
}

static void heading(const struct top_scene *scene, const struct layout_column *fit,
                    struct top_line *line)
{
    *line = (struct top_line){.style = TOP_HEADING};
    for (int c = 0; c < COLUMNS; c++) {
        char text[CELL_BYTES];
        bool sorted = about[c].sort == (int)scene->state->sort;
        (void)snprintf(text, sizeof text, "%s%s", about[c].heading,
                       !sorted                 ? ""
                       : scene->state->reverse ? "^"
                                               : "*");
        if (fit[c].width > 0)
            add_cell(scene, line, c, fit[c].width, text);
    }
    line->severity_bytes = 0;
}

static void row(const struct top_scene *scene, const struct layout_column *fit, size_t place,
                struct top_line *line)
{
    char buf[CELL_BYTES];
    const struct snapshot_nic *nic = &scene->snapshot->nic[scene->order[place]];
    *line = (struct top_line){.severity = severity_of("state", nic->state)};
    for (int c = 0; c < COLUMNS; c++)
        if (fit[c].width > 0)
            add_cell(scene, line, c, fit[c].width, cell(scene, nic, (enum column)c, buf));
    for (size_t end = strlen(line->text); end > 0 && line->text[end - 1] == ' '; end--)
        line->text[end - 1] = '\0';
}

/* --- the screen --- */

static const char *const keys[] = {
    "q, Ctrl-C    quit",
    "s > right    sort by the next column",
    "S < left     sort by the previous column",
    "r            reverse the order",
    "/            filter by a part of a name",
    "Esc          remove the filter",
    "up down k j  scroll",
    "PgUp PgDn    scroll by pages",
    "Home End     go to the first, the last",
    "+ -          refresh less, more often",
    "h ?          show, hide these keys",
};

static size_t help(const struct top_scene *scene, struct top_line *ret, size_t lines)
{
    enum { KEYS = sizeof keys / sizeof keys[0] };
    for (size_t i = 0; i < lines; i++)
        say(scene, &ret[i], TOP_PLAIN, "%s", i < KEYS ? keys[i] : "");
    return lines;
}

/* Least heights of screens that have room for all lines around the list, and for the heading. */
enum { FULL_LINES = 6, SMALL_LINES = 4 };

size_t top_page(int lines)
{
    int taken = lines >= FULL_LINES ? 4 : lines >= SMALL_LINES ? 2 : 1;
    return lines > taken ? (size_t)(lines - taken) : 0;
}

size_t top_view(const struct top_scene *scene, struct top_line *ret)
{
    struct layout_column fit[COLUMNS];
    size_t lines = scene->lines < 0 ? 0 : (size_t)scene->lines;
    size_t page = top_page(scene->lines);
    size_t first = scene->state->offset < scene->rows ? scene->state->offset : scene->rows;
    size_t count = scene->rows - first < page ? scene->rows - first : page;
    size_t n = 0;
    bool notable = scene->state->typing || *scene->problem || scene->snapshot->left_out > 0;
    lines = lines < TOP_LINES_MOST ? lines : TOP_LINES_MOST;
    if (lines == 0)
        return 0;
    if (scene->state->help)
        return help(scene, ret, lines);
    if (lines >= FULL_LINES || !notable)
        summary(scene, &ret[n++]);
    if (lines >= FULL_LINES || notable)
        notice(scene, &ret[n++], first, count);
    lay_out(scene, first, count, fit);
    if (lines >= SMALL_LINES)
        heading(scene, fit, &ret[n++]);
    for (size_t i = 0; i < page && n < lines; i++)
        if (i < count)
            row(scene, fit, first + i, &ret[n++]);
        else
            ret[n++] = (struct top_line){.style = TOP_PLAIN};
    if (lines >= FULL_LINES && n < lines)
        say(scene, &ret[n++], TOP_FAINT,
            "q quit  h keys  s sort  / filter  r reverse  + - interval");
    return n;
}
