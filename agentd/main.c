/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "agentd/agent.h"
#include "agentd/agent_check.h"
#include "agentd/host/nic_report.h"
#include "shared/base/log.h"
#include "shared/net/daemon.h"

enum { CHECK_MOST_S = 10 }; /* libvirtd may hang */

/* Runs --check-config; returns the exit status. */
static int check(const struct daemon_options *options, const struct agent_config *config)
{
    daemon_stop_within(CHECK_MOST_S);
    agent_check_controllers(config, stdout);
    nic_report("/sys", config->uplink, config->uplinks, stdout);
    unsigned problems = agent_check(config) + agent_check_libvirt(config, stdout);
    if (problems == 0)
        (void)printf("%s: the configuration is valid\n", options->config);
    return problems ? 1 : 0;
}

int main(int argc, char **argv)
{
    static const struct daemon_about about = {
        "daqs-agentd", "measures the guests of this host and holds them to their limits",
        "/etc/daqs/agentd.conf", NULL};
    struct daemon_options options;
    int status = daemon_options_parse(argc, argv, &about, &options);
    if (status >= 0)
        return status;

    struct daqs_error err = {0};
    struct agent_config config;
    daqs_log_init(about.program, options.verbose ? DAQS_LOG_DEBUG : DAQS_LOG_INFO);
    if (agent_config_load(options.config, &config, &err) != DAQS_OK) {
        daqs_log(DAQS_LOG_ERROR, "%s", err.text);
        return 2;
    }
    int status_of_run = 0;
    if (options.check_config) {
        status_of_run = check(&options, &config);
    } else if (agent_run(&config, &err) != DAQS_OK) {
        daqs_log(DAQS_LOG_ERROR, "%s", err.text);
        status_of_run = 1;
    }
    agent_config_done(&config);
    return status_of_run;
}
