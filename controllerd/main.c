/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "controllerd/controller.h"
#include "shared/base/log.h"
#include "shared/net/daemon.h"

static const struct daemon_action actions[] = {
    {"import-ledger", "move the SLAs, keys and modes into 'ledger', and exit"},
    {"export-ledger", "move them out of 'ledger' again, and exit"},
    {NULL, NULL}};
enum { IMPORT = 1, EXPORT };

int main(int argc, char **argv)
{
    static const struct daemon_about about = {"daqs-controllerd",
                                              "keeps the SLAs of a fleet and decides its limits",
                                              "/etc/daqs/controllerd.conf", actions};
    struct daemon_options options;
    int status = daemon_options_parse(argc, argv, &about, &options);
    if (status >= 0)
        return status;

    struct daqs_error err = {0};
    struct controller_config config;
    daqs_log_init(about.program, options.verbose ? DAQS_LOG_DEBUG : DAQS_LOG_INFO);
    if (controller_config_load(options.config, &config, &err) != DAQS_OK) {
        daqs_log(DAQS_LOG_ERROR, "%s", err.text);
        return 2;
    }
    int result = controller_config_check(&config, &err);
    if (options.action)
        result = controller_move_records(&config, options.action == EXPORT, &err);
    else if (!options.check_config) {
        if (result != DAQS_OK) /* it can be made good while the controller runs */
            daqs_log(DAQS_LOG_WARNING, "%s", err.text);
        err = (struct daqs_error){0};
        result = controller_run(&config, options.config, &err);
    }
    if (options.check_config && result == DAQS_OK)
        (void)printf("%s: the configuration is valid\n", options.config);
    if (result != DAQS_OK)
        daqs_log(DAQS_LOG_ERROR, "%s", err.text);
    controller_config_done(&config);
    /* systemd does not restart what another process has replaced. */
    return result == DAQS_OK ? 0 : result == DAQS_EEXISTS ? 2 : 1;
}
