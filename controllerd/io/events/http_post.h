/* SPDX-License-Identifier: Apache-2.0 */
/* http_post - posts a JSON text to a URL, for a bounded time. */
#ifndef DAQS_CONTROLLERD_IO_EVENTS_HTTP_POST_H
#define DAQS_CONTROLLERD_IO_EVENTS_HTTP_POST_H

#include <stdint.h>

#include "shared/base/error.h"

/* An answer is read up to this many bytes, and discarded. */
#define HTTP_POST_ANSWER_MOST 65536

#define HTTP_POST_NAME_BYTES 128

/* Returns DAQS_EINVALID unless it is a URL of http or https with a host. The error text does not
 * contain the URL, which may have a password. */
int http_post_check(const char *url, struct daqs_error *err);

/* Writes "SCHEME://HOST:PORT" of a URL that http_post_check accepts, for people: no user, password,
 * path or query. Returns buf. */
const char *http_post_name(const char *url, char buf[static HTTP_POST_NAME_BYTES]);

/* Posts 'text' and returns DAQS_OK if the answer's status is 2xx. Redirects are not followed. Error
 * texts name the server by http_post_name only. DAQS_EREFUSED: status 400 or 422, the server has
 * read the text and will not accept it later. DAQS_EIO: no or another answer, or one of more than
 * HTTP_POST_ANSWER_MOST bytes. DAQS_ETIMEOUT: it took more than most_ms, or stop_fd has become
 * readable (-1: none).
 *
 * Blocks, also for up to a second after stop_fd: call it on a separate thread on which signals are
 * blocked. */
int http_post(const char *url, const char *text, int64_t most_ms, int stop_fd,
              struct daqs_error *err);

#endif
