/* SPDX-License-Identifier: Apache-2.0 */
/* key - CURVE keys (Curve25519, as ZMTP uses them), as text and in files.
 *
 * A secret key is stored in PATH, readable only by its owner, and its public key next to it in
 * PATH.pub, readable by all users. Each file has one line, "secret KEY" or "KEY OWNER", with the
 * key in base64. */
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
#define KEY_OWNER_MOST 255 /* bytes of the owner's name */

/* Makes a new pair. DAQS_ESYSTEM: no random numbers. */
int key_make(struct key_pair *ret, struct daqs_error *err);

/* Writes a key in base64. Returns buf. */
const char *key_format(const struct daqs_key *key, char buf[static KEY_TEXT]);

/* Parses a key in base64; blanks around it are ignored. DAQS_EINVALID: not 44 characters of base64
 * that encode 32 bytes. */
int key_parse(const char *text, struct daqs_key *ret, struct daqs_error *err);

/* Writes a fingerprint for people to compare, in the format of OpenSSH. Returns buf. */
const char *key_fingerprint(const struct daqs_key *key, char buf[static KEY_FINGERPRINT]);

/* Writes a pair to PATH and PATH.pub; 'owner' (may be "") follows the public key. DAQS_EEXISTS:
 * PATH exists already, and is left unchanged. */
int key_save(const char *path, const struct key_pair *pair, const char *owner,
             struct daqs_error *err);

/* Reads the secret key in PATH, and derives the public key from it. DAQS_ENOTFOUND: there is no
 * such file. DAQS_EREFUSED: other users may read it. */
int key_load(const char *path, struct key_pair *ret, struct daqs_error *err);

/* Does the same, but makes a pair if PATH does not exist. Corrects PATH.pub if necessary. */
int key_load_or_make(const char *path, const char *owner, struct key_pair *ret, bool *ret_made,
                     struct daqs_error *err);

/* Reads a public key from a file; ret_owner (may be NULL) receives the text after it.
 * DAQS_ENOTFOUND: there is no such file. */
int key_load_public(const char *path, struct daqs_key *ret, char ret_owner[KEY_OWNER_MOST + 1],
                    struct daqs_error *err);

/* Parses a public key, or reads it from a file if 'key_or_path' is a path with a slash in it. */
int key_find_public(const char *key_or_path, struct daqs_key *ret, struct daqs_error *err);

#endif
