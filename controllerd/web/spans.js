/* SPDX-License-Identifier: Apache-2.0 */
/* Spans of time to show history for. Pure. */

/* live: measurements are added at the right. step: of history; "" lets the controller choose. */
export const SPANS = [
    {id: "15m", label: "15 min", seconds: 900, step: "1s", live: true},
    {id: "1h", label: "1 h", seconds: 3600, step: "5s", live: true},
    {id: "6h", label: "6 h", seconds: 21600, step: "", live: false},
    {id: "24h", label: "24 h", seconds: 86400, step: "", live: false},
    {id: "7d", label: "7 d", seconds: 604800, step: "", live: false},
    {id: "30d", label: "30 d", seconds: 2592000, step: "", live: false},
];

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/;

/* Parses UTC such as "2026-11-28T02:53", or with seconds. Returns milliseconds since 1970, or
 * null. */
export function moment(text) {
    const ms = MOMENT.test(text ?? "") ? Date.parse(`${text}Z`) : NaN;
    return Number.isNaN(ms) ? null : ms;
}

/* Returns the span of a route's parameters: one of SPANS, or a custom one {since, until, ...};
 * 'fallback' if they name none. error: why they are invalid, or null. */
export function spanOf(params, fallback = SPANS[0].id) {
    const usual = SPANS.find((span) => span.id === (params.span ?? fallback));
    if (params.since === undefined && params.until === undefined)
        return usual ? {...usual, error: null} : {...SPANS[0], error: `unknown span "${params.span}"`};
    const since = moment(params.since);
    const until = moment(params.until);
    const own = {id: "own", label: "custom", seconds: 0, step: "", live: false, since: params.since, until: params.until};
    if (since === null || until === null)
        return {...own, error: "both ends are needed, like 2026-11-28T02:53"};
    if (since >= until)
        return {...own, error: "the span ends before it begins"};
    return {...own, seconds: (until - since) / 1000, error: null};
}

/* Returns the API's parameters for a span. */
export function spanParameters(span) {
    return span.id === "own" ? {since: span.since, until: span.until} : {since: span.id};
}

/* Returns the ends of a span in milliseconds since 1970. */
export function bounds(span, now) {
    return span.id === "own"
        ? {from: moment(span.since), to: moment(span.until)}
        : {from: now - span.seconds * 1000, to: now};
}
