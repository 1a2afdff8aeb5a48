/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/top_state.h"

#include <string.h>

#include "shared/base/utf8.h"

/* Intervals that + and - step through. */
static const int64_t steps_ms[] = {100,   200,   500,   1000,   2000,    5000,
                                   10000, 30000, 60000, 300000, 1800000, 3600000};
enum { STEPS = sizeof steps_ms / sizeof steps_ms[0] };

static void slower(struct top_state *state)
{
    for (size_t i = 0; i < STEPS; i++)
        if (steps_ms[i] > state->interval_ms) {
            state->interval_ms = steps_ms[i];
            return;
        }
}

static void faster(struct top_state *state)
{
    for (size_t i = STEPS; i > 0; i--)
        if (steps_ms[i - 1] < state->interval_ms) {
            state->interval_ms = steps_ms[i - 1];
            return;
        }
}

static void move(struct top_state *state, size_t down, size_t up, size_t page, size_t rows)
{
    size_t most = rows > page ? rows - page : 0;
    state->offset += down;
    state->offset -= up < state->offset ? up : state->offset;
    state->offset = state->offset < most ? state->offset : most;
}

static void take_back(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && ((unsigned char)text[length - 1] & 0xc0) == 0x80)
        length--;
    text[length > 0 ? length - 1 : 0] = '\0';
}

static void append(char text[static TOP_FILTER_BYTES], uint32_t code)
{
    size_t length = strlen(text);
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < ' ' || (code >= 0x7f && code < 0xa0) || surrogate ||
        length + DAQS_UTF8_MAX >= TOP_FILTER_BYTES)
        return;
    length += daqs_utf8_put(code, text + length);
    text[length] = '\0';
}

static void type(struct top_state *state, uint32_t key)
{
    state->offset = 0;
    if (key == TOP_KEY_ESCAPE)
        memcpy(state->filter, state->before, sizeof state->filter);
    if (key == TOP_KEY_ESCAPE || key == TOP_KEY_ENTER)
        state->typing = false;
    else if (key == TOP_KEY_BACKSPACE)
        take_back(state->filter);
    else if (key < TOP_KEY_UP)
        append(state->filter, key);
}

static void turn(struct top_state *state, int by)
{
    state->sort = (enum top_sort)(((int)state->sort + by + TOP_SORTS) % TOP_SORTS);
    state->offset = 0;
}

/* Handles keys that scroll the list. */
static void scroll(struct top_state *state, uint32_t key, size_t page, size_t rows)
{
    if (key == TOP_KEY_UP || key == 'k')
        move(state, 0, 1, page, rows);
    else if (key == TOP_KEY_DOWN || key == 'j')
        move(state, 1, 0, page, rows);
    else if (key == TOP_KEY_PAGE_UP)
        move(state, 0, page, page, rows);
    else if (key == TOP_KEY_PAGE_DOWN || key == ' ')
        move(state, page, 0, page, rows);
    else if (key == TOP_KEY_HOME)
        state->offset = 0;
    else if (key == TOP_KEY_END)
        move(state, rows, 0, page, rows);
}

bool top_state_key(struct top_state *state, uint32_t key, size_t page, size_t rows)
{
    if (state->typing) {
        type(state, key);
        return true;
    }
    switch (key) {
    case 'q':
    case 'Q':
        return false;
    case 'h':
    case '?':
        state->help = !state->help;
        return true;
    case 's':
    case '>':
    case TOP_KEY_RIGHT:
        turn(state, 1);
        break;
    case 'S':
    case '<':
    case TOP_KEY_LEFT:
        turn(state, -1);
        break;
    case 'r':
        state->reverse = !state->reverse;
        state->offset = 0;
        break;
    case '/':
        memcpy(state->before, state->filter, sizeof state->before);
        state->filter[0] = '\0';
        state->typing = true;
        break;
    case TOP_KEY_ESCAPE:
        if (!state->help)
            state->filter[0] = '\0';
        break;
    case '+':
        slower(state);
        break;
    case '-':
        faster(state);
        break;
    default:
        scroll(state, key, page, rows);
        break;
    }
    state->help = false;
    return true;
}
