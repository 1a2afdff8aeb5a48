/* SPDX-License-Identifier: Apache-2.0 */
/* policy_table [SEEDS [FIRST [PART]]] - prints the policy's result for each scenario of the
 * catalogue next to an oracle's, as a Markdown table. Everything is simulated: no figure depends on
 * the machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/catalogue.h"

struct sums {
    struct catalogue_figures all;
    unsigned count;
};

static void add(struct sums *sums, const struct catalogue_figures *f)
{
    sums->all.use += f->use;
    sums->all.b99 += f->b99;
    sums->all.oracle_use += f->oracle_use;
    sums->all.oracle_b99 += f->oracle_b99;
    sums->all.changes += f->changes;
    sums->count++;
}

static void row(const char *name, const char *kind, const struct sums *s)
{
    double n = s->count ? s->count : 1;
    printf("| %s | %s | %.1f | %.1f | %.1f | %.1f | %.0f |\n", name, kind, s->all.use / n,
           s->all.oracle_use / n, s->all.b99 / n, s->all.oracle_b99 / n, s->all.changes / n);
}

int main(int argc, char **argv)
{
    unsigned seeds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 5;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct sums tuned = {0};
    struct sums held_out = {0};
    printf("| scenario | | use | oracle's | b99 | oracle's | changes/s |\n"
           "| --- | --- | --- | --- | --- | --- | --- |\n");
    const char *only = argc > 3 ? argv[3] : "";
    for (unsigned i = 0; i < catalogue_count; i++) {
        if (!strstr(catalogue[i].name, only))
            continue;
        struct sums here = {0};
        for (unsigned s = 0; s < seeds; s++) {
            struct catalogue_figures f;
            if (!catalogue_run(&catalogue[i], first + s, &f))
                return EXIT_FAILURE;
            add(&here, &f);
            if (catalogue[i].kind == CATALOGUE_PLAIN)
                add(catalogue[i].held_out ? &held_out : &tuned, &f);
        }
        row(catalogue[i].name, catalogue[i].held_out ? "held out" : "", &here);
    }
    row("mean", "", &tuned);
    row("mean", "held out", &held_out);
    return EXIT_SUCCESS;
}
