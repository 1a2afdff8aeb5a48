/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet at a glance: totals, the most important uplinks, and recent warnings. */

import {Keyed, el, setText} from "./dom.js";
import {request, now, poll} from "./connection.js";
import {EventsFeed} from "./events_feed.js";
import {count, guarantee, lastReport, rate, several, share} from "./format.js";
import {ORDERS, filtered, guaranteesNow, mergeEvents, repeated, since, sorted, totals, troubled} from "./fleet_model.js";
import {format} from "./route.js";
import {membersPart} from "./members.js";
import {problemsPart} from "./problems.js";
import {EVENT_HEADINGS, chip, choice, complaint, eventRow, filterBox, loadBar, settings, table} from "./parts.js";

const HOSTS_MS = 2000;
const EVENTS_MS = 2000;
const WARNINGS = 5;
const WARNINGS_KEPT = 2000;
const WARNINGS_MS = 3600000;
const ROWS = 100;

function tile(label) {
    const value = el("dd", {class: "value"}, "\u2013");
    const note = el("dd", {class: "note"}, "");
    return {node: el("div", {class: "tile"}, el("dt", {}, label), value, note), value, note};
}

function hostRow(first) {
    const state = chip();
    const set = settings();
    const bar = loadBar();
    const part = el("span", {class: "share"});
    const missed = el("span", {class: "chip", "data-kind": "bad"});
    const cell = Object.fromEntries(["usage", "capacity", "guaranteed", "vms", "report"]
        .map((name) => [name, el("td", {class: "number"})]));
    const node = el("tr", {"data-host": first.host, "data-uplink": first.uplink},
        el("th", {scope: "row"}, el("a", {class: "name", href: format({page: "host", host: first.host})}, first.host)),
        el("td", {}, first.uplink ?? "\u2013"), el("td", {}, state.node, " ", missed, " ", set.node),
        el("td", {class: "loading"}, bar.node, part),
        cell.usage, cell.capacity, cell.guaranteed, cell.vms, cell.report);
    return {
        node,
        update(row) {
            state.update(row.state);
            set.update(row);
            missed.hidden = troubled(row) || row.missed === 0;
            setText(missed, `▲ ${several(row.missed, "guarantee")} missed`);
            bar.update(row.usage_bps, row.capacity_bps, row.guaranteed_bps);
            setText(part, troubled(row) ? "\u2013" : share(row.usage_bps, row.capacity_bps));
            setText(cell.usage, troubled(row) ? "\u2013" : rate(row.usage_bps));
            setText(cell.capacity, rate(row.capacity_bps));
            setText(cell.guaranteed, guarantee(row.guaranteed_bps));
            setText(cell.vms, row.vms === null ? "\u2013" : count(row.vms));
            setText(cell.report, lastReport(row, now()));
        },
    };
}

function totalTiles() {
    const hosts = tile("Hosts");
    const uplinks = tile("Uplink load");
    const bar = loadBar();
    const guarantees = tile("Guarantees now");
    const limits = tile("Nics limited");
    uplinks.node.append(el("dd", {}, bar.node));
    return {
        node: el("dl", {class: "tiles"}, hosts.node, uplinks.node, guarantees.node, limits.node),
        showHosts(rows, status) {
            const sum = totals(rows);
            const known = Math.max(sum.hosts, Number(status.hosts));
            const up = Number(status.hosts_up);
            const down = Math.max(known - up - sum.awayInMaintenance, 0);
            setText(hosts.value, `${count(up)} up`);
            setText(hosts.note, (down > 0 ? `▲ ${count(down)} down` : "none down") +
                (sum.maintenance > 0 ? `, ${count(sum.maintenance)} in maintenance` : ""));
            hosts.node.dataset.kind = down > 0 ? "bad" : "good";
            setText(uplinks.value, share(sum.usage, sum.capacity));
            setText(uplinks.note, sum.uplinks === 0 ? "no uplink is known yet" : `${rate(sum.usage)} of ${rate(sum.capacity)}; guaranteed: ${guarantee(sum.guaranteed)}`);
            bar.update(sum.usage, sum.capacity, sum.guaranteed);
            const slas = Number(status.slas);
            const state = guaranteesNow(sum.missed, Number(status.guarantees_unknown), slas);
            setText(guarantees.value, state.text);
            setText(guarantees.note, slas > 0 ? `of ${several(slas, "SLA")}` : "no SLA has been set yet");
            guarantees.node.dataset.kind = state.kind;
            setText(limits.value, count(Number(status.nics_limited)));
            setText(limits.note, `of ${several(Number(status.nics), "nic")} of ${several(Number(status.vms), "VM")}`);
        },
    };
}

function warningsPart(page, objection) {
    const body = el("tbody");
    const none = el("p", {class: "quiet"}, "None in the last hour.");
    const rows = new Keyed(body, (event) => `${event.member} ${event.id} ${event.times}`, eventRow);
    const list = table("Warnings of the last hour", EVENT_HEADINGS, body, "fold");
    const feed = new EventsFeed();
    const silent = objection.channel();
    let known = [];
    list.hidden = true;
    poll(EVENTS_MS, page.signal, objection.channel(), async () => {
        const fresh = await feed.next({since: "1h"}, page.signal, silent);
        known = since(mergeEvents(known, fresh.filter((event) => event.level === "warning"), WARNINGS_KEPT), now() - WARNINGS_MS);
        rows.show(repeated(known).slice(0, WARNINGS));
        list.hidden = known.length === 0;
        none.hidden = known.length > 0;
    });
    return el("section", {"aria-labelledby": "warnings"},
        el("div", {class: "head"}, el("h2", {id: "warnings"}, "Recent warnings"),
            el("a", {href: "#/events?level=warning"}, "all events")), none, list);
}

/* Selects and sorts the rows to show. While the pointer or the focus is in the list, rows keep
 * their positions. */
function uplinkList(page) {
    const body = el("tbody");
    const shown = new Keyed(body, (row) => `${row.host}\n${row.uplink}`, hostRow);
    const more = el("p", {class: "more"});
    const moreText = el("span");
    const moreButton = el("button", {type: "button", on: {click: () => {
        state.most += ROWS;
        state.show(true);
    }}}, `Show ${ROWS} more`);
    more.append(moreText, " ", moreButton);
    const state = {
        rows: [], text: page.route.params.q ?? "", order: page.route.params.sort ?? "matters",
        most: ROWS, places: [],
        node: el("div", {}, table("Uplinks of the fleet", [["Host"], ["Uplink"], ["State"], ["Load"],
            ["Usage", "number"], ["Capacity", "number"], ["Guaranteed", "number"], ["VMs", "number"],
            ["Last report", "number"]], body), more),
        show(again) {
            const found = filtered(this.rows, this.text, ["host", "uplink", "state"]);
            const byKey = new Map(found.map((row) => [`${row.host}\n${row.uplink}`, row]));
            const used = body.matches(":hover, :focus-within") && this.places.length > 0;
            if (again || !used)
                this.places = sorted(found, this.order).slice(0, this.most)
                    .map((row) => `${row.host}\n${row.uplink}`);
            const rows = this.places.filter((key) => byKey.has(key)).map((key) => byKey.get(key));
            shown.show(rows);
            const left = found.length - rows.length;
            const all = found.length < this.rows.length ? ` of ${count(this.rows.length)}` : "";
            setText(moreText, this.rows.length === 0 ? "No host is known yet. Start an agent on one; daqsctl peers lists keys that are not enrolled yet."
                : found.length === 0 ? "No uplink has that in its host, name or state."
                : left > 0 ? `Shown are ${count(rows.length)}; ${count(left)} more. The filter finds them.`
                : `${several(found.length, "uplink")}${all}.`);
            moreButton.hidden = left === 0;
        },
    };
    return state;
}

export function fleetPage(page) {
    const tiles = totalTiles();
    const objection = complaint();
    const list = uplinkList(page);
    const keep = () => history.replaceState(null, "",
        format({page: "fleet", params: {q: list.text, sort: list.order === "matters" ? "" : list.order}}));
    const find = filterBox("Filter hosts, uplinks, states", list.text, (text) => {
        list.text = text;
        list.show(true);
        keep();
    });
    const order = choice("by", ORDERS, list.order, (value) => {
        list.order = value;
        list.show(true);
        keep();
    });
    const key = el("p", {class: "key"}, el("span", {class: "swatch usage"}), "usage",
        el("span", {class: "swatch guaranteed"}), "guaranteed, of the capacity");
    const failing = el("p", {class: "complaint", role: "status"});
    const members = membersPart(page, objection);
    failing.hidden = true;
    page.main.append(el("h1", {tabindex: "-1", class: "unseen"}, "Fleet"), objection.node, failing, tiles.node,
        problemsPart(page, objection), members.node, warningsPart(page, objection),
        el("section", {"aria-labelledby": "uplinks"},
            el("div", {class: "head"}, el("h2", {id: "uplinks"}, "Hosts and uplinks"), key,
                el("div", {class: "tools"}, find, order)),
            list.node));
    poll(HOSTS_MS, page.signal, objection.channel(), async () => {
        const [rows, status] = await Promise.all([request("hosts", {}, page.signal), request("status", {}, page.signal)]);
        list.rows = rows;
        list.show(false);
        const figures = Object.fromEntries(status.map(({name, value}) => [name, value]));
        tiles.showHosts(rows, figures);
        if (figures.member !== undefined)
            members.start();
        const failures = [figures.history?.startsWith("failing") ? "History is not stored." : "",
            figures.queries?.startsWith("failing") ? "The database does not answer queries." : "",
            figures.events?.startsWith("failing") ? "Events are not stored." : "",
            figures.database?.startsWith("damaged") ? "The database is damaged." : ""].filter((text) => text !== "");
        setText(failing, failures.length > 0 ? `▲ ${failures.join(" ")} The controller's log has the reason.` : "");
        failing.hidden = failures.length === 0;
    });
}
