/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/result.h"

#include <jansson.h>
#include <stdio.h>

static void add_count(json_t *object, const char *name, uint64_t value)
{
    (void)json_object_set_new(object, name, json_integer((json_int_t)value));
}

/* Adds a number, rounded to two decimals. */
static void add_real(json_t *object, const char *name, double value)
{
    (void)json_object_set_new(object, name, json_real((double)(int64_t)(value * 100 + 0.5) / 100));
}

static void add_quantiles(json_t *object, const char *what, struct samples *samples)
{
    static const struct {
        const char *name;
        unsigned per_mille;
    } wanted[] = {{"p50_us", 500}, {"p99_us", 990}, {"max_us", 1000}};
    char name[40];
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        (void)snprintf(name, sizeof name, "%s_%s", what, wanted[i].name);
        if (samples->count > 0)
            add_count(object, name, (uint64_t)samples_quantile(samples, wanted[i].per_mille));
        else
            (void)json_object_set_new(object, name, json_null());
    }
}

static void add_tally(json_t *object, struct sim_tally *tally)
{
    add_count(object, "reports", tally->reports);
    add_count(object, "reports_withheld", tally->withheld);
    add_count(object, "reports_repeated", tally->repeated);
    add_count(object, "reports_unsent", tally->unsent);
    add_count(object, "limits", tally->limits);
    add_count(object, "limits_changed", tally->limits_changed);
    add_count(object, "limits_ignored", tally->limits_ignored);
    add_count(object, "limits_lapsed", tally->lapsed);
    add_count(object, "applied", tally->applied);
    add_count(object, "hellos", tally->hellos);
    add_count(object, "welcomes", tally->welcomes);
    add_count(object, "refusals", tally->refusals);
    add_count(object, "malformed", tally->malformed);
    add_count(object, "answered", tally->latency_us.count);
    add_count(object, "unanswered", tally->unanswered);
    add_quantiles(object, "latency", &tally->latency_us);
    add_count(object, "moves", tally->moves);
    add_count(object, "moves_failed", tally->moves_failed);
    add_count(object, "lost", tally->lost_us.count);
    add_quantiles(object, "lost", &tally->lost_us);
}

static void add_connecting(json_t *object, const struct fleetsim_options *options,
                           const struct sim_connecting *connecting)
{
    add_count(object, "redirects", connecting->redirects);
    add_count(object, "redirects_most", connecting->redirects_most);
    if (!options->handshakes)
        return;
    add_count(object, "handshakes", connecting->handshakes);
    add_count(object, "handshakes_refused", connecting->handshakes_refused);
    add_count(object, "handshakes_failed", connecting->handshakes_failed);
}

static void add_places(json_t *object, const struct sim_outcome *outcome)
{
    char name[sizeof outcome->place->controller + 16];
    for (size_t i = 0; i < outcome->places; i++) {
        (void)snprintf(name, sizeof name, "hosts_at_%s", outcome->place[i].controller);
        add_count(object, name, outcome->place[i].hosts);
    }
}

static void add_watched(json_t *object, const struct fleetsim_options *options,
                        const struct sim_outcome *outcome, const struct sim_tally *tally,
                        pid_t watched)
{
    double span_ns = (double)outcome->counted_us * 1000;
    double samples = (double)tally->reports * options->shape.nics;
    double nics = (double)options->hosts * options->shape.nics;
    double cpu_ns =
        (double)proc_stats_cpu_ns(&outcome->end) - (double)proc_stats_cpu_ns(&outcome->begin);
    if (span_ns > 0) {
        add_real(object, "watched_cpu_percent", cpu_ns * 100 / span_ns);
        json_t *threads =
            proc_stats_threads(&outcome->begin, &outcome->end, watched, outcome->counted_us * 1000);
        const char *name;
        json_t *percent;
        json_object_foreach(threads, name, percent)
        {
            char text[64];
            (void)snprintf(text, sizeof text, "watched_cpu_percent_%s", name);
            add_real(object, text, json_real_value(percent));
        }
        json_decref(threads);
    }
    if (samples > 0)
        add_real(object, "watched_cpu_ns_per_nic_sample", cpu_ns / samples);
    add_count(object, "watched_rss_bytes", outcome->end.rss_bytes);
    add_real(object, "watched_rss_growth_bytes_per_nic",
             ((double)outcome->end.rss_bytes - (double)outcome->unconnected.rss_bytes) / nics);
}

static json_t *make(const struct fleetsim_options *options, const struct sim_outcome *outcome,
                    struct sim_tally *tally, pid_t watched)
{
    json_t *object = json_object();
    double span_s = (double)outcome->counted_us / 1e6;
    add_count(object, "hosts", options->hosts);
    add_count(object, "nics", (uint64_t)options->hosts * options->shape.nics);
    add_count(object, "served", outcome->served);
    add_count(object, "connected", outcome->connected);
    add_real(object, "seconds", span_s);
    add_real(object, "reports_per_second", span_s > 0 ? (double)tally->reports / span_s : 0);
    add_tally(object, tally);
    add_count(object, "reports_late", outcome->late);
    add_count(object, "dropped", outcome->dropped);
    if (outcome->served_us)
        add_count(object, "all_served_us", (uint64_t)outcome->served_us);
    else
        (void)json_object_set_new(object, "all_served_us", json_null());
    add_quantiles(object, "served", &tally->connecting.served_us);
    add_connecting(object, options, &tally->connecting);
    add_places(object, outcome);
    add_real(object, "own_cpu_percent",
             span_s > 0 ? (double)outcome->own_cpu_ns / 1e7 / span_s : 0);
    if (watched)
        add_watched(object, options, outcome, tally, watched);
    return object;
}

static void print_table(json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        if (json_is_real(value))
            (void)printf("%-40s %16.2f\n", name, json_real_value(value));
        else if (json_is_integer(value))
            (void)printf("%-40s %13" JSON_INTEGER_FORMAT "\n", name, json_integer_value(value));
        else
            (void)printf("%-40s %13s\n", name, "-");
    }
}

bool result_print(const struct fleetsim_options *options, const struct sim_outcome *outcome,
                  struct sim_tally *tally, pid_t watched)
{
    json_t *object = make(options, outcome, tally, watched);
    bool good = object != NULL;
    if (good && options->json)
        good = json_dumpf(object, stdout, JSON_INDENT(2)) == 0 && puts("") >= 0;
    else if (good)
        print_table(object);
    json_decref(object);
    return fflush(stdout) == 0 && good;
}
