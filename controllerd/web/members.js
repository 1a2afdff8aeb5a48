/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a group of controllers: who is alive, and how many hosts each serves. */

import {el, Keyed} from "./dom.js";
import {poll, request} from "./connection.js";
import {age, count} from "./format.js";
import {table} from "./parts.js";

const MEMBERS_MS = 5000;
const HEADINGS = [["Member"], ["Life"], ["State"], ["Last beat"], ["Hosts", "number"], ["Weight", "number"], ["Version"], ["Address"]];

function memberRow() {
    const cells = HEADINGS.map(([, kind]) => el("td", kind ? {class: kind} : {}));
    return {
        node: el("tr", {}, ...cells),
        update(row) {
            const last = row.asked === "yes" ? "this one" : `${age(row.last_beat_ms)}`;
            [row.member, row.life, row.state, last, count(row.hosts), count(row.weight), row.version, row.bus]
                .forEach((text, i) => {
                    cells[i].textContent = text;
                });
        },
    };
}

/* Returns a section that is hidden until start() is called: without a group there are none. */
export function membersPart(page, objection) {
    const body = el("tbody");
    const rows = new Keyed(body, (row) => row.member, memberRow);
    const node = el("section", {"aria-labelledby": "members"},
        el("h2", {id: "members"}, "Members of the group"), table("Members of the group", HEADINGS, body, "fold"));
    let started = false;
    node.hidden = true;
    return {
        node,
        start() {
            if (started)
                return;
            started = true;
            node.hidden = false;
            poll(MEMBERS_MS, page.signal, objection.channel(), async () => {
                rows.show(await request("members", {}, page.signal));
            });
        },
    };
}
