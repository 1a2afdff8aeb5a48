/* SPDX-License-Identifier: Apache-2.0 */
/* The current problems, worst first, with what to do: the rows of daqsctl problems. */

import {Keyed, el, setText} from "./dom.js";
import {request, poll} from "./connection.js";
import {count, several, time} from "./format.js";
import {format} from "./route.js";
import {table} from "./parts.js";

const PROBLEMS_MS = 5000;
const ROWS = 20;
const HEADINGS = [["Kind"], ["Host / VM"], ["Since (UTC)"], ["What"], ["What to do"]];

function problemRow(first) {
    const host = first.host ? el("a", {class: "name", href: format({page: "host", host: first.host})}, first.host) : "";
    const vm = first.vm ? el("span", {class: "name"}, ` / ${first.vm}`) : "";
    const uplink = first.uplink ? el("span", {class: "quiet"}, ` on ${first.uplink}`) : "";
    const since = el("td", {class: "time"});
    const what = el("td", {class: "text"});
    const fix = el("td", {class: "text"});
    return {
        node: el("tr", {"data-problem": first.kind}, el("td", {class: "kind"}, `▲ ${first.kind}`),
            el("td", {class: "where"}, host, vm, uplink), since, what, fix),
        update(row) {
            setText(since, row.since === null ? "\u2013" : time(row.since));
            setText(what, row.text);
            setText(fix, row.fix);
        },
    };
}

/* host: whose problems, or undefined for all. Hidden while there are none. */
export function problemsPart(page, objection, host) {
    const body = el("tbody");
    const more = el("p", {class: "quiet"});
    const rows = new Keyed(body, ({kind, host, vm, uplink}) => [kind, host, vm, uplink].join("\n"), problemRow);
    const node = el("section", {"aria-labelledby": "problems"},
        el("h2", {id: "problems"}, "Problems"), table("Problems, worst first", HEADINGS, body, "fold"), more);
    node.hidden = true;
    poll(PROBLEMS_MS, page.signal, objection.channel(), async () => {
        const found = await request("problems", {host}, page.signal);
        rows.show(found.slice(0, ROWS));
        setText(more, found.length > ROWS
            ? `Shown are the worst ${count(ROWS)}; ${count(found.length - ROWS)} more. daqsctl problems lists them.`
            : `${several(found.length, "problem")}.`);
        node.hidden = found.length === 0;
    });
    return node;
}
