/* SPDX-License-Identifier: Apache-2.0 */
/* check - the headers that every cmocka program includes, in the order that cmocka requires. */
#ifndef DAQS_TESTS_LIB_CHECK_H
#define DAQS_TESTS_LIB_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define KBIT UINT64_C(1000)
#define MBIT UINT64_C(1000000)
#define GBIT UINT64_C(1000000000)

#endif
