/* SPDX-License-Identifier: Apache-2.0 */
/* Formats numbers and times for display. Pure. */

const UNITS = [
    ["Tbit/s", 1e12],
    ["Gbit/s", 1e9],
    ["Mbit/s", 1e6],
    ["kbit/s", 1e3],
];
const BYTES = [
    ["PB", 1e15],
    ["TB", 1e12],
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
];

const UNKNOWN = "\u2013";

/* Rounds to four significant digits, as daqsctl does. */
function rounded(number) {
    let step = 1;
    while (number / step >= 10000)
        step *= 10;
    return Math.round(number / step) * step;
}

function withUnit(number, units, least) {
    const whole = rounded(number);
    for (const [name, factor] of units)
        if (whole >= factor)
            return `${Number((whole / factor).toFixed(3))} ${name}`;
    return `${whole} ${least}`;
}

/* Bits per second; a dash if unknown. */
export function rate(bps) {
    return bps === null || bps === undefined ? UNKNOWN : bps === 0 ? "0" : withUnit(bps, UNITS, "bit/s");
}

/* A limit or a ceiling; "none" if there is none. */
export function limit(bps) {
    return bps === null || bps === undefined ? "none" : rate(bps);
}

/* A guarantee; 0 means none. */
export function guarantee(bps) {
    return bps ? rate(bps) : "none";
}

export function bytes(count) {
    return count === null || count === undefined ? UNKNOWN : withUnit(count, BYTES, "B");
}

/* A share of a whole, such as "34 %". A share below 1 % is "< 1 %", and one below 100 % is never
 * rounded up to it. */
export function share(part, whole) {
    if (part === null || !whole)
        return UNKNOWN;
    const percent = (part / whole) * 100;
    if (percent > 0 && percent < 1)
        return "< 1 %";
    return `${percent < 100 ? Math.floor(percent) : Math.round(percent)} %`;
}

/* Digits are cut off, not rounded: "100 %" is shown only if the guarantee was never missed. */
export function attainment(percent) {
    if (percent === null || percent === undefined)
        return UNKNOWN;
    return percent === 100 ? "100 %" : `${(Math.floor(percent * 1000) / 1000).toFixed(3)} %`;
}

/* Seconds, as the two largest units that are not zero. */
export function duration(seconds) {
    if (seconds === null || seconds === undefined)
        return UNKNOWN;
    let left = Math.round(seconds);
    if (left === 0)
        return "0 s";
    const parts = [];
    for (const [name, length] of [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]]) {
        const count = Math.floor(left / length);
        left -= count * length;
        if (count > 0)
            parts.push(`${count} ${name}`);
        else if (parts.length > 0)
            break;
        if (parts.length === 2)
            break;
    }
    return parts.join(" ");
}

/* Milliseconds since a host's last report. */
export function age(ms) {
    if (ms === null || ms === undefined)
        return "never";
    return ms < 1000 ? `${ms} ms ago` : `${duration(ms / 1000)} ago`;
}

/* When a host last reported, or for how long nothing has been heard of it: a row of "hosts". */
export function lastReport(row, now_ms) {
    return row.last_report_ms === null && row.away_since !== null
        ? `none for ${duration(Math.max(now_ms - Date.parse(row.away_since), 0) / 1000)}` : age(row.last_report_ms);
}

/* Formats milliseconds since 1970, or RFC 3339, as "2026-11-28 02:53:28" (UTC). */
export function time(when) {
    const date = new Date(when);
    return when === null || Number.isNaN(date.getTime())
        ? UNKNOWN
        : date.toISOString().slice(0, 19).replace("T", " ");
}

/* Like time(), without the date. */
export function clock(when) {
    return time(when).slice(11) || UNKNOWN;
}

export function count(number) {
    return number === null ? UNKNOWN : String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/* "1 host", "3 hosts". */
export function several(number, noun) {
    return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}
