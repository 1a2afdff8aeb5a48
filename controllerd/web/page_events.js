/* SPDX-License-Identifier: Apache-2.0 */
/* The page of past events, which follows new ones. */

import {Keyed, el, setText} from "./dom.js";
import {poll, now} from "./connection.js";
import {EventsFeed} from "./events_feed.js";
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
    const shown = new Keyed(body, (event) => `${event.member} ${event.id}`, eventRow);
    const more = el("p", {class: "more"}, span.error ? "" : "loading");
    const follow = el("input", {type: "checkbox", checked: span.id !== "own", disabled: span.id === "own"});
    const feed = new EventsFeed();
    const silent = objection.channel();
    let known = [];
    let loaded = false;
    let text = params.q ?? "";
    let level = Object.hasOwn(LEVELS, params.level ?? "") ? params.level ?? "" : "";

    function draw() {
        const found = filtered(level ? known.filter((event) => event.level === level) : known, text,
            ["kind", "host", "vm", "text"]);
        shown.show(found.slice(0, ROWS));
        setText(more, found.length === 0 ? (loaded ? "None." : "")
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
        if (loaded && !follow.checked)
            return;
        const fresh = await feed.next({...spanParameters(span), host: params.host}, page.signal, silent);
        const added = loaded ? fresh.length : 0;
        loaded = true;
        known = mergeEvents(known, fresh, KEPT);
        draw();
        if (added > 0)
            page.announce(`${several(added, "new event")}: ${fresh.at(-1).text}`);
    });
}
