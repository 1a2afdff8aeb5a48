/* key - CURVE keys (Curve25519, as ZMTP uses them): as text, and in files of their own.
 *
 * A secret key lives in PATH, readable by its owner alone, and its public key beside it in
 * PATH.pub, for everybody. Both are one line: "secret KEY" and "KEY OWNER", keys in base64. */
#ifndef DAQS_NET_KEY_H
#define DAQS_NET_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/error.h"
#include "shared/base/model.h"

struct key_pair {
    struct daqs_key public_key;
    struct daqs_key secret_key;
};

#define KEY_TEXT 45        /* 44 characters of base64 */
#define KEY_FINGERPRINT 51 /* "SHA256:" and 43 characters */
#define KEY_OWNER_MOST 255 /* bytes of a name */

/* A fresh pair. DAQS_ESYSTEM: no random numbers. */
int key_make(struct key_pair *ret, struct daqs_error *err);

/* Returns buf. */
const char *key_format(const struct daqs_key *key, char buf[static KEY_TEXT]);

/* DAQS_EINVALID: not 44 characters of base64 that say 32 bytes. Blanks around are no part of it. */
int key_parse(const char *text, struct daqs_key *ret, struct daqs_error *err);

/* For people to compare, as OpenSSH writes it. Returns buf. */
const char *key_fingerprint(const struct daqs_key *key, char buf[static KEY_FINGERPRINT]);

/* Writes a pair to PATH and PATH.pub; 'owner' (may be "") stands behind the public key.
 * DAQS_EEXISTS: there is a file already, which stays as it is. */
int key_save(const char *path, const struct key_pair *pair, const char *owner,
             struct daqs_error *err);

/* Reads the secret key in PATH, which tells the public one. DAQS_ENOTFOUND: there is no such file.
 * DAQS_EREFUSED: others may read it. */
int key_load(const char *path, struct key_pair *ret, struct daqs_error *err);

/* The same; where there is none it is made. The public key's file is put right if it is not. */
int key_load_or_make(const char *path, const char *owner, struct key_pair *ret, bool *ret_made,
                     struct daqs_error *err);

/* Reads a public key from a file; ret_owner (may be NULL) gets what stands behind it.
 * DAQS_ENOTFOUND: there is no such file. */
int key_load_public(const char *path, struct daqs_key *ret, char ret_owner[KEY_OWNER_MOST + 1],
                    struct daqs_error *err);

/* A public key: itself, or the path of a file with it (with a slash in it). */
int key_find_public(const char *key_or_path, struct daqs_key *ret, struct daqs_error *err);

#endif
