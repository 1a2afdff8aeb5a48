/* SPDX-License-Identifier: Apache-2.0 */
/* The data of a plot: history and live measurements of one VM on one uplink. Pure. Times are
 * seconds since 1970; an unknown rate, or no limit, is null. */

export function empty() {
    return {time: [], usage: [], limit: [], min: []};
}

/* Returns a function that gives the guarantee at a time (seconds). changes: the VM's rows of
 * /api/v1/audit since then, oldest first. now_bps: the current guarantee. */
export function guaranteeAt(changes, now_bps) {
    const steps = changes.map((change) => ({end: Date.parse(change.time) / 1000, min: change.old_min_bps ?? 0}));
    return (time) => steps.find((step) => step.end > time)?.min ?? now_bps;
}

/* Sums up the nics of a VM on an uplink, which share its guarantee. The sum is limited if each nic
 * is limited. */
export function sum(rows) {
    const known = rows.filter((row) => row.usage_bps !== null);
    const limited = rows.every((row) => row.limit_bps !== null);
    return {
        usage: known.length > 0 ? known.reduce((total, row) => total + row.usage_bps, 0) : null,
        limit: limited ? rows.reduce((total, row) => total + row.limit_bps, 0) : null,
    };
}

function push(series, time, rows, min) {
    const {usage, limit} = sum(rows);
    series.time.push(time);
    series.usage.push(usage);
    series.limit.push(limit);
    series.min.push(min);
}

/* Builds a series from rows of /api/v1/history, sorted by time, of the nics for which mine(nic) is
 * true. minAt: of guaranteeAt(). */
export function fromHistory(rows, mine, minAt) {
    const series = empty();
    let group = [];
    const flush = () => {
        if (group.length > 0) {
            const time = Date.parse(group[0].time) / 1000;
            push(series, time, group, minAt(time));
        }
        group = [];
    };
    for (const row of rows) {
        if (!mine(row.nic))
            continue;
        if (group.length > 0 && group[0].time !== row.time)
            flush();
        group.push(row);
    }
    flush();
    return series;
}

/* Appends rows of /api/v1/vms, one per nic, measured at that time, unless the series already has
 * that time. */
export function append(series, time, rows) {
    if (rows.length > 0 && !(series.time.at(-1) >= time))
        push(series, time, rows, rows[0].min_bps);
}

/* Returns the history followed by what was measured after it. */
export function join(history, live) {
    const end = history.time.at(-1) ?? -Infinity;
    const first = live.time.findIndex((time) => time > end);
    const rest = first < 0 ? live.time.length : first;
    return {
        time: history.time.concat(live.time.slice(rest)),
        usage: history.usage.concat(live.usage.slice(rest)),
        limit: history.limit.concat(live.limit.slice(rest)),
        min: history.min.concat(live.min.slice(rest)),
    };
}

/* Removes points before that time. */
export function trim(series, from) {
    const first = series.time.findIndex((time) => time >= from);
    const gone = first < 0 ? series.time.length : first;
    for (const column of [series.time, series.usage, series.limit, series.min])
        column.splice(0, gone);
}

/* Returns the most frequent number of seconds between two points. */
export function stepOf(series) {
    const counts = new Map();
    for (let i = 1; i < series.time.length; i++) {
        const step = Math.round(series.time[i] - series.time[i - 1]);
        counts.set(step, (counts.get(step) ?? 0) + 1);
    }
    let best = 1;
    let most = 0;
    for (const [step, times] of counts)
        if (times > most)
            [best, most] = [step, times];
    return Math.max(best, 1);
}

/* Returns the columns for uPlot: time, limit, usage, guarantee. The line is interrupted at gaps. No
 * guarantee is null. */
export function columns(series) {
    const longest = Math.max(2.5 * stepOf(series), 6);
    const time = [];
    const usage = [];
    const limit = [];
    const guarantee = [];
    series.time.forEach((at, i) => {
        const before = series.time[i - 1];
        if (i > 0 && at - before > longest) {
            time.push(before + (at - before) / 2);
            usage.push(null);
            limit.push(null);
            guarantee.push(null);
        }
        time.push(at);
        usage.push(series.usage[i]);
        limit.push(series.limit[i]);
        guarantee.push(series.min[i] || null);
    });
    return [time, limit, usage, guarantee];
}

/* Returns the indexes of values without a known value on either side, which are drawn as points
 * because a line would have no length. null if there are none. */
export function alone(values) {
    const found = [];
    for (let i = 0; i < values.length; i++)
        if (values[i] !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null)
            found.push(i);
    return found.length > 0 ? found : null;
}

function largest(values) {
    return values.reduce((most, value) => (value > most ? value : most), 0);
}

/* Returns the height of a plot. A limit far above everything that is sent is not included, because
 * it would flatten the rest. */
export function top(series) {
    const needed = Math.max(largest(series.usage), largest(series.min));
    const limit = largest(series.limit);
    const worth = limit <= 2 * needed ? Math.max(limit, needed) : needed;
    return worth > 0 ? worth * 1.1 : 1000;
}
