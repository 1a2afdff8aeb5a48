/* SPDX-License-Identifier: Apache-2.0 */
/* The page of a host: usage, limit and guarantee of each VM, as plots and as a table. */

import {Keyed, el, setText} from "./dom.js";
import {request, now, poll} from "./connection.js";
import {count, guarantee, lastReport, rate, several, share} from "./format.js";
import {filtered, plotsOf, troubled} from "./fleet_model.js";
import {spanOf} from "./spans.js";
import {problemsPart} from "./problems.js";
import {format} from "./route.js";
import {chip, complaint, filterBox, loadBar, settings, spanPicker} from "./parts.js";
import {Board} from "./board.js";
import {vmTable} from "./vm_table.js";

const VMS_MS = 1000;
const UPLINKS_MS = 2000;
const REFRESH_MS = 60000;   /* of history without live measurements */
const PLOTS = 12;
const LONGEST_GAP_MS = 6000; /* without a poll; after a longer gap history is requested again */

function uplinkItem() {
    const bar = loadBar();
    const state = chip();
    const set = settings();
    const text = el("span");
    const name = el("span", {class: "name"});
    return {
        node: el("li", {}, name, bar.node, text, state.node, " ", set.node),
        update(row) {
            setText(name, row.uplink ?? "\u2013");
            state.update(row.state);
            set.update(row);
            bar.update(row.usage_bps, row.capacity_bps, row.guaranteed_bps);
            const part = share(row.usage_bps, row.capacity_bps);
            const usage = troubled(row) ? "usage not known" : `${rate(row.usage_bps)} of ${rate(row.capacity_bps)} (${part})`;
            setText(text, `${usage}, guaranteed ${guarantee(row.guaranteed_bps)}, ` +
                `${row.vms === null ? "VMs not known" : several(row.vms, "VM")}, last report ${lastReport(row, now())}`);
        },
    };
}

function uplinksPart(page, objection) {
    const list = el("ul", {class: "uplinks"});
    const rows = new Keyed(list, (row) => row.uplink, uplinkItem);
    poll(UPLINKS_MS, page.signal, objection.channel(), async () => {
        rows.show(await request("hosts", {host: page.route.host}, page.signal));
    });
    return list;
}

export function hostPage(page) {
    const {host, params} = page.route;
    const span = spanOf(params);
    const objection = complaint();
    const board = new Board(host, span, page.signal, objection.channel());
    const vms = vmTable(host, page.signal, objection.channel());
    const what = el("p", {class: "more"});
    const whatText = el("span");
    let plots = [];
    let order = [];
    let text = "";
    let most = PLOTS;
    let last_ms = null;

    const moreButton = el("button", {type: "button", on: {click: () => {
        most += PLOTS;
        choose();
    }}}, `Show ${PLOTS} more`);
    what.append(whatText, " ", moreButton);

    function choose() {
        const found = filtered(order.map((key) => plots.find((plot) => plot.key === key)), text, ["vm", "uplink"]);
        board.choose(found.slice(0, most), new Set(plots.map((plot) => plot.uplink)).size > 1);
        const left = Math.max(found.length - most, 0);
        setText(whatText, plots.length === 0 ? "No VM is known here."
            : left > 0 ? `Shown are ${count(most)}, guaranteed ones first, then by usage; ${count(left)} more.` : "");
        moreButton.hidden = left === 0;
        what.hidden = left === 0 && plots.length > 0;
        vms.filter(text);
    }

    /* Updates the order of the plots: they keep their positions, and new VMs come last. Returns
     * true if the plots to show may have changed. */
    function updateOrder() {
        const keys = new Set(plots.map((plot) => plot.key));
        const kept = order.filter((key) => keys.has(key));
        const known = new Set(kept);
        const added = plots.filter((plot) => !known.has(plot.key)).map((plot) => plot.key);
        const same = added.length === 0 && kept.length === order.length;
        order = kept.concat(added);
        return !same || last_ms === null;
    }

    page.main.append(
        el("p", {class: "path"}, el("a", {href: "#/"}, "Fleet"), " / "),
        el("div", {class: "head"}, el("h1", {tabindex: "-1", class: "name"}, host),
            el("p", {class: "tools"}, el("a", {href: format({page: "events", params: {host}})}, "its events"),
                el("a", {href: format({page: "report", params: {host}})}, "its SLA report"))),
        objection.node, problemsPart(page, objection, host), uplinksPart(page, objection),
        el("section", {"aria-labelledby": "plots"},
            el("div", {class: "head"}, el("h2", {id: "plots"}, "Usage of each VM"), spanPicker(span, page.route, now()),
                el("div", {class: "tools"}, filterBox("Filter VMs", "", (value) => {
                    text = value;
                    choose();
                }))),
            board.node, what),
        el("section", {"aria-labelledby": "vms"}, el("h2", {id: "vms"}, "VMs now"), vms.node));

    if (span.error)
        return;
    poll(VMS_MS, page.signal, objection.channel(), async () => {
        const rows = await request("vms", {host}, page.signal);
        const at_ms = now();
        plots = plotsOf(rows);
        if (last_ms !== null && span.live && at_ms - last_ms > LONGEST_GAP_MS)
            board.reload();
        if (updateOrder())
            choose();
        last_ms = at_ms;
        board.measured(plots, at_ms);
        vms.show(rows);
    });
    if (!span.live && span.id !== "own") {
        const timer = setInterval(() => document.hidden || board.reload(), REFRESH_MS);
        page.signal.addEventListener("abort", () => clearInterval(timer));
    }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => board.repaint(), {signal: page.signal});
    page.signal.addEventListener("abort", () => board.free());
}
