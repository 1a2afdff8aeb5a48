#include <stdio.h>

#include "agentd/io/agent.h"
#include "shared/base/log.h"
#include "shared/net/daemon.h"

int main(int argc, char **argv)
{
    static const struct daemon_about about = {
        "daqs-agentd", "measures the guests of this host and holds them to their limits",
        "/etc/daqs/agentd.conf"};
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
    int result = options.check_config ? DAQS_OK : agent_run(&config, &err);
    if (options.check_config)
        (void)printf("%s: the configuration is good\n", options.config);
    if (result != DAQS_OK)
        daqs_log(DAQS_LOG_ERROR, "%s", err.text);
    agent_config_done(&config);
    return result == DAQS_OK ? 0 : 1;
}
