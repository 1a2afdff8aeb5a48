/* SPDX-License-Identifier: Apache-2.0 */
/* The page of past events, which follows new ones. */

import {Keyed, el, setText} from "./dom.js";
import {request, poll, now} from "./connection.js";
import {count, several} from "./format.js";
import {filtered, mergeEvents} from "./fleet_model.js";
import {spanParameters, spanOf} from "./spans.js";
import {format} from "./route.js";
import {EVENT_HEADINGS, choice, complaint, eventRow, filterBox, pageTitle, spanPicker, table} from "./parts.js";

const FOLLOW_MS = 2000;
const ROWS = 300;
const KEPT = 20000;
const LEVELS = {"": "all", warning: "warning", info: "info"};

export function eventsPage(page) {
    const {params} = page.route;
    const span = spanOf(params, "24h");
    const objection = complaint();
    const body = el("tbody");
    const shown = new Keyed(body, (event) => event.id, eventRow);
    const more = el("p", {class: "more"}, span.error ? "" : "loading");
    const follow = el("input", {type: "checkbox", checked: span.id !== "own", disabled: span.id === "own"});
    let known = [];
    let newest = null;
    let text = params.q ?? "";
    let level = Object.hasOwn(LEVELS, params.level ?? "") ? params.level ?? "" : "";

    function draw() {
        const found = filtered(level ? known.filter((event) => event.level === level) : known, text,
            ["kind", "host", "vm", "text"]);
        shown.show(found.slice(0, ROWS));
        setText(more, found.length === 0 ? (newest === null ? "" : "None.")
            : found.length > ROWS
                ? `Shown are the newest ${count(ROWS)}; ${count(found.length - ROWS)} more. The filter finds them.`
            : `${several(found.length, "event")}.`);
    }

    function changed() {
        history.replaceState(null, "", format({page: "events", params: {...params, q: text, level}}));
        draw();
    }

    page.main.append(
        el("div", {class: "head"}, pageTitle("Events", params.host),
            spanPicker(span, page.route, now()),
            el("div", {class: "tools"}, filterBox("Filter events", text, (value) => {
                text = value;
                changed();
            }), choice("level", LEVELS, level, (value) => {
                level = value;
                changed();
            }), el("label", {class: "choice"}, follow, " follow"))),
        objection.node, table("Events, newest first", EVENT_HEADINGS, body, "fold"), more);
    if (span.error)
        return;
    poll(FOLLOW_MS, page.signal, objection.channel(), async () => {
        if (newest !== null && !follow.checked)
            return;
        const after = newest === null ? {} : {after: newest};
        const fresh = await request("events", {...spanParameters(span), ...after, host: params.host}, page.signal);
        const added = newest === null ? 0 : fresh.length;
        newest = fresh.reduce((most, event) => Math.max(most, event.id), newest ?? 0);
        known = mergeEvents(known, fresh, KEPT);
        draw();
        if (added > 0)
            page.announce(`${several(added, "new event")}: ${fresh.at(-1).text}`);
    });
}
