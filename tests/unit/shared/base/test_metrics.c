/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/metrics.h"

static char *text;
static size_t length;
static struct metrics metrics;

static void begin(bool open)
{
    metrics = (struct metrics){.out = open_memstream(&text, &length), .open = open};
    assert_non_null(metrics.out);
}

static void assert_written(const char *wanted)
{
    assert_int_equal(fclose(metrics.out), 0);
    assert_string_equal(text, wanted);
    free(text);
}

static const struct metrics_family sent = {"a_sent_bytes", METRICS_COUNTER, "bytes", "Sent."};
static const struct metrics_family build = {"a_build", METRICS_INFO, NULL, "Built."};

static void both_texts_name_counters_as_they_should(void **state)
{
    (void)state;
    begin(true);
    metrics_begin(&metrics, &sent);
    metrics_number(&metrics, UINT64_MAX, NULL);
    metrics_end(&metrics);
    assert_written("# HELP a_sent_bytes Sent.\n# TYPE a_sent_bytes counter\n"
                   "# UNIT a_sent_bytes bytes\n"
                   "a_sent_bytes_total 18446744073709551615\n# EOF\n");
    begin(false);
    metrics_begin(&metrics, &sent);
    metrics_number(&metrics, 1, NULL);
    metrics_begin(&metrics, &build);
    metrics_number(&metrics, 1, "version", "1.0", NULL);
    metrics_end(&metrics);
    assert_written("# HELP a_sent_bytes_total Sent.\n# TYPE a_sent_bytes_total counter\n"
                   "a_sent_bytes_total 1\n"
                   "# HELP a_build_info Built.\n# TYPE a_build_info gauge\n"
                   "a_build_info{version=\"1.0\"} 1\n");
}

static void labels_are_escaped(void **state)
{
    (void)state;
    begin(false);
    metrics.family = &(const struct metrics_family){"m", METRICS_GAUGE, NULL, ""};
    metrics_real(&metrics, 0.25, "a", "\"\\\n\xc3\xa9{}", "b", "", NULL);
    assert_written("m{a=\"\\\"\\\\\\n\xc3\xa9{}\",b=\"\"} 0.25\n");
}

static void histograms_are_cumulative(void **state)
{
    static const struct metrics_family took = {"t_seconds", METRICS_HISTOGRAM, "seconds", "Took."};
    struct buckets buckets = {0};
    (void)state;
    buckets_add(&buckets, -5);
    buckets_add(&buckets, 100);
    buckets_add(&buckets, 101);
    buckets_add(&buckets, 1000000);
    buckets_add(&buckets, INT64_C(99999999));
    begin(true);
    metrics_buckets(&metrics, &took, &buckets);
    assert_int_equal(fclose(metrics.out), 0);
    assert_non_null(strstr(text, "t_seconds_bucket{le=\"0.0001\"} 2\n"));
    assert_non_null(strstr(text, "t_seconds_bucket{le=\"0.00025\"} 3\n"));
    assert_non_null(strstr(text, "t_seconds_bucket{le=\"0.5\"} 3\n"));
    assert_non_null(strstr(text, "t_seconds_bucket{le=\"1.0\"} 4\n"));
    assert_non_null(strstr(text, "t_seconds_bucket{le=\"10.0\"} 4\n"));
    assert_non_null(strstr(text, "t_seconds_bucket{le=\"+Inf\"} 5\n"));
    assert_non_null(strstr(text, "t_seconds_sum 101.0002\nt_seconds_count 5\n"));
    free(text);
}

static void the_requested_host_is_read_from_the_header(void **state)
{
    (void)state;
    assert_false(metrics_wants_open(NULL));
    assert_false(metrics_wants_open("*/*"));
    assert_false(metrics_wants_open("text/plain;version=0.0.4"));
    assert_true(metrics_wants_open("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"));
}

static void the_process_has_figures(void **state)
{
    (void)state;
    begin(false);
    metrics_process(&metrics);
    assert_int_equal(fclose(metrics.out), 0);
    const char *memory = strstr(text, "\nprocess_resident_memory_bytes ");
    const char *files = strstr(text, "\nprocess_open_fds ");
    const char *started = strstr(text, "\nprocess_start_time_seconds ");
    assert_non_null(strstr(text, "\nprocess_cpu_seconds_total 0."));
    assert_non_null(memory);
    assert_non_null(files);
    assert_non_null(started);
    assert_true(strtod(memory + 31, NULL) > 100000);
    assert_true(strtod(files + 18, NULL) >= 3);
    assert_true(strtod(started + 28, NULL) > 1600000000);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_texts_name_counters_as_they_should),
        cmocka_unit_test(labels_are_escaped),
        cmocka_unit_test(histograms_are_cumulative),
        cmocka_unit_test(the_requested_host_is_read_from_the_header),
        cmocka_unit_test(the_process_has_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
