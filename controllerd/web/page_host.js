/* One host: what each of its VMs sends, may send and is promised, as plots and as a table. */

import {Keyed, el, setText} from "./dom.js";
import {ask, now, poll} from "./connection.js";
import {age, count, rate, several, share} from "./format.js";
import {filtered, plotsOf, troubled} from "./fleet_model.js";
import {asked, bounds, spanOf} from "./spans.js";
import {append, empty, fromHistory, guaranteeAt, join, trim} from "./series.js";
import {format} from "./route.js";
import {chip, complaint, filterBox, loadBar, spanPicker} from "./parts.js";
import {Plot} from "./plot.js";
import {vmTable} from "./vm_table.js";

const VMS_MS = 1000;
const HOSTS_MS = 5000;
const REFRESH_MS = 60000;   /* of history that is not continued live */
const PLOTS = 12;
const LONGEST_GAP_MS = 6000; /* without a poll; then what was missed comes from history */
const AT_ONCE = 2;           /* questions about history */

function uplinkItem() {
    const bar = loadBar();
    const state = chip();
    const text = el("span");
    const name = el("span", {class: "name"});
    return {
        node: el("li", {}, name, bar.node, text, state.node),
        update(row) {
            setText(name, row.uplink);
            state.update(row.state);
            bar.update(row.usage_bps, row.capacity_bps, row.guaranteed_bps);
            const usage = troubled(row) ? "usage not known" : `${rate(row.usage_bps)} of ${rate(row.capacity_bps)} (${share(row.usage_bps, row.capacity_bps)})`;
            setText(text, `${usage}, guaranteed ${rate(row.guaranteed_bps)}, ${several(row.vms, "VM")}, heard ${age(row.last_report_ms)}`);
        },
    };
}

/* Answers about history, each VM's once, a few at a time. */
class HistoryReader {
    constructor(host, span, signal) {
        this.host = host;
        this.span = span;
        this.signal = signal;
        this.asked = new Map();
        this.waiting = [];
        this.running = 0;
    }

    /* Changes of its VMs' SLAs since then, also after the span. */
    async changes(vm) {
        this.audit ??= ask("audit", {host: this.host, since: asked(this.span).since}, this.signal);
        return (await this.audit).filter((change) => change.vm === vm && change.what !== "set-policy");
    }

    rows(vm) {
        if (!this.asked.has(vm))
            this.asked.set(vm, new Promise((resolve, reject) => {
                this.waiting.push({vm, resolve, reject});
                this.next();
            }));
        return this.asked.get(vm);
    }

    async next() {
        if (this.running >= AT_ONCE || this.waiting.length === 0)
            return;
        const {vm, resolve, reject} = this.waiting.shift();
        this.running++;
        try {
            resolve(await ask("history", {host: this.host, vm, ...asked(this.span), step: this.span.step}, this.signal));
        } catch (error) {
            reject(error);
        } finally {
            this.running--;
            this.next();
        }
    }
}

/* The plots that are shown, their history, and what was measured since. */
class Board {
    constructor(host, span, signal, complain) {
        this.host = host;
        this.span = span;
        this.signal = signal;
        this.complain = complain;
        this.node = el("div", {class: "plots"});
        this.shown = new Map(); /* key: {plot, history, live} */
        this.read = new HistoryReader(host, span, signal);
    }

    /* plots of plotsOf(), in this order; the first time that order stays. */
    choose(plots, withUplink) {
        const wanted = new Set(plots.map((plot) => plot.key));
        for (const [key, entry] of this.shown)
            if (!wanted.has(key)) {
                entry.view.free();
                this.shown.delete(key);
            }
        for (const plot of plots)
            if (!this.shown.has(plot.key)) {
                const entry = {view: new Plot(plot, withUplink), plot, history: null, live: empty()};
                this.shown.set(plot.key, entry);
                this.load(entry);
            }
        plots.forEach((plot) => {
            const entry = this.shown.get(plot.key);
            entry.plot = plot;
        });
        this.node.replaceChildren(...plots.map((plot) => this.shown.get(plot.key).view.node));
    }

    async load(entry) {
        try {
            const {vm} = entry.plot;
            const [rows, changes] = await Promise.all([this.read.rows(vm), this.read.changes(vm)]);
            const mine = new Set(entry.plot.rows.map((row) => row.nic));
            entry.history = fromHistory(rows, (nic) => mine.has(nic), guaranteeAt(changes, entry.plot.rows[0].min_bps));
            this.draw(entry);
            this.complain(null);
        } catch (error) {
            if (!this.signal.aborted)
                this.complain(error.status ? error.message : null);
            entry.history ??= empty();
        }
    }

    /* History anew, for all. */
    reload() {
        this.read = new HistoryReader(this.host, this.span, this.signal);
        for (const entry of this.shown.values())
            this.load(entry);
    }

    draw(entry) {
        if (entry.history === null)
            return;
        const {from, to} = bounds(this.span, now());
        entry.view.show(join(entry.history, entry.live), {from: from / 1000, to: to / 1000}, entry.plot);
    }

    /* plots: of now. */
    measured(plots, at_ms) {
        const {from} = bounds(this.span, at_ms);
        for (const plot of plots) {
            const entry = this.shown.get(plot.key);
            if (!entry)
                continue;
            entry.plot = plot;
            if (this.span.live) {
                append(entry.live, at_ms / 1000, plot.rows);
                trim(entry.live, from / 1000);
                if (entry.history)
                    trim(entry.history, from / 1000);
            }
            this.draw(entry);
        }
    }

    repaint() {
        for (const entry of this.shown.values())
            entry.view.repaint();
    }

    free() {
        for (const entry of this.shown.values())
            entry.view.free();
    }
}

function uplinksPart(page, objection) {
    const list = el("ul", {class: "uplinks"});
    const rows = new Keyed(list, (row) => row.uplink, uplinkItem);
    poll(HOSTS_MS, page.signal, objection.channel(), async () => {
        const all = await ask("hosts", {}, page.signal);
        rows.show(all.filter((row) => row.host === page.route.host));
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
        setText(whatText, plots.length === 0 ? "No VM has been heard of here."
            : left > 0 ? `Shown are ${count(most)}, guaranteed ones first, then by usage; ${count(left)} more.` : "");
        moreButton.hidden = left === 0;
        what.hidden = left === 0 && plots.length > 0;
        vms.filter(text);
    }

    /* Plots keep their places; new VMs come last. */
    function reckon() {
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
        objection.node, uplinksPart(page, objection),
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
        const rows = await ask("vms", {host}, page.signal);
        const at_ms = now();
        plots = plotsOf(rows);
        if (last_ms !== null && span.live && at_ms - last_ms > LONGEST_GAP_MS)
            board.reload();
        if (reckon())
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
