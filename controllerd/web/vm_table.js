/* SPDX-License-Identifier: Apache-2.0 */
/* The VMs of a host, a row for each nic, with an explanation of its limit on request. */

import {Keyed, el, setAttribute, setText} from "./dom.js";
import {Refused, request, now} from "./connection.js";
import {count, guarantee, limit, rate} from "./format.js";
import {filtered} from "./fleet_model.js";
import {chip, clockNow} from "./parts.js";

const ROWS = 200;
const COLUMNS = [["VM"], ["Usage", "number"], ["Limit", "number"], ["Min", "number"], ["Max", "number"],
    ["Weight", "number"], ["State"], ["Reason"], ["Uplink"], ["Nic"], ["Why"]];

/* A row, and below it the explanation, in their own tbody. */
function vmRow(host, first, signal, complain, number) {
    const state = chip();
    const cell = Object.fromEntries(["usage", "limit", "min", "max", "weight"]
        .map((name) => [name, el("td", {class: "number", "data-field": name})]));
    const reason = el("td", {class: "text", "data-field": "reason"});
    const answer = el("p");
    const id = `why-${number}`;
    const detail = el("tr", {class: "why", id}, el("td", {colspan: COLUMNS.length}, answer));
    detail.hidden = true;
    const button = el("button", {type: "button", "aria-expanded": "false", "aria-controls": id,
        "aria-label": `explain ${first.vm}`, on: {click: explain}}, "explain");

    async function explain() {
        detail.hidden = !detail.hidden;
        setAttribute(button, "aria-expanded", !detail.hidden);
        if (detail.hidden)
            return;
        setText(answer, "loading");
        try {
            const {text} = await request("explain", {host, vm: first.vm}, signal);
            setText(answer, `${clockNow(now())}: ${text}`);
            complain(null);
        } catch (error) {
            setText(answer, error instanceof Refused ? error.message : "The controller does not answer.");
        }
    }

    return {
        node: el("tbody", {"data-vm": first.vm, "data-nic": first.nic},
            el("tr", {}, el("th", {scope: "row"}, el("span", {class: "name"}, first.vm)),
                cell.usage, cell.limit, cell.min, cell.max, cell.weight, el("td", {}, state.node), reason,
                el("td", {}, first.uplink ?? "\u2013"), el("td", {class: "kind"}, first.nic ?? "\u2013"), el("td", {}, button)),
            detail),
        update(row) {
            setText(cell.usage, rate(row.usage_bps));
            setText(cell.limit, limit(row.limit_bps));
            setText(cell.min, guarantee(row.min_bps));
            setText(cell.max, limit(row.max_bps));
            setText(cell.weight, count(row.weight));
            state.update(row.state);
            setText(reason, row.reason);
        },
    };
}

export function vmTable(host, signal, complain) {
    let number = 0;
    let rows = [];
    let text = "";
    const label = `VMs of ${host}`;
    const heads = COLUMNS.map(([name, kind]) => el("th", {scope: "col", class: kind ?? null}, name));
    const body = el("table", {}, el("caption", {class: "unseen"}, label), el("thead", {}, el("tr", {}, ...heads)));
    const shown = new Keyed(body, (row) => `${row.vm}\n${row.nic}`, (row) => vmRow(host, row, signal, complain, number++));
    const more = el("p", {class: "more"});

    function draw() {
        const found = filtered(rows, text, ["vm", "nic", "uplink", "state", "reason"]);
        shown.show(found.slice(0, ROWS));
        const left = found.length - ROWS;
        setText(more, left > 0 ? `Shown are ${count(ROWS)}; ${count(left)} more. The filter finds them.` : "");
    }

    return {
        node: el("div", {}, el("div", {class: "scroll", role: "region", "aria-label": label, tabindex: "0"}, body), more),
        show(fresh) {
            rows = fresh;
            draw();
        },
        filter(words) {
            text = words;
            draw();
        },
    };
}
