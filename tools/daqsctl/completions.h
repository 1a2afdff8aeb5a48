/* SPDX-License-Identifier: Apache-2.0 */
/* completions - the scripts in packaging/completions, embedded at build time. */
#ifndef DAQS_TOOLS_COMPLETIONS_H
#define DAQS_TOOLS_COMPLETIONS_H

extern const char completions_bash[];
extern const char completions_zsh[];
extern const char completions_fish[];

#endif
