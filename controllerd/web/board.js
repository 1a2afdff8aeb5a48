/* SPDX-License-Identifier: Apache-2.0 */
/* The plots of a host's page: history, continued by live measurements. */

import {el} from "./dom.js";
import {Refused, request, now} from "./connection.js";
import {spanParameters, bounds} from "./spans.js";
import {append, empty, fromHistory, guaranteeAt, join, trim} from "./series.js";
import {Plot} from "./plot.js";

const AT_ONCE = 2; /* requests for history */
const RETRY_MS = 5000;

/* Requests the history of each VM once, a few at a time. */
class HistoryReader {
    constructor(host, span, signal) {
        this.host = host;
        this.span = span;
        this.signal = signal;
        this.requested = new Map();
        this.waiting = [];
        this.running = 0;
    }

    /* Returns the changes of the VM's SLA from the start of the span until now, even past its
     * end. */
    async changes(vm) {
        this.audit ??= request("audit", {host: this.host, since: spanParameters(this.span).since}, this.signal);
        const changes = await this.audit.catch((error) => {
            this.audit = null;
            throw error;
        });
        return changes.filter((change) => change.vm === vm && change.what !== "set-policy");
    }

    rows(vm) {
        if (!this.requested.has(vm))
            this.requested.set(vm, new Promise((resolve, reject) => {
                this.waiting.push({vm, resolve, reject});
                this.next();
            }));
        return this.requested.get(vm);
    }

    /* Lets running requests finish and drops the waiting ones. */
    stop() {
        this.waiting.length = 0;
    }

    async next() {
        if (this.running >= AT_ONCE || this.waiting.length === 0)
            return;
        const {vm, resolve, reject} = this.waiting.shift();
        this.running++;
        try {
            resolve(await request("history", {host: this.host, vm, ...spanParameters(this.span), step: this.span.step}, this.signal));
        } catch (error) {
            this.requested.delete(vm);
            reject(error);
        } finally {
            this.running--;
            this.next();
        }
    }
}

/* The shown plots, with their history and what was measured since. */
export class Board {
    constructor(host, span, signal, complain) {
        this.host = host;
        this.span = span;
        this.signal = signal;
        this.complain = complain;
        this.node = el("div", {class: "plots"});
        this.shown = new Map(); /* key: {view, plot, history, live} */
        this.read = new HistoryReader(host, span, signal);
    }

    /* Shows these plots (of plotsOf()), in this order. */
    choose(plots, withUplink) {
        const wanted = new Set(plots.map((plot) => plot.key));
        for (const [key, entry] of this.shown)
            if (!wanted.has(key)) {
                entry.view.free();
                this.shown.delete(key);
            }
        for (const plot of plots)
            if (!this.shown.has(plot.key)) {
                const entry = {view: new Plot(plot, withUplink, this.span.id === "own"), plot, history: null, live: empty()};
                this.shown.set(plot.key, entry);
                this.load(entry);
            }
        this.node.replaceChildren(...plots.map((plot) => this.shown.get(plot.key).view.node));
    }

    /* Returns true if the answer is still needed. */
    wants(entry, read) {
        return !this.signal.aborted && read === this.read && this.shown.get(entry.plot.key) === entry;
    }

    async load(entry) {
        const {read} = this;
        const {vm} = entry.plot;
        try {
            const [rows, changes] = await Promise.all([read.rows(vm), read.changes(vm)]);
            if (!this.wants(entry, read))
                return;
            const mine = new Set(entry.plot.rows.map((row) => row.nic));
            entry.history = fromHistory(rows, (nic) => mine.has(nic), guaranteeAt(changes, entry.plot.rows[0].min_bps));
            this.draw(entry);
            this.complain(null);
        } catch (error) {
            if (!this.wants(entry, read))
                return;
            if (error instanceof Refused)
                this.complain(error.message);
            entry.history ??= empty();
            setTimeout(() => this.wants(entry, read) && this.load(entry), RETRY_MS);
        }
    }

    /* Requests the history of all plots again. */
    reload() {
        this.read.stop();
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

    /* Adds a measurement to the plots. plots: of plotsOf(), measured at at_ms. */
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
        this.read.stop();
        for (const entry of this.shown.values())
            entry.view.free();
    }
}
