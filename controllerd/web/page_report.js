/* SPDX-License-Identifier: Apache-2.0 */
/* The SLA report of a span. */

import {Keyed, el, setAttribute, setText} from "./dom.js";
import {request, now, poll} from "./connection.js";
import {attainment, bytes, count, duration, several, time} from "./format.js";
import {filtered, guaranteed, reportTotals, worstFirst} from "./fleet_model.js";
import {spanParameters, spanOf} from "./spans.js";
import {format} from "./route.js";
import {complaint, filterBox, loadBar, pageTitle, reportLink, spanPicker, table} from "./parts.js";

const REFRESH_MS = 30000;
const ROWS = 200;
const HEADINGS = [["Host"], ["VM"], ["Attainment"], ["Met", "number"], ["Missed", "number"], ["Idle", "number"],
    ["Unknown", "number"], ["Longest miss", "number"], ["Worst at (UTC)"], ["Sent", "number"], ["Received", "number"]];

function reportRow(first) {
    const bar = loadBar(Infinity);
    const percent = el("span", {class: "share"});
    const cell = Object.fromEntries(["met", "missed", "idle", "unknown", "longest", "worst", "sent", "received"]
        .map((name) => [name, el("td", {class: name === "worst" ? "time" : "number", "data-field": name})]));
    const node = el("tr", {"data-host": first.host, "data-vm": first.vm},
        el("th", {scope: "row"}, el("a", {class: "name", href: format({page: "host", host: first.host})}, first.host)),
        el("td", {}, el("span", {class: "name"}, first.vm)), el("td", {class: "loading"}, bar.node, percent),
        ...Object.values(cell));
    return {
        node,
        update(row) {
            const known = row.attainment_percent !== null;
            bar.node.toggleAttribute("hidden", !known);
            bar.update(row.attainment_percent ?? 0, 100, 0);
            setAttribute(node, "data-missed", row.missed_s > 0);
            setText(percent, known ? `${row.missed_s > 0 ? "▲ " : ""}${attainment(row.attainment_percent)}`
                : guaranteed(row) ? "never wanted" : "no guarantee");
            setText(cell.met, duration(row.met_s));
            setText(cell.missed, duration(row.missed_s));
            setText(cell.idle, duration(row.idle_s));
            setText(cell.unknown, duration(row.unknown_s));
            setText(cell.longest, duration(row.longest_miss_s));
            setText(cell.worst, time(row.worst_time));
            setText(cell.sent, bytes(row.tx_bytes));
            setText(cell.received, bytes(row.rx_bytes));
        },
    };
}

export function reportPage(page) {
    const {params} = page.route;
    const span = spanOf(params, "24h");
    const objection = complaint();
    const body = el("tbody");
    const shown = new Keyed(body, (row) => `${row.host}\n${row.vm}`, reportRow);
    const summary = el("p", {class: "summary"});
    const more = el("p", {class: "more"}, span.error ? "" : "loading");
    const all = el("input", {type: "checkbox", on: {change: draw}});
    let rows = null;
    let text = "";

    function draw() {
        if (rows === null)
            return;
        const total = reportTotals(rows);
        const found = filtered(worstFirst(all.checked ? rows : rows.filter(guaranteed)), text, ["host", "vm"]);
        shown.show(found.slice(0, ROWS));
        const kept = total.attainment === null ? "No guarantee was wanted in this span"
            : `${attainment(total.attainment)} of the time that guarantees were wanted they were met, over all VMs; ` +
              (total.missing > 0 ? `${several(total.missing, "VM")} missed something` : "none was missed");
        setText(summary, `${kept}. ${several(total.guaranteed, "VM")} of ${count(total.vms)} had a guarantee. ` +
            `${bytes(total.sent)} sent, ${bytes(total.received)} received.`);
        const none = rows.length > 0 && !all.checked ? "No VM that has or had a guarantee." : "No VM was measured in this span.";
        const left = found.length - ROWS;
        setText(more, found.length === 0 ? none
            : left > 0 ? `Shown are the ${count(ROWS)} worst; ${count(left)} more. The filter finds them.` : "");
    }

    page.main.append(
        el("div", {class: "head"}, pageTitle("SLA report", params.host),
            spanPicker(span, page.route, now()),
            el("div", {class: "tools"}, filterBox("Filter hosts, VMs", "", (value) => {
                text = value;
                draw();
            }), el("label", {class: "choice"}, all, " VMs without a guarantee"), reportLink(span, params.host))),
        objection.node, summary, table("Guarantees of each VM", HEADINGS, body), more);
    if (span.error)
        return;
    poll(REFRESH_MS, page.signal, objection.channel(), async () => {
        rows = await request("report", {...spanParameters(span), host: params.host}, page.signal);
        draw();
    });
}
