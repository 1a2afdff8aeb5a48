#include "shared/base/clock.h"
#include "shared/base/duration.h"
#include "shared/base/time_text.h"
#include "tools/daqsctl/daqsctl.h"

enum exit_status cmd_history(const struct command_line *line)
{
    struct daqs_error err = {0};
    struct wire_request request = new_request(WIRE_HISTORY);
    int64_t now_ms = daqs_wall_ms(daqs_clock_system());
    const char *since = line->since ? line->since : "1h";
    const char *until = line->until ? line->until : "now";
    request.host = line->argument[0];
    request.vm = line->argument[1];
    if (daqs_time_parse(since, now_ms, &request.since_ms, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "--since: %s", err.text);
    if (daqs_time_parse(until, now_ms, &request.until_ms, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "--until: %s", err.text);
    if (request.until_ms == 0)
        request.until_ms = 1; /* 0 says "now" on the wire */
    if (line->step && daqs_duration_parse(line->step, &request.step_ms, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "--step: %s", err.text);
    if (line->step && (request.step_ms < 1000 || request.step_ms % 1000 != 0))
        return complain(EXIT_USAGE, "--step takes whole seconds, 1s at least");
    return ask_and_print(line, &request);
}
