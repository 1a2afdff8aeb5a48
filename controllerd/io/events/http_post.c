/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/events/http_post.h"

#include <curl/curl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/cleanup.h"
#include "shared/base/version.h"

enum { CONNECT_MS = 5000 };

static void curl_url_p(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void curl_text_p(char **text)
{
    curl_free(*text);
}

static void curl_easy_p(CURL **curl)
{
    curl_easy_cleanup(*curl);
}

static void curl_list_p(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

/* --- URLs --- */

/* Returns NULL if the URL cannot be read, or is not one of http or https. */
static CURLU *parse(const char *url)
{
    CURLU *parts = curl_url();
    char *scheme DAQS_AUTO(curl_text_p) = NULL;
    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0))
        return parts;
    curl_url_cleanup(parts);
    return NULL;
}

int http_post_check(const char *url, struct daqs_error *err)
{
    CURLU *parts DAQS_AUTO(curl_url_p) = parse(url);
    return parts ? DAQS_OK
                 : daqs_fail(err, DAQS_EINVALID,
                             "this is not a URL of http or https; write it like "
                             "http://alertmanager:9093/api/v2/alerts");
}

const char *http_post_name(const char *url, char buf[static HTTP_POST_NAME_BYTES])
{
    CURLU *parts DAQS_AUTO(curl_url_p) = parse(url);
    char *scheme DAQS_AUTO(curl_text_p) = NULL;
    char *host DAQS_AUTO(curl_text_p) = NULL;
    char *port DAQS_AUTO(curl_text_p) = NULL;
    if (parts && curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
        (void)snprintf(buf, HTTP_POST_NAME_BYTES, "%s://%s:%s", scheme, host, port);
    else
        (void)snprintf(buf, HTTP_POST_NAME_BYTES, "the webhook");
    return buf;
}

/* --- posting --- */

static size_t count_answer(char *data, size_t size, size_t n, void *arg)
{
    size_t *read = arg;
    (void)data;
    *read += size * n;
    return *read > HTTP_POST_ANSWER_MOST ? CURL_WRITEFUNC_ERROR : size * n;
}

/* Called at least once a second. */
static int stop_if_told(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                        curl_off_t up)
{
    struct pollfd fd = {.fd = *(const int *)arg, .events = POLLIN};
    (void)down_all;
    (void)down;
    (void)up_all;
    (void)up;
    return poll(&fd, 1, 0) > 0;
}

static bool set_options(CURL *curl, const char *url, const char *text, int64_t most_ms)
{
    return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERAGENT, "daqs-controllerd/" DAQS_VERSION) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)most_ms) == CURLE_OK;
}

static bool set_callbacks(CURL *curl, size_t *read, int *stop_fd)
{
    return curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, count_answer) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, read) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, count_answer) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERDATA, read) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, stop_if_told) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFODATA, stop_fd) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
}

/* Without "Expect: 100-continue", for which some servers keep a client waiting. */
static struct curl_slist *make_headers(void)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    struct curl_slist *more = headers ? curl_slist_append(headers, "Expect:") : NULL;
    if (!more)
        curl_slist_free_all(headers);
    return more;
}

static int verdict(CURL *curl, CURLcode code, size_t read, const char *url, struct daqs_error *err)
{
    char name[HTTP_POST_NAME_BYTES];
    long status = 0;
    http_post_name(url, name);
    if (code == CURLE_ABORTED_BY_CALLBACK || code == CURLE_OPERATION_TIMEDOUT)
        return daqs_fail(err, DAQS_ETIMEOUT, "%s did not answer in time", name);
    if (read > HTTP_POST_ANSWER_MOST)
        return daqs_fail(err, DAQS_EIO, "%s: its answer is larger than %d bytes", name,
                         HTTP_POST_ANSWER_MOST);
    if (code != CURLE_OK)
        return daqs_fail(err, DAQS_EIO, "%s: %s", name, curl_easy_strerror(code));
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300)
        return DAQS_OK;
    return daqs_fail(err, status == 400 || status == 422 ? DAQS_EREFUSED : DAQS_EIO,
                     "%s answered with status %ld%s", name, status,
                     status == 404   ? "; the path is /api/v2/alerts for Alertmanager"
                     : status == 401 ? "; the URL can contain USER:PASSWORD@"
                                     : "");
}

static void set_up_curl(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT); /* freed with the process */
}

int http_post(const char *url, const char *text, int64_t most_ms, int stop_fd,
              struct daqs_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    size_t read = 0;
    (void)pthread_once(&once, set_up_curl);
    CURL *curl DAQS_AUTO(curl_easy_p) = curl_easy_init();
    struct curl_slist *headers DAQS_AUTO(curl_list_p) = make_headers();
    if (!curl || !headers || !set_options(curl, url, text, most_ms) ||
        !set_callbacks(curl, &read, &stop_fd) ||
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) != CURLE_OK)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    CURLcode code = curl_easy_perform(curl);
    return verdict(curl, code, read, url, err);
}
