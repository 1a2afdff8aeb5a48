/* SPDX-License-Identifier: Apache-2.0 */
/* Translates addresses into pages of the dashboard, and back. Pure.
 *
 *   #/   #/host/NAME?span=1h   #/report?host=NAME&span=7d   #/events?q=words&level=warning
 */

const PAGES = ["report", "events"];

function decoded(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return null;
    }
}

/* Returns {page, host, params: {...}}; page is "unknown" for unknown paths. Returns null if the
 * hash is not a route at all (an anchor in the page). */
export function parse(hash) {
    if (hash === "" || hash === "#")
        return {page: "fleet", host: null, params: {}};
    if (!hash.startsWith("#/"))
        return null;
    const [path, query = ""] = hash.slice(2).split(/\?(.*)/s);
    const params = Object.fromEntries(new URLSearchParams(query));
    if (path === "")
        return {page: "fleet", host: null, params};
    const [head, ...rest] = path.split("/");
    const host = decoded(rest[0] ?? "");
    if (head === "host" && rest.length === 1 && host)
        return {page: "host", host, params};
    if (PAGES.includes(head) && rest.length === 0)
        return {page: head, host: null, params};
    return {page: "unknown", host: null, params: {}};
}

/* Returns "?a=1&b=2" without empty parameters; "" if none is left. */
export function query(params) {
    const kept = Object.entries(params).filter(([, value]) => value !== null && value !== undefined && value !== "");
    const text = kept.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join("&");
    return text ? `?${text}` : "";
}

export function format({page, host = null, params = {}}) {
    const path = page === "fleet" ? "" : page === "host" ? `host/${encodeURIComponent(host)}` : page;
    return `#/${path}${query(params)}`;
}
