#include "controllerd/core/capacity.h"

enum {
    TRIAL_REPORTS = 3,
    TRIAL_MOST_MS = 5000, /* with reports that are slow, or do not come */
    CONFIRM_MS = 5000,    /* two trials no further apart teach a capacity */
    RISES_PARTS = 8,      /* all send so much more: it was not the link that held anybody back */
    GROW_WAIT_MS = 10000, /* halves with each step, as long as nobody is squeezed; up to ... */
    GROW_WAIT_LEAST_MS = 1000,
    GROW_WAIT_MOST_MS = 1000000,
    GROW_PARTS = 200,     /* a step is half a percent */
    CUT_LEAST_PARTS = 33, /* of the budget: enough to be seen */
    CUT_MOST_PARTS = 10,  /* and to be borne */
    OTHERS_PARTS = 4,     /* and of what the others send */
    MATTERS_PARTS = 50,   /* others who send less than this squeeze nobody */
    STEP_PARTS = 4,       /* less than a quarter down at once: what looked squeezed may just have
                             begun to send more */
};

static int64_t within(int64_t ms, int64_t least_ms, int64_t most_ms)
{
    if (ms < least_ms)
        return least_ms;
    return ms > most_ms ? most_ms : ms;
}

daqs_bps capacity_budget(struct capacity *c, daqs_bps configured, int64_t now_ms)
{
    if (c->learned && now_ms >= c->grow_at_ms) {
        c->learned += c->learned / GROW_PARTS + 1;
        c->grow_wait_ms = within(c->grow_wait_ms / 2, GROW_WAIT_LEAST_MS, GROW_WAIT_MOST_MS);
        c->grow_at_ms = now_ms + c->grow_wait_ms;
    }
    if (c->learned >= configured)
        c->learned = 0;
    return c->learned ? c->learned : configured;
}

daqs_bps capacity_budget_now(const struct capacity *c, daqs_bps budget)
{
    return c->trial ? daqs_lower(c->left, budget) : budget;
}

/* It was right, or had grown too much: the longer until the next step. */
static void learn(struct capacity *c, const struct capacity_input *in)
{
    daqs_bps found = daqs_rate_less(in->total, in->headroom_ppm);
    daqs_bps known = c->learned ? c->learned : in->configured;
    c->grow_wait_ms =
        c->learned ? within(c->grow_wait_ms * 8, GROW_WAIT_MS, GROW_WAIT_MOST_MS) : GROW_WAIT_MS;
    c->grow_at_ms = in->now_ms + c->grow_wait_ms;
    /* Where counters leave less out than is assumed, 'found' is too much: less than was known in
     * any case. */
    found = daqs_lower(found, known - known / 100);
    c->learned = daqs_higher(daqs_higher(found, known - known / STEP_PARTS), 1);
}

static enum capacity_verdict begin(struct capacity *c, const struct capacity_input *in)
{
    daqs_bps sent = daqs_lower(in->reserved + in->others, in->budget);
    if (in->others < in->configured / MATTERS_PARTS || sent <= in->reserved)
        return CAPACITY_ENOUGH;
    c->cut = daqs_higher(in->missing, in->configured / CUT_LEAST_PARTS);
    c->cut =
        daqs_lower(daqs_lower(c->cut, in->configured / CUT_MOST_PARTS), in->others / OTHERS_PARTS);
    c->cut = daqs_lower(c->cut, (sent - in->reserved) / 2); /* guarantees hold during it, too */
    c->left = sent - c->cut;
    c->before = in->suspects;
    c->total = in->total;
    c->until_ms = in->now_ms + TRIAL_MOST_MS;
    c->trial = TRIAL_REPORTS;
    return CAPACITY_NOTHING_YET;
}

enum capacity_verdict capacity_try(struct capacity *c, const struct capacity_input *in)
{
    if (c->trial == 0)
        return begin(c, in);
    if (--c->trial > 0)
        return CAPACITY_NOTHING_YET;
    if (in->suspects < c->before + c->cut / 2)
        return CAPACITY_ENOUGH;
    if (in->total > c->total + c->total / RISES_PARTS)
        return CAPACITY_SQUEEZED; /* by something that has passed */
    bool again = c->squeezed_ms && in->now_ms - c->squeezed_ms <= CONFIRM_MS;
    c->squeezed_ms = in->now_ms;
    if (again)
        learn(c, in);
    return CAPACITY_SQUEEZED;
}

bool capacity_trial_is_void(const struct capacity *c, daqs_bps reserved, int64_t now_ms)
{
    return c->trial && (now_ms >= c->until_ms || reserved > c->left);
}

void capacity_end_trial(struct capacity *c)
{
    c->trial = 0;
}
