/* SPDX-License-Identifier: Apache-2.0 */
/* Shows the page that the address names, and switches pages when it changes. */

import {el, setText} from "./dom.js";
import {request, poll} from "./connection.js";
import {parse} from "./route.js";
import {fleetPage} from "./page_fleet.js";
import {hostPage} from "./page_host.js";
import {reportPage} from "./page_report.js";
import {eventsPage} from "./page_events.js";

const PAGES = {fleet: fleetPage, host: hostPage, report: reportPage, events: eventsPage, unknown: unknownPage};
const TITLES = {fleet: "Fleet", report: "SLA report", events: "Events", unknown: "No such page"};
const VERSION_MS = 60000;

const main = document.getElementById("main");
let leave = new AbortController();

function unknownPage(page) {
    page.main.append(el("h1", {tabindex: "-1"}, "No such page"), el("p", {}, el("a", {href: "#/"}, "To the fleet")));
}

function announce(text) {
    setText(document.getElementById("announce"), text);
}

/* first: the page was just opened, and the focus stays where the browser put it. */
function show(first) {
    const route = parse(location.hash);
    if (route === null)
        return;
    leave.abort();
    leave = new AbortController();
    main.replaceChildren();
    document.title = `${route.page === "host" ? route.host : TITLES[route.page]} \u2013 DAQS`;
    for (const link of document.querySelectorAll("nav [data-page]"))
        if (link.dataset.page === route.page || (route.page === "host" && link.dataset.page === "fleet"))
            link.setAttribute("aria-current", "page");
        else
            link.removeAttribute("aria-current");
    PAGES[route.page]({main, route, signal: leave.signal, announce});
    if (first)
        return;
    window.scrollTo(0, 0);
    main.querySelector("h1")?.focus({preventScroll: true});
}

document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
});
window.addEventListener("hashchange", () => show(false));
const always = new AbortController().signal;
poll(VERSION_MS, always, () => {}, async () => {
    const {version} = await request("version", {}, always);
    setText(document.getElementById("version"), `DAQS ${version}`);
});
show(true);
