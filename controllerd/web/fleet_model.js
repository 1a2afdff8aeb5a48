/* SPDX-License-Identifier: Apache-2.0 */
/* The contents of the fleet page, from the rows of the API. Pure. */

export function troubled(row) {
    return row.state !== "up";
}

export function load(row) {
    return row.capacity_bps ? row.usage_bps / row.capacity_bps : 0;
}

/* Returns true if the guarantees exceed the capacity. */
function oversubscribed(row) {
    return row.capacity_bps !== null && row.guaranteed_wire_bps > row.capacity_bps;
}

/* Sums up hosts and uplinks. Rates are only of uplinks whose host is up: the others' usage is
 * unknown. */
export function totals(rows) {
    const states = new Map(rows.map((row) => [row.host, row.state]));
    const up = rows.filter((row) => !troubled(row));
    const muted = new Set(rows.filter((row) => row.maintenance).map((row) => row.host));
    const add = (field) => up.reduce((total, row) => total + (row[field] ?? 0), 0);
    return {
        hosts: states.size,
        up: [...states.values()].filter((state) => state === "up").length,
        maintenance: muted.size,
        awayInMaintenance: [...muted].filter((host) => states.get(host) === "away").length,
        uplinks: rows.filter((row) => row.uplink !== null).length,
        usage: add("usage_bps"),
        capacity: add("capacity_bps"),
        guaranteed: add("guaranteed_bps"),
        missed: add("missed"),
    };
}

function byName(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
}

export const ORDERS = {
    matters: "what matters",
    load: "load",
    usage: "usage",
    guaranteed: "guaranteed",
    name: "name",
};

/* Ranks hosts in trouble that are not in maintenance first, then uplinks with a missed guarantee, then oversubscribed ones;
 * sorted() then orders them by load. */
function urgency(row) {
    return (troubled(row) && !row.maintenance ? 4 : 0) + (row.missed > 0 ? 2 : 0) + (oversubscribed(row) ? 1 : 0);
}

/* Returns a new array. */
export function sorted(rows, order) {
    const keys = {
        matters: (a, b) => urgency(b) - urgency(a) || load(b) - load(a),
        load: (a, b) => load(b) - load(a),
        usage: (a, b) => b.usage_bps - a.usage_bps,
        guaranteed: (a, b) => b.guaranteed_bps - a.guaranteed_bps,
        name: () => 0,
    };
    const first = Object.hasOwn(keys, order) ? keys[order] : keys.matters;
    return [...rows].sort((a, b) => first(a, b) || byName(a.host, b.host) || byName(a.uplink, b.uplink));
}

/* Returns the rows that have every word in one of the fields. Case is ignored. */
export function filtered(rows, text, fields) {
    const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
    if (words.length === 0)
        return rows;
    return rows.filter((row) => {
        const has = fields.map((field) => String(row[field] ?? "").toLowerCase());
        return words.every((word) => has.some((value) => value.includes(word)));
    });
}

/* Returns the rows sorted: lowest attainment first, then guarantees that were never wanted, then
 * VMs without one. */
export function worstFirst(report) {
    const rank = (row) => row.attainment_percent ?? (row.idle_s + row.unknown_s > 0 ? 101 : 102);
    return [...report].sort((a, b) => rank(a) - rank(b) || b.missed_s - a.missed_s ||
        byName(a.host, b.host) || byName(a.vm, b.vm));
}

export function guaranteed(row) {
    return row.met_s + row.missed_s + row.idle_s + row.unknown_s > 0;
}

/* Returns the totals over all VMs. */
export function reportTotals(report) {
    const add = (field) => report.reduce((total, row) => total + (row[field] ?? 0), 0);
    const met = add("met_s");
    const missed = add("missed_s");
    return {
        vms: report.length,
        guaranteed: report.filter(guaranteed).length,
        missing: report.filter((row) => row.missed_s > 0).length,
        attainment: met + missed > 0 ? (met / (met + missed)) * 100 : null,
        met,
        missed,
        sent: add("tx_bytes"),
        received: add("rx_bytes"),
    };
}

/* Returns what the tile of guarantees says. 'missed' is of hosts that are up; nothing is known of
 * the guarantees of the others ('unknown'). */
export function guaranteesNow(missed, unknown, slas) {
    const parts = [missed > 0 ? `${missed} missed` : "", unknown > 0 ? `${unknown} unknown` : ""].filter((text) => text !== "");
    return {
        text: parts.length > 0 ? `▲ ${parts.join(", ")}` : slas > 0 ? "none missed" : "\u2013",
        kind: parts.length > 0 ? "bad" : slas > 0 ? "good" : "quiet",
    };
}

/* Groups a host's nics into plots, one for each VM and uplink. Guaranteed VMs come first, then
 * those that send most. */
export function plotsOf(rows) {
    const plots = new Map();
    for (const row of rows.filter((row) => row.state !== "unwatched" && row.nic !== null)) {
        const key = JSON.stringify([row.vm, row.uplink]);
        if (!plots.has(key))
            plots.set(key, {key, vm: row.vm, uplink: row.uplink, rows: []});
        plots.get(key).rows.push(row);
    }
    const usage = (plot) => plot.rows.reduce((total, row) => total + (row.usage_bps ?? 0), 0);
    return [...plots.values()].sort((a, b) => (b.rows[0].min_bps > 0) - (a.rows[0].min_bps > 0) ||
        usage(b) - usage(a) || byName(a.vm, b.vm) || byName(a.uplink, b.uplink));
}

/* Puts new events before those that are known, newest first, at most 'most' of them. The clocks of
 * members may differ: what was heard of later stays before what was known. */
export function mergeEvents(known, fresh, most) {
    const added = [...fresh].sort((a, b) => Date.parse(b.time) - Date.parse(a.time) || b.id - a.id);
    return added.concat(known).slice(0, most);
}

/* Merges repeated events of the same kind, host and VM into one row: the newest, with the number of
 * times. */
export function repeated(events) {
    const found = new Map();
    for (const event of events) {
        const key = JSON.stringify([event.kind, event.host, event.vm]);
        const first = found.get(key);
        if (first)
            first.times++;
        else
            found.set(key, {...event, times: 1});
    }
    return [...found.values()];
}

/* Returns the events from from_ms (milliseconds since 1970) on. */
export function since(events, from_ms) {
    return events.filter((event) => Date.parse(event.time) >= from_ms);
}
