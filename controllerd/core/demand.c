#include "controllerd/core/demand.h"

#define GUARANTEED_CHATTER UINT64_C(200000)

enum {
    MEAN_PARTS = 4,      /* a new report is a quarter of the mean */
    ROOM_PARTS = 40,     /* the least room above the mean: 2.5 % */
    DOUBT_MOST = 5,      /* more doubt gives no more room */
    DOUBT_REPORTS = 100, /* fades by one in so many */
    TRUST_MS = 1000,
    TRUST_MOST_MS = 16000,
};

static bool sends(const struct demand_input *in)
{
    daqs_bps chatter = in->floor / 2;
    if (in->min > 0 && in->link_full && chatter > GUARANTEED_CHATTER)
        chatter = GUARANTEED_CHATTER;
    if (in->min > 0 && chatter > in->min / 4)
        chatter = in->min / 4;
    return in->usage > chatter;
}

/* --- best effort --- */

static void update_best_effort(struct demand *d, const struct demand_input *in)
{
    bool pushes = in->at_limit || (in->share == DAQS_UNLIMITED && in->link_full);
    d->state = pushes ? DEMAND_HUNGRY : DEMAND_SATED;
    d->want = pushes ? DAQS_UNLIMITED : in->usage + in->usage / 4 + in->floor;
    d->level = 0;
}

/* --- guaranteed --- */

static void follow_mean(struct demand *d, daqs_bps usage)
{
    daqs_bps off = usage > d->mean ? usage - d->mean : d->mean - usage;
    if (off > d->mean / 4) {
        d->mean = usage;
        return;
    }
    d->mean = usage > d->mean ? d->mean + off / MEAN_PARTS : d->mean - off / MEAN_PARTS;
    d->spread += off / MEAN_PARTS;
    d->spread -= d->spread / MEAN_PARTS;
}

/* What it may send more than it does before it counts as hungry. */
static daqs_bps room(const struct demand *d)
{
    return daqs_higher(4 * d->spread, d->mean / ROOM_PARTS * (1U + d->doubt));
}

/* 1 % less is taken for all of it. */
static bool guarantee_met(const struct demand *d, daqs_bps min)
{
    return d->mean >= min - min / 100;
}

static bool fills_share(const struct demand_input *in)
{
    return in->share == DAQS_UNLIMITED ? in->link_full : in->usage >= in->share / 20 * 19;
}

static void count(uint8_t *reports, bool again)
{
    *reports = (uint8_t)(again ? *reports + (*reports < UINT8_MAX) : 0);
}

static void become_hungry(struct demand *d)
{
    d->rose = d->state == DEMAND_SATED;
    d->state = DEMAND_HUNGRY;
    d->quiet = 0;
    d->level = d->mean;
}

/* It does not want what it has room for. If it looked hungry and has not grown, it was not. */
static void become_sated(struct demand *d)
{
    bool grew = d->mean > d->level + d->level / 20;
    if (d->rose && !grew && d->doubt < DOUBT_MOST)
        d->doubt++;
    d->calm = 0;
    d->state = DEMAND_SATED;
    d->quiet = 0;
    d->level = d->mean;
}

/* Hungry, it may have its guarantee, and a quarter more to get there quickly; without bounds only
 * once it has filled that. */
static void set_want(struct demand *d, const struct demand_input *in)
{
    if (d->state == DEMAND_SATED)
        d->want = d->mean + room(d) + in->floor;
    else if (in->share != DAQS_UNLIMITED && d->quiet == 0 && fills_share(in))
        d->want = DAQS_UNLIMITED;
    else
        d->want = daqs_higher(in->usage, in->min) / 4 * 5 + in->floor;
}

/* Nobody has taken what it sent until now: it has paused or ended. What it leaves is lent at once;
 * if that was wrong it is a suspect soon. */
static bool collapsed(const struct demand *d, const struct demand_input *in)
{
    return in->share != DAQS_UNLIMITED && !in->link_full && in->usage < d->mean / 4;
}

static void update_hungry(struct demand *d, const struct demand_input *in)
{
    bool met = guarantee_met(d, in->min);
    count(&d->quiet, !met || !fills_share(in));
    if (met && d->quiet >= DEMAND_PATIENCE)
        become_sated(d);
}

static void update_sated(struct demand *d, const struct demand_input *in)
{
    if (in->usage + room(d) / 3 >= d->want) {
        become_hungry(d);
        return;
    }
    count(&d->calm, true);
    if (d->calm >= DOUBT_REPORTS && d->doubt > 0) {
        d->doubt--;
        d->calm = 0;
    }
    /* Sinking below what it was content with may be somebody else's doing. */
    count(&d->quiet, d->mean < d->level - d->level / 15);
}

static void update_guaranteed(struct demand *d, const struct demand_input *in)
{
    bool begins = d->state <= DEMAND_IDLE || d->level == 0;
    bool pauses = !begins && collapsed(d, in);
    daqs_bps before = d->mean;
    follow_mean(d, in->usage);
    if (pauses) {
        become_sated(d);
        d->level = before;
    } else if (begins) {
        become_hungry(d);
    } else if (d->state == DEMAND_HUNGRY) {
        update_hungry(d, in);
    } else {
        update_sated(d, in);
    }
    set_want(d, in);
}

void demand_update(struct demand *d, const struct demand_input *in)
{
    if (!sends(in)) {
        *d = (struct demand){.state = DEMAND_IDLE, .want = in->floor, .doubt = d->doubt};
        return;
    }
    if (in->min == 0)
        update_best_effort(d, in);
    else
        update_guaranteed(d, in);
}

void demand_keep(struct demand *d, const struct demand_input *in, bool silent)
{
    if (silent && in->min > 0)
        *d = (struct demand){.state = DEMAND_UNKNOWN, .doubt = d->doubt};
    d->want = daqs_higher(d->want, in->floor);
    if (d->state != DEMAND_IDLE && d->level == 0) /* best effort until now */
        d->want = daqs_higher(d->want, in->min);
}

bool demand_suspect(const struct demand *d, daqs_bps min)
{
    return min > 0 && d->state > DEMAND_IDLE && d->quiet >= DEMAND_PATIENCE &&
           !guarantee_met(d, min);
}

bool demand_trusted(const struct demand *d, int64_t now_ms)
{
    return now_ms < d->trust_ms;
}

void demand_accept(struct demand *d, const struct demand_input *in)
{
    if (d->state == DEMAND_SATED)
        d->level = d->mean;
    else
        become_sated(d);
    d->quiet = 0;
    set_want(d, in);
}

void demand_settle(struct demand *d, const struct demand_input *in, bool squeezed, int64_t now_ms)
{
    if (!squeezed) {
        bool again = now_ms - d->trust_ms < 4 * d->wait_ms;
        d->wait_ms = again ? 2 * d->wait_ms : TRUST_MS;
        d->wait_ms = d->wait_ms < TRUST_MOST_MS ? d->wait_ms : TRUST_MOST_MS;
        d->trust_ms = now_ms + d->wait_ms;
        demand_accept(d, in);
        return;
    }
    d->trust_ms = d->wait_ms = 0;
    become_hungry(d);
    set_want(d, in);
}
