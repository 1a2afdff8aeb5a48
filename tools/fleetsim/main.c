/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "shared/base/cleanup.h"
#include "shared/base/log.h"
#include "shared/net/daemon.h"
#include "tools/fleetsim/bare.h"
#include "tools/fleetsim/options.h"
#include "tools/fleetsim/result.h"
#include "tools/fleetsim/sim_fleet.h"

/* Writes the controllers twice, one after the other: each agent may begin at another one of them.
 * Returns how many there are. */
static size_t list_endpoints(const struct fleetsim_options *options, const struct bare *bare,
                             const char **ret)
{
    size_t count = options->bare ? 1 : options->controllers;
    for (size_t i = 0; i < 2 * count; i++)
        ret[i] = options->bare ? bare->endpoint : options->controller[i % count];
    return count;
}

static int run(const struct fleetsim_options *options, const struct bare *bare,
               struct daqs_error *err)
{
    struct daqs_key controller_key;
    if (options->controller_key &&
        key_find_public(options->controller_key, &controller_key, err) != DAQS_OK)
        return 1;
    int signal_fd DAQS_AUTO_CLOSE = daemon_signals(err);
    struct sim_outcome outcome;
    const char *endpoint[2 * CANDIDATES_CONFIGURED_MOST];
    struct sim_context context = {.endpoint = endpoint,
                                  .endpoints = list_endpoints(options, bare, endpoint),
                                  .seeds = options->seeds,
                                  .monitored = options->handshakes,
                                  .server_key = bare->curve               ? &bare->key
                                                : options->controller_key ? &controller_key
                                                                          : NULL,
                                  .key_seed = options->shape.seed,
                                  .bare = options->bare,
                                  .answers = options->answers,
                                  .loss = options->loss,
                                  .repeat = options->repeat,
                                  .interval_ms = options->interval_ms,
                                  .hosts = options->hosts,
                                  .print_epochs = options->print_epochs,
                                  .print_changes = options->print_changes,
                                  .seed = ~options->shape.seed};
    pid_t watched = options->bare ? bare->pid : options->watch;
    if (signal_fd < 0)
        return 1;
    bool good = sim_fleet_run(options, &context, watched, signal_fd, &outcome, err) == DAQS_OK;
    if (good && !result_print(options, &outcome, &context.tally, watched))
        good = daqs_fail(err, DAQS_EIO, "cannot write the results") == DAQS_OK;
    if (good && outcome.served < options->hosts)
        good = daqs_fail(err, DAQS_ETIMEOUT, "%u of %u agents never received limits",
                         options->hosts - outcome.served, options->hosts) == DAQS_OK;
    samples_done(&context.tally.latency_us);
    samples_done(&context.tally.connecting.served_us);
    samples_done(&context.tally.lost_us);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct daqs_error err = {0};
    struct fleetsim_options options;
    struct bare bare = {0};
    int status = fleetsim_options_parse(argc, argv, &options);
    if (status >= 0)
        return status;
    daqs_log_init("daqs-fleetsim", DAQS_LOG_INFO);
    if (options.print_keys) {
        sim_key_print(options.shape.seed, options.hosts);
        return fflush(stdout) == 0 ? 0 : 1;
    }
    status = options.bare && bare_start(options.shape.nics, options.curve, &bare, &err) != DAQS_OK;
    if (status == 0)
        status = run(&options, &bare, &err);
    bare_stop(&bare);
    if (status != 0)
        daqs_log(DAQS_LOG_ERROR, "%s", err.text);
    return status;
}
