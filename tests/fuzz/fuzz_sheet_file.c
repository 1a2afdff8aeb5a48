/* The file of SLAs that apply reads and export writes: what was read is written, and reads as the
 * same. */
#include <string.h>

#include "shared/base/name.h"
#include "tests/fuzz/harness.h"
#include "tools/daqsctl/sheet_file.h"

static int read_sheet(const void *bytes, size_t length, struct sheet_file *ret,
                      struct daqs_error *err)
{
    FILE *file = fmemopen((void *)bytes, length, "r");
    FUZZ_CHECK(file);
    int result = sheet_file_read(file, "f", ret, err);
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

static void check_written(const struct sheet_file *sheet)
{
    struct sheet_file again;
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    FUZZ_CHECK(file);
    for (size_t i = 0; i < sheet->rows; i++)
        sheet_file_write(file, &sheet->row[i]);
    FUZZ_CHECK(fclose(file) == 0);
    FUZZ_CHECK(read_sheet(text, length, &again, NULL) == DAQS_OK);
    FUZZ_CHECK(again.rows == sheet->rows);
    for (size_t i = 0; i < sheet->rows; i++) {
        const struct wire_sla *a = &sheet->row[i];
        const struct wire_sla *b = &again.row[i];
        FUZZ_CHECK(strcmp(a->host, b->host) == 0 && strcmp(a->vm, b->vm) == 0);
        FUZZ_CHECK(a->min == b->min && a->max == b->max && a->weight == b->weight);
    }
    sheet_file_done(&again);
    free(text);
}

static void run(const uint8_t *bytes, size_t length)
{
    struct sheet_file sheet;
    struct daqs_error err = {0};
    if (length == 0)
        return; /* fmemopen wants a byte */
    int result = read_sheet(bytes, length, &sheet, &err);
    fuzz_decoded();
    FUZZ_CHECK(result == DAQS_OK || (result == DAQS_EINVALID && err.text[0]));
    for (size_t i = 0; result == DAQS_OK && i < sheet.rows; i++)
        check_row(&sheet.row[i]);
    if (result == DAQS_OK && sheet.rows > 0)
        check_written(&sheet);
    sheet_file_done(&sheet);
}

/* Buffers of stdio, rows for 64 of 48 bytes, and names of one byte in blocks of 16 or more. */
const struct fuzz_target fuzz_target = {
    .run = run, .most_bytes = 2048, .fixed_bytes = 12 * 1024, .times_length = 24};
