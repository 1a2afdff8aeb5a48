/* SPDX-License-Identifier: Apache-2.0 */
/* One plot: usage, limit and guarantee of a VM on an uplink, drawn by uPlot. */

import uPlot from "./uplot.js";
import {el, setAttribute, setText} from "./dom.js";
import {clock, guarantee, limit, rate, time} from "./format.js";
import {alone, columns, sum, top} from "./series.js";
import {chip} from "./parts.js";

const HEIGHT = 168;
const DASHES = {limit: [7, 4], guarantee: [2, 3]};

function colours() {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(name).trim();
    return {usage: of("--usage"), fill: of("--usage-fill"), limit: of("--limit"), guarantee: of("--guarantee"),
        grid: of("--grid"), text: of("--text-2")};
}

function legendItem(kind) {
    const value = el("span", {class: "value"});
    return {node: el("li", {title: kind === "limit" ? "\u2191: above what the plot shows" : null},
        el("span", {class: `swatch ${kind}`}), `${kind} `, value), value};
}

/* plot: of plotsOf(). past: the span ends before now, so the values below the plot are its last
 * ones. */
export class Plot {
    constructor(plot, withUplink, past) {
        this.past = past;
        this.rows = plot.rows;
        this.key = plot.key;
        this.vm = plot.vm;
        this.uplink = plot.uplink;
        this.bounds = {from: 0, to: 1};
        this.most = 1000;
        this.data = [[], [], [], []];
        this.chart = null;
        this.state = chip();
        this.item = Object.fromEntries(["usage", "limit", "guarantee"].map((kind) => [kind, legendItem(kind)]));
        this.when = el("span", {class: "when"});
        this.canvas = el("div", {class: "canvas", role: "img"});
        this.none = el("p", {class: "none quiet"}, "loading");
        this.node = el("article", {class: "plot", "data-vm": plot.vm, "data-uplink": plot.uplink},
            el("header", {}, el("h3", {class: "name"}, plot.vm),
                withUplink ? el("span", {class: "quiet"}, plot.uplink) : null, this.when, this.state.node),
            el("div", {class: "frame"}, this.canvas, this.none),
            el("ul", {class: "legend"}, ...Object.values(this.item).map((item) => item.node)));
        this.resized = new ResizeObserver(() => {
            if (this.chart && this.canvas.clientWidth > 0 && this.chart.width !== this.canvas.clientWidth)
                this.chart.setSize({width: this.canvas.clientWidth, height: HEIGHT});
        });
        this.resized.observe(this.canvas);
    }

    free() {
        this.resized.disconnect();
        this.chart?.destroy();
        this.node.remove();
    }

    /* Draws the plot again with the colours of the new theme. */
    repaint() {
        this.chart?.destroy();
        this.chart = null;
        this.draw();
    }

    options() {
        const colour = colours();
        const axis = {stroke: colour.text, grid: {stroke: colour.grid, width: 1},
            ticks: {stroke: colour.grid, width: 1, size: 4}, font: "11px system-ui, sans-serif"};
        const points = {show: false, size: 5, filter: (u, i) => alone(u.data[i])};
        const steps = uPlot.paths.stepped({align: 1});
        const days = this.bounds.to - this.bounds.from > 86400 * 2;
        return {
            width: this.canvas.clientWidth || 300,
            height: HEIGHT,
            padding: [8, 8, 0, 0],
            tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
            legend: {show: false},
            cursor: {sync: {key: "host"}, drag: {x: false, y: false}, y: false, points: {size: 6}},
            scales: {x: {time: true, range: () => [this.bounds.from, this.bounds.to]}, y: {range: () => [0, this.most]}},
            axes: [
                {...axis, size: 26, space: 70, values: (_, ticks) => ticks.map((at) =>
                    (days ? time(at * 1000).slice(5, 10) : clock(at * 1000).slice(0, 5)))},
                {...axis, size: 66, space: 32, values: (_, ticks) => ticks.map((bps) => rate(bps).replace("/s", ""))},
            ],
            series: [
                {},
                {stroke: colour.limit, width: 1.25, dash: DASHES.limit, paths: steps, points},
                {stroke: colour.usage, width: 1.5, fill: colour.fill, points},
                {stroke: colour.guarantee, width: 2, dash: DASHES.guarantee, paths: steps, points},
            ],
            hooks: {setCursor: [() => this.showValues()]},
        };
    }

    draw() {
        if (this.chart === null)
            this.chart = new uPlot(this.options(), this.data, this.canvas);
        else
            this.chart.setData(this.data);
        this.showValues();
    }

    /* bounds: seconds since 1970. */
    show(series, bounds, plot) {
        this.bounds = bounds;
        this.rows = plot.rows;
        this.data = columns(series);
        this.most = top(series);
        setText(this.none, "Nothing was measured in this span.");
        this.none.hidden = series.time.length > 0;
        this.state.update(worst(plot.rows));
        this.draw();
    }

    /* Shows the values under the cursor; without a cursor the current ones, or the last ones of a
     * past span. */
    showValues() {
        const [times, limits, usage, min] = this.data;
        const under = this.chart?.cursor.idx;
        const here = under !== null && under !== undefined && this.chart.cursor.left >= 0;
        const at = here && under < times.length ? under : times.length - 1;
        const value = here || this.past
            ? {known: at >= 0, usage: usage[at], limit: limits[at], min: min[at]}
            : {known: true, ...sum(this.rows), min: this.rows[0].min_bps};
        const text = {
            usage: rate(value.usage),
            limit: !value.known || value.usage === null ? "\u2013" : limit(value.limit) + (value.limit > this.most ? " \u2191" : ""),
            guarantee: value.known ? guarantee(value.min) : "\u2013",
        };
        for (const [kind, item] of Object.entries(this.item))
            setText(item.value, text[kind]);
        setText(this.when, here ? `${time(times[at] * 1000)} UTC` : "");
        if (!here)
            setAttribute(this.canvas, "aria-label",
                `${this.vm} on ${this.uplink}: usage ${text.usage}, limit ${text.limit}, guarantee ${text.guarantee}`);
    }
}

/* Returns the worst state of a VM's nics. */
const ORDER = ["tampered", "unresponsive", "unmanaged", "away", "frozen", "busy", "waiting", "capped", "ok"];
export function worst(rows) {
    return ORDER.find((state) => rows.some((row) => row.state === state)) ?? rows[0].state;
}
