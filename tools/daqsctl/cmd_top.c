/* SPDX-License-Identifier: Apache-2.0 */
#include <curses.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/base/duration.h"
#include "tools/daqsctl/live_feed.h"
#include "tools/daqsctl/request.h"
#include "tools/daqsctl/terminal.h"
#include "tools/daqsctl/top_order.h"
#include "tools/daqsctl/top_view.h"

#undef timeout /* a macro of curses */

struct top {
    struct live_feed feed;
    struct top_state state;
    uint32_t *order;
    size_t rows;
    struct top_line *line;
    bool color;
};

/* --- the screen --- */

enum pair { PAIR_DOUBTFUL = 1, PAIR_BAD };

/* Starts curses. endwin restores the previous content of the screen. Returns NULL if the terminal
 * is not known. */
static SCREEN *screen_begin(bool color)
{
    SCREEN *screen = newterm(NULL, stdout, stdin);
    if (!screen)
        return NULL;
    (void)cbreak();
    (void)noecho();
    (void)nonl();
    (void)curs_set(0);
    (void)keypad(stdscr, TRUE);
    (void)nodelay(stdscr, TRUE);
    (void)set_escdelay(50);
    if (color && start_color() == OK) {
        (void)use_default_colors();
        (void)init_pair(PAIR_DOUBTFUL, COLOR_YELLOW, -1);
        (void)init_pair(PAIR_BAD, COLOR_RED, -1);
    }
    return screen;
}

static attr_t attributes(const struct top *top, enum top_style style)
{
    switch (style) {
    case TOP_STRONG:
        return A_BOLD;
    case TOP_HEADING:
        return A_REVERSE;
    case TOP_TROUBLE:
        return A_BOLD | (top->color ? (attr_t)COLOR_PAIR(PAIR_BAD) : 0);
    case TOP_FAINT:
        return A_DIM;
    case TOP_PLAIN:
        break;
    }
    return A_NORMAL;
}

static void draw_line(const struct top *top, int y, const struct top_line *line)
{
    (void)attrset((int)attributes(top, line->style));
    (void)move(y, 0);
    (void)clrtoeol();
    (void)addnstr(line->text, (int)line->severity_at);
    if (top->color && line->severity != SEVERITY_NONE)
        (void)attron(COLOR_PAIR(line->severity == SEVERITY_ERROR ? PAIR_BAD : PAIR_DOUBTFUL));
    (void)addnstr(line->text + line->severity_at, (int)line->severity_bytes);
    (void)attrset((int)attributes(top, line->style));
    (void)addstr(line->text + line->severity_at + line->severity_bytes);
}

static void draw(struct top *top)
{
    const struct live_feed *feed = &top->feed;
    int64_t now_ms = daqs_mono_ms(daqs_clock_system());
    const struct top_scene scene = {
        .snapshot = &feed->shown,
        .state = &top->state,
        .order = top->order,
        .rows = top->rows,
        .host = feed->host,
        .problem = feed->problem,
        .age_ms = feed->shown_ms ? now_ms - feed->shown_ms : -1,
        .columns = COLS,
        .lines = LINES,
        .ascii = terminal_is_ascii(),
    };
    size_t lines = top_view(&scene, top->line);
    (void)erase();
    for (size_t i = 0; i < lines; i++)
        draw_line(top, (int)i, &top->line[i]);
    (void)refresh();
}

/* --- events --- */

static void sort_again(struct top *top)
{
    size_t page = top_page(LINES);
    top->rows = top_order(&top->feed.shown, &top->state, top->order);
    size_t most = top->rows > page ? top->rows - page : 0;
    top->state.offset = top->state.offset < most ? top->state.offset : most;
}

/* Translates a key of curses into enum top_key or a character; 0 if top does not use the key. */
static uint32_t key_of(int result, wint_t key)
{
    static const struct {
        wint_t curses;
        enum top_key key;
    } keys[] = {
        {KEY_UP, TOP_KEY_UP},         {KEY_DOWN, TOP_KEY_DOWN},
        {KEY_PPAGE, TOP_KEY_PAGE_UP}, {KEY_NPAGE, TOP_KEY_PAGE_DOWN},
        {KEY_HOME, TOP_KEY_HOME},     {KEY_END, TOP_KEY_END},
        {KEY_LEFT, TOP_KEY_LEFT},     {KEY_RIGHT, TOP_KEY_RIGHT},
        {KEY_ENTER, TOP_KEY_ENTER},   {KEY_BACKSPACE, TOP_KEY_BACKSPACE},
    };
    for (size_t i = 0; result == KEY_CODE_YES && i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i].curses == key)
            return (uint32_t)keys[i].key;
    if (result == KEY_CODE_YES)
        return 0;
    switch (key) {
    case '\r':
    case '\n':
        return TOP_KEY_ENTER;
    case 0x1b:
        return TOP_KEY_ESCAPE;
    case '\b':
    case 0x7f:
        return TOP_KEY_BACKSPACE;
    default:
        return (uint32_t)key;
    }
}

/* Handles all keys that were pressed. Returns false to quit. */
static bool take_keys(struct top *top)
{
    wint_t key = 0;
    int result = 0;
    while ((result = get_wch(&key)) != ERR) {
        if (!top_state_key(&top->state, key_of(result, key), top_page(LINES), top->rows))
            return false;
        sort_again(top);
    }
    top->feed.interval_ms = top->state.interval_ms;
    return true;
}

static void take_size(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        (void)resizeterm(size.ws_row, size.ws_col);
}

/* Reads all signals and handles those about the terminal's size. Returns a signal that ends the
 * program, or 0. */
static int take_signals(int signals)
{
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGWINCH)
            return (int)info.ssi_signo;
        take_size();
    }
    return 0;
}

/* Shows the fleet until top ends. Returns the signal to end with: the one received, SIGINT if the
 * user quits or standard input fails, SIGTERM if polling fails. */
static int watch(struct top *top, int signals)
{
    for (;;) {
        short events = 0;
        int64_t due_ms = 0;
        draw(top);
        zsock_t *socket = live_feed_socket(&top->feed, &events, &due_ms);
        zmq_pollitem_t items[] = {
            {.fd = STDIN_FILENO, .events = ZMQ_POLLIN},
            {.fd = signals, .events = ZMQ_POLLIN},
            {.socket = socket ? zsock_resolve(socket) : NULL, .events = events},
        };
        int64_t left_ms = due_ms - daqs_mono_ms(daqs_clock_system());
        left_ms = left_ms > 1000 ? 1000 : left_ms; /* to update the age of an old snapshot */
        if (zmq_poll(items, socket ? 3 : 2, left_ms > 0 ? left_ms : 0) < 0 && errno != EINTR)
            return SIGTERM;
        int signal = items[1].revents ? take_signals(signals) : 0;
        if (signal)
            return signal;
        if ((items[0].revents & ZMQ_POLLERR) || !take_keys(top))
            return SIGINT;
        if (live_feed_step(&top->feed, daqs_mono_ms(daqs_clock_system())))
            sort_again(top);
    }
}

/* --- the command --- */

static enum exit_status read_interval(const struct command_line *line, int64_t *ret_ms)
{
    struct daqs_error err = {0};
    if (daqs_duration_parse(line->interval ? line->interval : "1s", ret_ms, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "--interval: %s", err.text);
    if (*ret_ms < TOP_INTERVAL_LEAST_MS || *ret_ms > TOP_INTERVAL_MOST_MS)
        return complain(EXIT_USAGE, "--interval takes 100ms to 1h");
    return EXIT_DONE;
}

static void nothing(void *arg, const struct wire_reply *reply)
{
    (void)arg;
    (void)reply;
}

/* Sends one request without a screen, so that a controller that does not answer is reported as with
 * any other command. */
static enum exit_status try_once(const struct command_line *line, const char *host)
{
    struct wire_request request = wire_request_of(WIRE_HOSTS);
    struct exchange exchange DAQS_AUTO(exchange_end_p) = {0};
    request.list.host = host;
    enum exit_status status = exchange_begin(&exchange, line);
    return status == EXIT_DONE ? exchange_send(&exchange, &request, nothing, NULL) : status;
}

static void top_end(struct top *top)
{
    live_feed_end(&top->feed);
    free(top->order);
    free(top->line);
}

static int open_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGWINCH);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* Ends the process by the signal, as if it had not been caught. */
static void die_of(int signal)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, signal);
    (void)sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL},
                    NULL); /* curses installs its own handler */
    (void)raise(signal);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static enum exit_status cmd_top(const struct command_line *line)
{
    const char *host = line->arguments > 0 ? line->argument[0] : "";
    const char *term = getenv("TERM");
    struct top top DAQS_AUTO(top_end) = {0};
    enum exit_status status = read_interval(line, &top.state.interval_ms);
    if (status != EXIT_DONE)
        return status;
    if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
        return complain(EXIT_FAILED, "top needs a terminal; daqsctl vms prints the same once, for "
                                     "programs with -o json or -o csv");
    if (!term || !*term || strcmp(term, "dumb") == 0)
        return complain(EXIT_FAILED,
                        "top needs a terminal that can move its cursor, and TERM is '%s'; daqsctl "
                        "vms prints the same once",
                        term ? term : "");
    status = try_once(line, host);
    if (status == EXIT_DONE)
        status = live_feed_begin(&top.feed, line, host);
    if (status != EXIT_DONE)
        return status;
    int signals DAQS_AUTO_CLOSE = open_signals();
    top.feed.interval_ms = top.state.interval_ms;
    top.color = terminal_wants_color(line->color, true);
    top.order = calloc(PICTURE_NICS_MOST, sizeof *top.order);
    top.line = calloc(TOP_LINES_MOST, sizeof *top.line);
    if (signals < 0 || !top.order || !top.line)
        return complain(EXIT_FAILED, "out of memory or descriptors");
    SCREEN *screen = screen_begin(top.color);
    if (!screen)
        return complain(EXIT_FAILED, "unknown terminal '%.50s'; set TERM, or use daqsctl vms",
                        term);
    int signal = watch(&top, signals);
    (void)endwin();
    delscreen(screen);
    if (signal != SIGINT)
        die_of(signal);
    return EXIT_DONE;
}

const struct command command_top = {
    .verb = "top",
    .arguments = "[HOST]",
    .summary = "a full-screen view of the VMs, busiest first",
    .about = "It refreshes continuously. The bar shows how much of its uplink a nic uses, with a | "
             "where its guarantee ends. Keys: q quits, s sorts by the next column, r reverses the "
             "order, / filters by names, + and - change the interval, arrows and PgUp, PgDn "
             "scroll, h shows all keys. If the controller goes away, the screen says so, and the "
             "last data stay until it is back. Needs a terminal.\n",
    .example = "daqsctl top\n"
               "daqsctl top node1 --interval 5s\n",
    .most_arguments = 1,
    .kind = {ARGUMENT_HOST},
    .options = OPTION_INTERVAL,
    .run = cmd_top,
    .no_table = "it fills a terminal; vms has a table",
};
