/* SPDX-License-Identifier: Apache-2.0 */
/* Keys as texts and in files. */
#include <string.h>

#include "shared/net/key.h"
#include "tests/fuzz/harness.h"

static void check_text(const char *text)
{
    char again[KEY_TEXT];
    char fingerprint[KEY_FINGERPRINT];
    struct daqs_key key;
    struct daqs_error err = {0};
    if (key_parse(text, &key, &err) != DAQS_OK) {
        FUZZ_CHECK(err.code == DAQS_EINVALID && err.text[0]);
        return;
    }
    text += strspn(text, " \t");
    key_format(&key, again);
    FUZZ_CHECK(strncmp(again, text, KEY_TEXT - 1) == 0 && strlen(again) == KEY_TEXT - 1);
    FUZZ_CHECK(text[KEY_TEXT - 1 + strspn(text + KEY_TEXT - 1, " \t\r\n")] == '\0');
    FUZZ_CHECK(strlen(key_fingerprint(&key, fingerprint)) == KEY_FINGERPRINT - 1);
}

static void check_files(const char *path)
{
    struct daqs_key key;
    struct daqs_key found;
    struct key_pair pair;
    char owner[KEY_OWNER_MOST + 1] = "";
    int is_public = key_load_public(path, &key, owner, NULL);
    int is_secret = key_load(path, &pair, NULL);
    FUZZ_CHECK(strlen(owner) <= KEY_OWNER_MOST && !strpbrk(owner, "\r\n"));
    FUZZ_CHECK(is_public == DAQS_OK || is_public == DAQS_EFORMAT);
    FUZZ_CHECK(is_secret == DAQS_OK || is_secret == DAQS_EFORMAT);
    FUZZ_CHECK(is_public != DAQS_OK || is_secret != DAQS_OK); /* the two cannot be confused */
    FUZZ_CHECK((key_find_public(path, &found, NULL) == DAQS_OK) == (is_public == DAQS_OK));
    FUZZ_CHECK(is_public != DAQS_OK || memcmp(&found, &key, sizeof key) == 0);
}

static void run(const uint8_t *bytes, size_t length)
{
    check_text(fuzz_text(bytes, length));
    check_files(fuzz_file(bytes, length));
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 400};
