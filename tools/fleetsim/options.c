/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/options.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/duration.h"
#include "shared/base/version.h"
#include "shared/net/socket.h"

/* Attempts to connect use timers, and each makes a thread of libzmq search all of its timers. */
enum { AGENTS_PER_IO_THREAD = 1000, IO_THREADS_MOST = 16 };

static void print_help(void)
{
    (void)printf(
        "usage: daqs-fleetsim [options]\n"
        "\n"
        "Simulates the agents of a fleet in one process: they connect to a controller, report\n"
        "what simulated guests send, and obey the limits that they receive. Prints at the end\n"
        "what that cost.\n"
        "Hosts are sim0001, sim0002, ..., VMs vm01, vm02, ... with a nic each. See "
        "docs/fleetsim.md.\n"
        "\n"
        "  --controller ENDPOINT  the controller's bus; default: tcp://127.0.0.1:7420. Of "
        "several, up to\n"
        "                         8, agents go on to the next when one is silent for 3 s; those "
        "of a group\n"
        "                         send them to each other\n"
        "  --seeds N              each agent knows only N of them, and begins at another one "
        "than the next;\n"
        "                         default: all, in the same order\n"
        "  --hosts N              how many agents; default: 1000\n"
        "  --nics N               nics of each host; default: 64\n"
        "  --controller-key KEY   the controller's public key, or a file with it; default: it "
        "needs none\n"
        "  --keys                 print lines \"HOST KEY\", for daqsctl enroll -, and exit\n"
        "  --uplinks N            uplinks of each host; default: 1\n"
        "  --capacity RATE        capacity of each uplink; default: 40Gbit\n"
        "  --rate HZ              reports per second and host, 0.1 to 100; default: 5\n"
        "  --mix KIND=N,...       kinds of traffic and their weights; default:\n"
        "                         idle=50,steady=20,on-off=10,bursty=15,ramp=5\n"
        "  --guaranteed N         the first N VMs of each host pulse, for SLAs to be set on; "
        "default: 1\n"
        "  --label KEY=VALUE      a label of each VM, such as sla-class=gold; several may be "
        "given; "
        "default: none\n"
        "  --seed N               the same seed, the same traffic; default: 1\n"
        "  --warm-up TIME         time before anything is counted; agents connect within its first "
        "half;\n"
        "                         default: 5s\n"
        "  --duration TIME        how long to count; default: 30s\n"
        "  --storm                all agents connect at once, instead of a warm-up\n"
        "  --loss PERCENT         reports that are not sent; default: 0\n"
        "  --repeat PERCENT       reports that are sent again after the next one; default: 0\n"
        "  --churn N              agents per second that drop their connection and come back, "
        "every\n"
        "                         other of them as a restarted agent; default: 0\n"
        "  --bare                 instead of a controller, a bare loop in a process of its own, "
        "which\n"
        "                         receives the same messages and answers without decoding them: "
        "the\n"
        "                         figures show the cost of the messages alone\n"
        "  --answers PERCENT      reports that the bare loop answers with limits; default: 20\n"
        "  --curve                with --bare: encrypted, with keys made for the run\n"
        "  --io-threads N         threads of this process's sockets; default: one for 1000 agents\n"
        "  --watch PID            also print the processor time and memory that this process on "
        "this\n"
        "                         machine (the controller) used; with --bare, those of the bare "
        "loop\n"
        "  --handshakes           count attempts to connect by how they end; takes two more open "
        "files for\n"
        "                         each agent\n"
        "  --epochs               report on standard error when the first and the last agent have\n"
        "                         limits of another controller\n"
        "  --changes              report on standard error each time that an agent obeys another\n"
        "                         controller, that its lease lapses, that it obeys the same\n"
        "                         controller again, and that it loses a guarantee\n"
        "  -o, --output FORMAT    how to print: table or json; default: table\n"
        "  --version, --help      print the version, or the options, and exit\n"
        "\n"
        "SIGTERM and SIGINT end the run early, with the figures so far. Exit status: 0 done, 1 "
        "failed\n"
        "or an agent never received limits, 2 usage.\n");
}

static bool parse_number(const char *text, double least, double most, double *ret)
{
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value) || value < least || value > most)
        return false;
    *ret = value;
    return true;
}

static bool parse_count(const char *text, double least, double most, uint32_t *ret)
{
    double value;
    if (text[strspn(text, "0123456789")] || !parse_number(text, least, most, &value))
        return false;
    *ret = (uint32_t)value;
    return true;
}

enum option_letter {
    CONTROLLER = 256,
    SEEDS,
    HOSTS,
    NICS,
    UPLINKS,
    CAPACITY,
    RATE,
    MIX,
    GUARANTEED,
    LABEL,
    SEED,
    WARM_UP,
    DURATION,
    STORM,
    LOSS,
    REPEAT,
    CONTROLLER_KEY,
    KEYS,
    CHURN,
    BARE,
    ANSWERS,
    CURVE,
    IO_THREADS,
    WATCH,
    HANDSHAKES,
    EPOCHS,
    CHANGES,
    VERSION
};

static const struct option known[] = {
    {"controller", required_argument, NULL, CONTROLLER},
    {"seeds", required_argument, NULL, SEEDS},
    {"controller-key", required_argument, NULL, CONTROLLER_KEY},
    {"keys", no_argument, NULL, KEYS},
    {"hosts", required_argument, NULL, HOSTS},
    {"nics", required_argument, NULL, NICS},
    {"uplinks", required_argument, NULL, UPLINKS},
    {"capacity", required_argument, NULL, CAPACITY},
    {"rate", required_argument, NULL, RATE},
    {"mix", required_argument, NULL, MIX},
    {"guaranteed", required_argument, NULL, GUARANTEED},
    {"label", required_argument, NULL, LABEL},
    {"seed", required_argument, NULL, SEED},
    {"warm-up", required_argument, NULL, WARM_UP},
    {"duration", required_argument, NULL, DURATION},
    {"storm", no_argument, NULL, STORM},
    {"loss", required_argument, NULL, LOSS},
    {"repeat", required_argument, NULL, REPEAT},
    {"churn", required_argument, NULL, CHURN},
    {"bare", no_argument, NULL, BARE},
    {"answers", required_argument, NULL, ANSWERS},
    {"curve", no_argument, NULL, CURVE},
    {"io-threads", required_argument, NULL, IO_THREADS},
    {"watch", required_argument, NULL, WATCH},
    {"handshakes", no_argument, NULL, HANDSHAKES},
    {"epochs", no_argument, NULL, EPOCHS},
    {"changes", no_argument, NULL, CHANGES},
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, VERSION},
    {NULL, 0, NULL, 0},
};

/* Stores the value of an option that is a whole number. Returns false, and fills 'err', if it is
 * invalid. */
static bool take_count(int option, const char *value, struct fleetsim_options *o,
                       struct daqs_error *err)
{
    static const struct {
        int option;
        uint32_t least;
        uint32_t most;
    } range[] = {{HOSTS, 1, FLEETSIM_HOSTS_MAX}, {NICS, 1, DAQS_MAX_NICS},
                 {UPLINKS, 1, DAQS_MAX_UPLINKS}, {GUARANTEED, 0, DAQS_MAX_NICS},
                 {SEED, 0, INT32_MAX},           {IO_THREADS, 1, IO_THREADS_MOST},
                 {WATCH, 1, INT32_MAX},          {SEEDS, 1, CANDIDATES_CONFIGURED_MOST}};
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof range / sizeof range[0]; i++)
        if (range[i].option == option && !parse_count(value, range[i].least, range[i].most, &count))
            return daqs_fail(err, DAQS_EINVALID, "takes a whole number from %u to %u, not '%.40s'",
                             range[i].least, range[i].most, value) == DAQS_OK;
    if (option == SEEDS)
        o->seeds = count;
    else if (option == HOSTS)
        o->hosts = count;
    else if (option == NICS)
        o->shape.nics = count;
    else if (option == UPLINKS)
        o->shape.uplinks = count;
    else if (option == GUARANTEED)
        o->shape.guaranteed = count;
    else if (option == SEED)
        o->shape.seed = count;
    else if (option == IO_THREADS)
        o->io_threads = (int)count;
    else
        o->watch = (pid_t)count;
    return true;
}

/* "KEY=VALUE" */
static bool take_label(const char *text, struct vm_labels *labels, struct daqs_error *err)
{
    char key[DAQS_LABEL_KEY_MAX + 1] = "";
    const size_t length = strcspn(text, "=");
    if (length < sizeof key)
        memcpy(key, text, length);
    return (text[length] == '=' && vm_labels_add(labels, key, text + length + 1)) ||
           daqs_fail(err, DAQS_EINVALID, "takes up to %d times KEY=VALUE, not '%.40s'",
                     DAQS_MAX_LABELS - 1, text) == DAQS_OK;
}

/* The same for all other options that have a value. */
static bool take_value(int option, const char *value, struct fleetsim_options *o,
                       struct daqs_error *err)
{
    double number = 0;
    double most = option == CHURN ? FLEETSIM_HOSTS_MAX : 100;
    switch (option) {
    case CONTROLLER:
        if (o->controllers == CANDIDATES_CONFIGURED_MOST)
            return daqs_fail(err, DAQS_EINVALID, "may be given at most %d times",
                             CANDIDATES_CONFIGURED_MOST) == DAQS_OK;
        o->controller[o->controllers++] = value;
        return net_endpoint_ok(value) ||
               daqs_fail(err, DAQS_EINVALID, "takes tcp://ADDRESS:PORT or ipc://PATH, not '%.40s'",
                         value) == DAQS_OK;
    case CONTROLLER_KEY:
        o->controller_key = value;
        return true;
    case CAPACITY:
        return daqs_rate_parse(value, &o->shape.capacity, err) == DAQS_OK;
    case MIX:
        return trace_mix_parse(value, &o->shape.mix, err) == DAQS_OK;
    case LABEL:
        return take_label(value, &o->shape.labels, err);
    case WARM_UP:
        return daqs_duration_parse(value, &o->warm_up_ms, err) == DAQS_OK;
    case DURATION:
        return daqs_duration_parse(value, &o->duration_ms, err) == DAQS_OK;
    case 'o':
        o->json = strcmp(value, "json") == 0;
        return o->json || strcmp(value, "table") == 0 ||
               daqs_fail(err, DAQS_EINVALID, "takes table or json, not '%.40s'", value) == DAQS_OK;
    case RATE:
    case LOSS:
    case REPEAT:
    case CHURN:
    case ANSWERS:
        if (!parse_number(value, option == RATE ? 0.1 : 0, most, &number))
            return daqs_fail(err, DAQS_EINVALID, "takes a number from %s to %.0f, not '%.40s'",
                             option == RATE ? "0.1" : "0", most, value) == DAQS_OK;
        break;
    default:
        return take_count(option, value, o, err);
    }
    if (option == RATE)
        o->interval_ms = (int64_t)lround(1000 / number);
    else if (option == LOSS)
        o->loss = number;
    else if (option == REPEAT)
        o->repeat = number;
    else if (option == CHURN)
        o->churn = number;
    else
        o->answers = number;
    return true;
}

static const char *name_of(int option)
{
    for (const struct option *o = known; o->name; o++)
        if (o->val == option)
            return o->name;
    return "";
}

static int usage(const char *text, const char *word)
{
    (void)fprintf(stderr, "daqs-fleetsim: %s%s; try: daqs-fleetsim --help\n", text, word);
    return 2;
}

static int check_together(const struct fleetsim_options *o)
{
    if (o->bare && o->controllers > 0)
        return usage("--bare and --controller exclude each other", "");
    if (o->bare && o->controller_key)
        return usage("--bare and --controller-key exclude each other", "");
    if (o->bare && o->watch)
        return usage("--bare and --watch exclude each other", "");
    if (o->curve && !o->bare)
        return usage("--curve goes with --bare only", "");
    if (o->seeds > (o->controllers ? o->controllers : 1))
        return usage("--seeds is more than there are --controller", "");
    if (o->shape.uplinks > o->shape.nics)
        return usage("--uplinks is more than --nics", "");
    if (o->shape.guaranteed > o->shape.nics)
        return usage("--guaranteed is more than --nics", "");
    return -1;
}

int fleetsim_options_parse(int argc, char **argv, struct fleetsim_options *ret)
{
    struct fleetsim_options o = {
        .answers = 20,
        .hosts = 1000,
        .shape = {.nics = 64,
                  .uplinks = 1,
                  .guaranteed = 1,
                  .capacity = UINT64_C(40000000000),
                  .mix = trace_usual_mix,
                  .seed = 1},
        .interval_ms = 200,
        .warm_up_ms = 5000,
        .duration_ms = 30000,
    };
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:h", known, NULL)) != -1) {
        struct daqs_error err = {0};
        if (option == 'h') {
            print_help();
            return 0;
        }
        if (option == VERSION) {
            (void)printf("daqs-fleetsim %s\n", DAQS_VERSION);
            return 0;
        }
        if (option == '?')
            return usage("unknown option ", argv[optind - 1]);
        if (option == ':')
            return usage("a value is missing after ", argv[optind - 1]);
        if (option == STORM)
            o.storm = true;
        else if (option == BARE)
            o.bare = true;
        else if (option == KEYS)
            o.print_keys = true;
        else if (option == CURVE)
            o.curve = true;
        else if (option == HANDSHAKES)
            o.handshakes = true;
        else if (option == EPOCHS)
            o.print_epochs = true;
        else if (option == CHANGES)
            o.print_changes = true;
        else if (!take_value(option, optarg, &o, &err)) {
            (void)fprintf(stderr, "daqs-fleetsim: --%s: %s\n", name_of(option), err.text);
            return 2;
        }
    }
    if (optind < argc)
        return usage("unexpected argument ", argv[optind]);
    int status = check_together(&o);
    if (status >= 0)
        return status;
    if (!o.bare && o.controllers == 0)
        o.controller[o.controllers++] = "tcp://127.0.0.1:7420";
    if (o.io_threads == 0)
        o.io_threads = (int)daqs_lower(1 + (o.hosts - 1) / AGENTS_PER_IO_THREAD, IO_THREADS_MOST);
    *ret = o;
    return -1;
}
