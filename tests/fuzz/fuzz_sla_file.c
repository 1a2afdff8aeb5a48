/* SPDX-License-Identifier: Apache-2.0 */
/* The file of SLAs that 'apply' reads and 'export' writes: what was read is written and reads back
 * as the same. */
#include <string.h>

#include "shared/base/name.h"
#include "shared/base/sla_section.h"
#include "tests/fuzz/harness.h"
#include "tools/daqsctl/sla_file.h"

static int read_sla_file(const void *bytes, size_t length, struct sla_file *ret,
                         struct daqs_error *err)
{
    FILE *file = fmemopen((void *)bytes, length, "r");
    FUZZ_CHECK(file);
    int result = sla_file_read(file, "f", ret, err);
    (void)fclose(file);
    return result;
}

static void check_row(const struct wire_sla *row)
{
    FUZZ_CHECK(daqs_name_check("", row->host, strlen(row->host), NULL) == DAQS_OK);
    FUZZ_CHECK(daqs_name_check("", row->vm, strlen(row->vm), NULL) == DAQS_OK);
    FUZZ_CHECK(row->min <= DAQS_BPS_MAX);
    FUZZ_CHECK((row->max >= 1 && row->max <= DAQS_BPS_MAX) || row->max == DAQS_UNLIMITED);
    FUZZ_CHECK(row->weight >= 1 && row->weight <= WIRE_WEIGHT_MAX && row->line >= 1);
}

static void check_written(const struct sla_file *slas)
{
    struct sla_file again;
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    FUZZ_CHECK(file);
    for (size_t i = 0; i < slas->rows; i++)
        sla_section_write(file, slas->row[i].host, slas->row[i].vm, slas->row[i].min,
                          slas->row[i].max, slas->row[i].weight);
    FUZZ_CHECK(fclose(file) == 0);
    FUZZ_CHECK(read_sla_file(text, length, &again, NULL) == DAQS_OK);
    FUZZ_CHECK(again.rows == slas->rows);
    for (size_t i = 0; i < slas->rows; i++) {
        const struct wire_sla *a = &slas->row[i];
        const struct wire_sla *b = &again.row[i];
        FUZZ_CHECK(strcmp(a->host, b->host) == 0 && strcmp(a->vm, b->vm) == 0);
        FUZZ_CHECK(a->min == b->min && a->max == b->max && a->weight == b->weight);
    }
    sla_file_done(&again);
    free(text);
}

static void run(const uint8_t *bytes, size_t length)
{
    struct sla_file slas;
    struct daqs_error err = {0};
    if (length == 0)
        return; /* fmemopen() needs at least one byte */
    int result = read_sla_file(bytes, length, &slas, &err);
    fuzz_decoded();
    FUZZ_CHECK(result == DAQS_OK || (result == DAQS_EINVALID && err.text[0]));
    for (size_t i = 0; result == DAQS_OK && i < slas.rows; i++)
        check_row(&slas.row[i]);
    if (result == DAQS_OK && slas.rows > 0)
        check_written(&slas);
    sla_file_done(&slas);
}

/* Buffers of stdio, 64 rows of 48 bytes, and names of one byte in blocks of at least 16. */
const struct fuzz_target fuzz_target = {
    .run = run, .most_bytes = 2048, .fixed_bytes = 12 * 1024, .times_length = 24};
