/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "shared/net/key.h"

static char dir[64];
static char path[96];    /* DIR/sub/a.key */
static char beside[104]; /* DIR/sub/a.key's public key file */
static struct daqs_error err;

static int setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/daqs-test-key-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    (void)snprintf(path, sizeof path, "%s/sub/a.key", dir);
    (void)snprintf(beside, sizeof beside, "%s.pub", path);
    memset(&err, 0, sizeof err);
    return 0;
}

static int teardown(void **state)
{
    char sub[96];
    (void)state;
    (void)snprintf(sub, sizeof sub, "%s/sub", dir);
    (void)remove(path);
    (void)remove(beside);
    (void)remove(sub);
    return rmdir(dir);
}

static void put(const char *file, const char *text, mode_t mode)
{
    char sub[96];
    (void)snprintf(sub, sizeof sub, "%s/sub", dir);
    (void)mkdir(sub, 0700);
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(file, mode), 0);
}

static struct key_pair made(void)
{
    struct key_pair pair;
    assert_int_equal(key_make(&pair, &err), DAQS_OK);
    return pair;
}

static void assert_same(const struct daqs_key *a, const struct daqs_key *b)
{
    assert_memory_equal(a->byte, b->byte, sizeof a->byte);
}

/* --- text --- */

/* The public key computed from a secret key is the same as libzmq's. */
static void keys_are_those_of_libzmq(void **state)
{
    char z85_public[41];
    char z85_secret[41];
    uint8_t secret[32];
    struct key_pair pair;
    char text[64];
    (void)state;
    assert_int_equal(zmq_curve_keypair(z85_public, z85_secret), 0);
    assert_non_null(zmq_z85_decode(secret, z85_secret));
    /* In the format of a key file. */
    memcpy(pair.secret_key.byte, secret, sizeof secret);
    char base64[KEY_TEXT];
    (void)snprintf(text, sizeof text, "secret %s\n", key_format(&pair.secret_key, base64));
    put(path, text, 0600);
    assert_int_equal(key_load(path, &pair, &err), DAQS_OK);
    char again[41];
    assert_non_null(zmq_z85_encode(again, pair.public_key.byte, sizeof pair.public_key.byte));
    assert_string_equal(again, z85_public);
}

static void a_key_is_read_as_it_was_written(void **state)
{
    char text[KEY_TEXT];
    char padded[KEY_TEXT + 8];
    struct daqs_key key;
    (void)state;
    for (int i = 0; i < 100; i++) {
        const struct key_pair pair = made();
        assert_int_equal(strlen(key_format(&pair.public_key, text)), KEY_TEXT - 1);
        assert_int_equal(key_parse(text, &key, &err), DAQS_OK);
        assert_same(&key, &pair.public_key);
        (void)snprintf(padded, sizeof padded, "  %s \r\n", text);
        assert_int_equal(key_parse(padded, &key, &err), DAQS_OK);
        assert_same(&key, &pair.public_key);
    }
}

static void text_that_is_not_a_key_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "x",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",    /* the final = is missing */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",   /* the unused bits are not zero */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",   /* one byte too short */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",   /* one byte too long */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= x", /* two words */
        "AAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA=",  /* a blank inside */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-=",   /* a character of the URL-safe alphabet */
        "secret AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "q6urqq6urq6urq6urq6r\3616urq6urq6urq6urq6urq6s=", /* libsodium would accept it */
    };
    struct daqs_key key;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        err.text[0] = '\0';
        if (key_parse(bad[i], &key, &err) != DAQS_EINVALID || !strstr(err.text, "is not a key"))
            fail_msg("'%s' passed: %s", bad[i], err.text);
    }
    assert_int_equal(key_parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", &key, &err),
                     DAQS_OK);
}

/* printf AAAA... | base64 -d | sha256sum, in base64. */
static void a_fingerprint_is_the_hash_of_the_key(void **state)
{
    const struct daqs_key zeros = {{0}};
    char text[KEY_FINGERPRINT];
    (void)state;
    assert_string_equal(key_fingerprint(&zeros, text),
                        "SHA256:Zmh6rfhivXdsj8GLjp+OIAiXFIVu4jOzkCpZHQ1fKSU");
}

/* --- files --- */

static mode_t mode_of(const char *file)
{
    struct stat about;
    assert_int_equal(stat(file, &about), 0);
    return about.st_mode & 07777;
}

static void a_pair_is_kept_for_its_owner_alone(void **state)
{
    struct key_pair pair = made();
    struct key_pair loaded;
    struct daqs_key key;
    char owner[KEY_OWNER_MOST + 1];
    (void)state;
    for (int i = 0; i < 2; i++) {
        mode_t before = umask(i ? 0777 : 0);
        assert_int_equal(key_save(path, &pair, "node1", &err), DAQS_OK);
        (void)umask(before);
        assert_int_equal(mode_of(path), 0600);
        assert_int_equal(mode_of(beside), 0644);
        assert_int_equal(remove(path), 0); /* the public key file is useless now and is replaced */
    }
    assert_int_equal(key_save(path, &pair, "node 1", &err), DAQS_OK);
    assert_int_equal(key_load(path, &loaded, &err), DAQS_OK);
    assert_same(&loaded.secret_key, &pair.secret_key);
    assert_same(&loaded.public_key, &pair.public_key);
    assert_int_equal(key_load_public(beside, &key, owner, &err), DAQS_OK);
    assert_same(&key, &pair.public_key);
    assert_string_equal(owner, "node 1");
}

static void a_key_that_is_there_is_not_overwritten(void **state)
{
    const struct key_pair first = made();
    const struct key_pair second = made();
    struct key_pair loaded;
    (void)state;
    assert_int_equal(key_save(path, &first, "", &err), DAQS_OK);
    assert_int_equal(key_save(path, &second, "", &err), DAQS_EEXISTS);
    assert_int_equal(key_load(path, &loaded, &err), DAQS_OK);
    assert_same(&loaded.secret_key, &first.secret_key);
    struct daqs_key key;
    assert_int_equal(key_find_public(beside, &key, &err), DAQS_OK);
    assert_same(&key, &first.public_key);
}

static void a_key_may_begin_like_a_path(void **state)
{
    static const char ones[] = "//////////////////////////////////////////8=";
    struct daqs_key key;
    (void)state;
    assert_int_equal(key_find_public(ones, &key, &err), DAQS_OK);
    assert_int_equal(key.byte[0], 255);
    assert_int_equal(key_find_public("nonsense", &key, &err), DAQS_EINVALID);
}

static void a_key_is_made_once(void **state)
{
    struct key_pair first;
    struct key_pair second;
    bool was_made = false;
    (void)state;
    assert_int_equal(key_load_or_make(path, "node1", &first, &was_made, &err), DAQS_OK);
    assert_true(was_made);
    assert_int_equal(key_load_or_make(path, "node1", &second, &was_made, &err), DAQS_OK);
    assert_false(was_made);
    assert_same(&first.secret_key, &second.secret_key);
    assert_same(&first.public_key, &second.public_key);
    /* The public key file is written again, with the new owner name. */
    struct daqs_key key;
    char owner[KEY_OWNER_MOST + 1];
    assert_int_equal(remove(beside), 0);
    assert_int_equal(key_load_or_make(path, "node2", &second, &was_made, &err), DAQS_OK);
    assert_int_equal(key_load_public(beside, &key, owner, &err), DAQS_OK);
    assert_same(&key, &first.public_key);
    assert_string_equal(owner, "node2");
    assert_int_equal(key_load_or_make(path, "node3", &second, &was_made, &err), DAQS_OK);
    assert_int_equal(key_load_public(beside, &key, owner, &err), DAQS_OK);
    assert_string_equal(owner, "node3");
}

static void a_secret_that_others_can_read_is_refused(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0620, 0660, 0777};
    struct key_pair pair = made();
    bool was_made = false;
    (void)state;
    assert_int_equal(key_save(path, &pair, "", &err), DAQS_OK);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_int_equal(key_load(path, &pair, &err), DAQS_EREFUSED);
        assert_int_equal(key_load_or_make(path, "", &pair, &was_made, &err), DAQS_EREFUSED);
        assert_non_null(strstr(err.text, path));
    }
    assert_int_equal(chmod(path, 0400), 0);
    assert_int_equal(key_load(path, &pair, &err), DAQS_OK);
}

static void a_file_that_holds_no_key_is_named(void **state)
{
    static const char *const bad[] = {
        "",          "\n",         "secret",
        "secret \n", "secret x\n", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"};
    struct key_pair pair;
    struct daqs_key key;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put(path, bad[i], 0600);
        if (key_load(path, &pair, &err) != DAQS_EFORMAT || !strstr(err.text, path))
            fail_msg("'%s' passed: %s", bad[i], err.text);
    }
    assert_int_equal(key_load_public(dir, &key, NULL, &err), DAQS_EIO); /* a directory */
    assert_int_equal(key_load("/no/such/key", &pair, &err), DAQS_ENOTFOUND);
    assert_int_equal(key_find_public("/no/such/key.pub", &key, &err), DAQS_ENOTFOUND);
}

/* A secret key file passed by mistake must not have its key handed on. */
static void a_secret_key_is_not_taken_for_a_public_one(void **state)
{
    const struct key_pair pair = made();
    struct daqs_key key;
    char text[KEY_TEXT];
    (void)state;
    assert_int_equal(key_save(path, &pair, "", &err), DAQS_OK);
    assert_int_equal(key_find_public(path, &key, &err), DAQS_EFORMAT);
    assert_null(strstr(err.text, key_format(&pair.secret_key, text)));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(keys_are_those_of_libzmq),
        cmocka_unit_test(a_key_is_read_as_it_was_written),
        cmocka_unit_test(text_that_is_not_a_key_is_refused),
        cmocka_unit_test(a_fingerprint_is_the_hash_of_the_key),
        IN_FOLDER(a_pair_is_kept_for_its_owner_alone),
        IN_FOLDER(a_key_that_is_there_is_not_overwritten),
        cmocka_unit_test(a_key_may_begin_like_a_path),
        IN_FOLDER(a_key_is_made_once),
        IN_FOLDER(a_secret_that_others_can_read_is_refused),
        IN_FOLDER(a_file_that_holds_no_key_is_named),
        IN_FOLDER(a_secret_key_is_not_taken_for_a_public_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
