/* SPDX-License-Identifier: Apache-2.0 */
/* Elements used by more than one page. */

import {el, setAttribute, setText, svg} from "./dom.js";
import {SPANS, spanParameters, moment} from "./spans.js";
import {format} from "./route.js";
import {clock, time} from "./format.js";

/* Each state has a symbol, so that no information depends on colour alone. */
const STATES = {
    up: ["●", "good"],
    ok: ["●", "good"],
    capped: ["◐", "good"],
    waiting: ["○", "quiet"],
    frozen: ["○", "quiet"],
    busy: ["○", "quiet"],
    away: ["✕", "bad"],
    disobeys: ["▲", "bad"],
    unresponsive: ["▲", "warn"],
    unmanaged: ["▲", "warn"],
    unwatched: ["▲", "warn"],
    tampered: ["▲", "bad"],
    warning: ["▲", "warn"],
    info: ["○", "quiet"],
};

export function chip() {
    const mark = el("span", {"aria-hidden": "true"});
    const word = el("span");
    const node = el("span", {class: "chip"}, mark, " ", word);
    return {
        node,
        update(state) {
            const [symbol, kind] = STATES[state] ?? ["○", "quiet"];
            setText(mark, symbol);
            setText(word, state);
            setAttribute(node, "data-kind", kind);
        },
    };
}

/* What operators have set for the host of the row and for its uplink: maintenance, and a mode other
 * than minimum. */
export function settings() {
    const maintenance = el("span", {class: "chip", "data-setting": "maintenance"}, "○ maintenance");
    const mode = el("span", {class: "chip", "data-setting": "mode"});
    return {
        node: el("span", {}, maintenance, " ", mode),
        update(row) {
            maintenance.hidden = !row.maintenance;
            setAttribute(maintenance, "title", row.maintenance ? `alerts are muted since ${time(row.maintenance)} UTC` : "");
            mode.hidden = !row.mode || row.mode === "minimum";
            setAttribute(mode, "data-kind", row.mode === "off" ? "warn" : "quiet");
            setText(mode, row.mode === "off" ? "▲ nothing is enforced: mode off" : `○ no guarantees: mode ${row.mode}`);
        },
    };
}

/* A bar of the usage of a capacity, with the guaranteed share below it. full: the share from which
 * on it is marked as full. It is hidden from screen readers, because the numbers are next to it. */
export function loadBar(full = 0.9) {
    const usage = svg("rect", {class: "bar-usage", x: 0, y: 0, height: 9});
    const guaranteed = svg("rect", {class: "bar-guaranteed", x: 0, y: 10, height: 3});
    const mark = svg("rect", {class: "bar-guaranteed", y: 0, height: 13, width: 0.8});
    const node = svg("svg", {class: "load", viewBox: "0 0 100 13", preserveAspectRatio: "none", "aria-hidden": "true"},
        svg("rect", {class: "bar-track", x: 0, y: 0, width: 100, height: 9}), usage, guaranteed, mark);
    const part = (bps, capacity) => (capacity ? Math.min(Math.max(bps / capacity, 0), 1) * 100 : 0).toFixed(2);
    return {
        node,
        update(usage_bps, capacity_bps, guaranteed_bps) {
            const end = part(guaranteed_bps, capacity_bps);
            setAttribute(usage, "width", part(usage_bps, capacity_bps));
            setAttribute(usage, "data-full", capacity_bps > 0 && usage_bps >= full * capacity_bps);
            setAttribute(guaranteed, "width", end);
            setAttribute(mark, "x", Math.min(Number(end), 99.2));
            setAttribute(mark, "visibility", guaranteed_bps > 0 ? "visible" : "hidden");
        },
    };
}

/* A table in its own scroll area, which the keyboard can scroll, too. headings: [text, class]. */
export function table(label, headings, body, kind = null) {
    const cells = headings.map(([text, kind]) => el("th", {scope: "col", class: kind ?? null}, text));
    return el("div", {class: "scroll", role: "region", "aria-label": label, tabindex: "0"},
        el("table", {class: kind}, el("caption", {class: "unseen"}, label), el("thead", {}, el("tr", {}, ...cells)), body));
}

export function filterBox(label, value, changed) {
    const input = el("input", {type: "search", placeholder: label, "aria-label": label, autocomplete: "off",
        spellcheck: "false", on: {input: () => changed(input.value)}});
    input.value = value;
    return input;
}

export function choice(label, options, value, changed) {
    const select = el("select", {on: {change: () => changed(select.value)}},
        ...Object.entries(options).map(([key, text]) => el("option", {value: key, selected: key === value}, text)));
    return el("label", {class: "choice"}, `${label} `, select);
}

/* host: the host that the page is about, if it is about one. */
export function pageTitle(text, host) {
    return el("h1", {tabindex: "-1"}, text, host ? el("span", {class: "name quiet"}, ` of ${host}`) : null);
}

/* Shows the controller's error messages on the page. Each kind of request has its own channel. */
export function complaint() {
    const node = el("p", {class: "complaint", role: "status"});
    const messages = [];
    node.hidden = true;
    return {
        node,
        channel() {
            const place = messages.push(null) - 1;
            return (message) => {
                messages[place] = message;
                const first = messages.find((text) => text !== null);
                setText(node, first === undefined ? "" : `The controller reports: ${first}`);
                node.hidden = first === undefined;
            };
        },
    };
}

/* Links to the same page with other spans, and two fields for a custom span. */
export function spanPicker(span, route, now_ms) {
    const params = {...route.params};
    for (const gone of ["span", "since", "until"])
        delete params[gone];
    const to = (more) => format({...route, params: {...params, ...more}});
    const links = SPANS.map(({id, label}) => el("a", {href: to({span: id}), "data-span": id,
        "aria-current": id === span.id ? "true" : null}, label));
    const stamp = (ms) => new Date(ms).toISOString().slice(0, 16);
    const field = (name, value) => {
        const input = el("input", {type: "datetime-local", name, required: true});
        input.value = value;
        return input;
    };
    const own = span.id === "own" && moment(span.since) !== null && moment(span.until) !== null;
    const since = field("since", own ? span.since : stamp(now_ms - 3600000));
    const until = field("until", own ? span.until : stamp(now_ms));
    const error = el("span", {class: "complaint", role: "status"}, span.error ?? "");
    const form = el("form", {class: "own", on: {submit: (event) => {
        event.preventDefault();
        location.hash = to({since: since.value, until: until.value});
    }}}, el("label", {}, "from ", since), el("label", {}, "until ", until), el("span", {class: "quiet"}, "UTC"),
        el("button", {type: "submit"}, "Show"));
    return el("div", {class: "span"}, el("nav", {class: "spans", "aria-label": "Span"}, ...links),
        el("details", {open: span.id === "own"}, el("summary", {}, "custom span"), form), error);
}

/* Shows a row of /api/v1/events. times: how often the event occurred, if known. */
export function eventRow(event) {
    const level = chip();
    level.update(event.level);
    const host = event.host ? el("a", {class: "name", href: format({page: "host", host: event.host})}, event.host) : "";
    const vm = event.vm ? el("span", {class: "name"}, ` / ${event.vm}`) : "";
    const node = el("tr", {"data-level": event.level},
        el("td", {class: "time"}, el("time", {datetime: event.time, title: `${time(event.time)} UTC`}, time(event.time))),
        el("td", {}, level.node), el("td", {class: "kind"}, event.kind), el("td", {class: "where"}, host, vm),
        el("td", {class: "text"}, event.text,
            event.times > 1 ? el("span", {class: "quiet"}, ` (${event.times} times in the last hour)`) : null));
    return {node, update() {}};
}

export const EVENT_HEADINGS = [["Time (UTC)"], ["Level"], ["Kind"], ["Host / VM"], ["What"]];

export function reportLink(span, host) {
    const params = new URLSearchParams({...spanParameters(span), ...(host ? {host} : {})});
    return el("a", {href: `/api/v1/report?${params}`}, "as JSON");
}

export function clockNow(ms) {
    return `${clock(ms)} UTC`;
}
