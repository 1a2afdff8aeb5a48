/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/net/key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/cleanup.h"
#include "shared/base/file.h"

enum { BASE64 = sodium_base64_VARIANT_ORIGINAL };
#define SECRET "secret " /* so that it is not mistaken for a public key */
enum { LINE_BYTES = sizeof SECRET + KEY_TEXT + KEY_OWNER_MOST };

_Static_assert(crypto_scalarmult_BYTES == sizeof(struct daqs_key), "Curve25519");

int key_make(struct key_pair *ret, struct daqs_error *err)
{
    if (sodium_init() < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "cannot start libsodium");
    crypto_box_keypair(ret->public_key.byte, ret->secret_key.byte);
    return DAQS_OK;
}

/* --- as text --- */

const char *key_format(const struct daqs_key *key, char buf[static KEY_TEXT])
{
    return sodium_bin2base64(buf, KEY_TEXT, key->byte, sizeof key->byte, BASE64);
}

int key_parse(const char *text, struct daqs_key *ret, struct daqs_error *err)
{
    struct daqs_key key;
    char again[KEY_TEXT];
    size_t bytes = 0;
    const char *end = NULL;
    text += strspn(text, " \t");
    /* libsodium accepts some bytes outside ASCII as characters of base64. */
    if (sodium_base642bin(key.byte, sizeof key.byte, text, strlen(text), NULL, &bytes, &end,
                          BASE64) != 0 ||
        bytes != sizeof key.byte || strncmp(text, key_format(&key, again), KEY_TEXT - 1) != 0 ||
        end[strspn(end, " \t\r\n")] != '\0')
        return daqs_fail(err, DAQS_EINVALID,
                         "'%.60s' is not a key; a key has 44 characters and ends with =", text);
    *ret = key;
    return DAQS_OK;
}

const char *key_fingerprint(const struct daqs_key *key, char buf[static KEY_FINGERPRINT])
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, key->byte, sizeof key->byte);
    memcpy(buf, "SHA256:", 7);
    sodium_bin2base64(buf + 7, KEY_FINGERPRINT - 7, hash, sizeof hash,
                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    return buf;
}

/* --- in files --- */

static int write_new(const char *path, mode_t mode, const char *text, struct daqs_error *err)
{
    int fd DAQS_AUTO_CLOSE = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return daqs_fail(err, errno == EEXIST ? DAQS_EEXISTS : DAQS_EIO, "cannot write %.200s: %s",
                         path, strerror(errno));
    size_t length = strlen(text);
    /* Set regardless of the umask. */
    if (fchmod(fd, mode) < 0 || write(fd, text, length) != (ssize_t)length || fsync(fd) < 0) {
        int why = errno;
        (void)unlink(path); /* leave no partial key behind */
        return daqs_fail(err, DAQS_EIO, "cannot write %.200s: %s", path, strerror(why));
    }
    return DAQS_OK;
}

/* Writes PATH.pub, unless it is correct already. */
static int save_public(const char *path, const struct daqs_key *public_key, const char *owner,
                       struct daqs_error *err)
{
    char beside[PATH_MAX];
    char text[LINE_BYTES];
    char key[KEY_TEXT];
    char there[KEY_OWNER_MOST + 1];
    struct daqs_key old;
    (void)snprintf(beside, sizeof beside, "%s.pub", path);
    if (key_load_public(beside, &old, there, NULL) == DAQS_OK && strcmp(there, owner) == 0 &&
        daqs_key_same(&old, public_key))
        return DAQS_OK;
    (void)snprintf(text, sizeof text, "%s%s%.*s\n", key_format(public_key, key), *owner ? " " : "",
                   KEY_OWNER_MOST, owner);
    (void)unlink(beside);
    return write_new(beside, 0644, text, err);
}

int key_save(const char *path, const struct key_pair *pair, const char *owner,
             struct daqs_error *err)
{
    char text[LINE_BYTES];
    char key[KEY_TEXT];
    if (strlen(path) > PATH_MAX - 8)
        return daqs_fail(err, DAQS_EINVALID, "the path %.100s... is too long", path);
    daqs_make_folder_of(path, 0750);
    (void)snprintf(text, sizeof text, SECRET "%s\n", key_format(&pair->secret_key, key));
    int result = write_new(path, 0600, text, err);
    sodium_memzero(text, sizeof text);
    sodium_memzero(key, sizeof key);
    return result == DAQS_OK ? save_public(path, &pair->public_key, owner, err) : result;
}

/* Reads the first line, without its line end. */
static int read_line(int fd, const char *path, char line[static LINE_BYTES], struct daqs_error *err)
{
    ssize_t length = read(fd, line, LINE_BYTES - 1);
    if (length < 0)
        return daqs_fail(err, DAQS_EIO, "cannot read %.200s: %s", path, strerror(errno));
    line[length] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return DAQS_OK;
}

static int open_file(const char *path, int *ret_fd, struct daqs_error *err)
{
    *ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*ret_fd >= 0)
        return DAQS_OK;
    return daqs_fail(err, errno == ENOENT ? DAQS_ENOTFOUND : DAQS_EIO, "cannot read %.200s: %s",
                     path, strerror(errno));
}

int key_load(const char *path, struct key_pair *ret, struct daqs_error *err)
{
    char line[LINE_BYTES];
    struct stat about;
    int fd DAQS_AUTO_CLOSE = -1;
    if (sodium_init() < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "cannot start libsodium");
    int result = open_file(path, &fd, err);
    if (result == DAQS_OK && (fstat(fd, &about) < 0 || (about.st_mode & 077)))
        result = daqs_fail(
            err, DAQS_EREFUSED,
            "%.200s: others may read this secret key; chmod 600 it, or better, create a new one",
            path);
    if (result == DAQS_OK)
        result = read_line(fd, path, line, err);
    if (result != DAQS_OK)
        return result;
    struct key_pair pair;
    bool secret = strncmp(line, SECRET, strlen(SECRET)) == 0;
    result = secret ? key_parse(line + strlen(SECRET), &pair.secret_key, NULL) : DAQS_EFORMAT;
    sodium_memzero(line, sizeof line);
    if (result != DAQS_OK)
        return daqs_fail(err, DAQS_EFORMAT, "%.200s contains no secret key", path);
    crypto_scalarmult_base(pair.public_key.byte, pair.secret_key.byte);
    *ret = pair;
    return DAQS_OK;
}

int key_load_or_make(const char *path, const char *owner, struct key_pair *ret, bool *ret_made,
                     struct daqs_error *err)
{
    struct daqs_error missing = {0};
    int result = key_load(path, ret, &missing);
    *ret_made = result == DAQS_ENOTFOUND;
    if (result == DAQS_OK)
        return save_public(path, &ret->public_key, owner, err);
    if (result != DAQS_ENOTFOUND)
        return daqs_fail(err, result, "%s", missing.text);
    result = key_make(ret, err);
    return result == DAQS_OK ? key_save(path, ret, owner, err) : result;
}

int key_load_public(const char *path, struct daqs_key *ret, char ret_owner[KEY_OWNER_MOST + 1],
                    struct daqs_error *err)
{
    char line[LINE_BYTES];
    int fd DAQS_AUTO_CLOSE = -1;
    int result = open_file(path, &fd, err);
    if (result == DAQS_OK)
        result = read_line(fd, path, line, err);
    if (result != DAQS_OK)
        return result;
    size_t length = strcspn(line, " \t");
    const char *owner = line + length + strspn(line + length, " \t");
    line[length] = '\0';
    if (key_parse(line, ret, NULL) != DAQS_OK)
        return daqs_fail(err, DAQS_EFORMAT, "%.200s contains no public key", path);
    if (ret_owner)
        (void)snprintf(ret_owner, KEY_OWNER_MOST + 1, "%s", owner);
    return DAQS_OK;
}

int key_find_public(const char *key_or_path, struct daqs_key *ret, struct daqs_error *err)
{
    if (key_parse(key_or_path, ret, err) == DAQS_OK) /* a key may begin with a slash */
        return DAQS_OK;
    return strchr(key_or_path, '/') ? key_load_public(key_or_path, ret, NULL, err) : DAQS_EINVALID;
}
