/* SPDX-License-Identifier: Apache-2.0 */
/* control - commands to the port over a UNIX socket: one message a command, one an answer.
 *
 *   port BPS | rx BPS         the port's speed, transmit and receive (1000000000 or 1Gbit)
 *   vf N BPS                  the VF's rate, bypassing the driver; 0: none
 *   set N MBIT                the VF's rate, through the driver
 *   mac N ADDRESS             the VF's MAC address, as the driver shows it
 *   driver NAME VALUE         the driver's profile, see driver_set_profile
 *   refresh MS                refresh interval of the driver's counters; 0: always fresh
 *   fair queue|vf             round robin by queue or by VF
 *   link up|down
 *   stats                     what the driver shows (JSON)
 *   truth                     the actual state, always fresh (JSON)
 *
 * Answers begin with "ok", "refused: ", "error: " or "{". */
#ifndef DAQS_TESTS_PORT_CONTROL_H
#define DAQS_TESTS_PORT_CONTROL_H

#include "tests/port/driver.h"

struct control {
    int listener;
    int client;       /* connected, but its command has not arrived; -1: none */
    int64_t since_ns; /* time of its connection */
    const char *path;
};

/* Listens at 'path', which must outlive 'control'. */
int control_open(struct control *control, const char *path, struct daqs_error *err);
void control_close(struct control *control);

/* Answers one client if its command has arrived; does not wait. */
void control_serve(struct control *control, struct driver *driver, int64_t now_ns);

/* Client side: sends a command. The caller frees *ret. */
int control_exchange(const char *path, const char *command, char **ret, struct daqs_error *err);

/* Sends a command and prints the answer. Returns 0 for "ok" and JSON, otherwise 1. */
int control_request(const char *path, int words, char **word);

#endif
