/* web - the HTTP side of the controller: dashboard, API, health and metrics, in a thread of its
 * own. It asks the loop as an operator would who may only look, so neither waits for the other. */
#ifndef DAQS_CONTROLLERD_IO_WEB_H
#define DAQS_CONTROLLERD_IO_WEB_H

#include "shared/base/error.h"

struct controller;
struct web; /* opaque */

/* Where the loop hears the thread. */
#define WEB_ENDPOINT "inproc://daqs-web"

/* Listens at the configured address and starts the thread; the door is there already. NULL with a
 * text otherwise. */
struct web *web_start(const struct controller *c, struct daqs_error *err);
/* Ends it. NULL is fine. */
void web_stop(struct web *web);

#endif
