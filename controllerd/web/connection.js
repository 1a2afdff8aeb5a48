/* SPDX-License-Identifier: Apache-2.0 */
/* Sends requests to the controller, polls it, and shows when it does not answer. */

import {clock, several, time} from "./format.js";
import {query} from "./route.js";
import {setText} from "./dom.js";

const TIMEOUT_MS = 15000;
const TIMEOUT_DATABASE_MS = 180000; /* a report of a large fleet over a long span takes long */
const DATABASE = ["audit", "events", "history", "report"];
const GATEWAY_ERRORS = [502, 504]; /* a proxy's statuses for no answer */
const SHORTEST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 5000;

/* The controller answered with an error. The message is for the user. */
export class Refused extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

let answered_ms = null; /* by the browser's clock */
let ahead_ms = 0;       /* how far the controller's clock is ahead of the browser's */

/* Returns the controller's time. */
export function now() {
    return Date.now() + ahead_ms;
}

/* The header has whole seconds, so differences of less than two seconds are ignored. */
function compareClocks(response) {
    const theirs = Date.parse(response.headers.get("Date") ?? "");
    const ahead = theirs + 500 - Date.now();
    ahead_ms = Number.isNaN(ahead) || Math.abs(ahead) < 2000 ? 0 : ahead;
}

function show(ok) {
    const link = document.getElementById("link");
    const alert = document.getElementById("alert");
    link.dataset.state = ok ? "ok" : "down";
    setText(link.querySelector(".mark"), ok ? "●" : "▲");
    setText(document.getElementById("link-text"), ok ? `live, ${clock(now())} UTC` : "no answer");
    const since = answered_ms === null ? "" : ` since ${time(answered_ms + ahead_ms)} UTC`;
    setText(alert, ok ? "" : `No answer from the controller${since}. The data shown is old; trying again.`);
    alert.hidden = ok;
}

async function reasonOf(response) {
    try {
        return String((await response.json()).error);
    } catch {
        return `the controller answered with status ${response.status}`;
    }
}

const left_out = new Map(); /* rows about members of a group, by what was requested */

/* Takes out of an answer what it says of members that do not answer, and shows that. */
function withoutMissing(what, answer) {
    if (!Array.isArray(answer))
        return answer;
    left_out.set(what, answer.filter((row) => row.missing_member !== undefined));
    const members = new Map([...left_out.values()].flat().map((row) => [row.missing_member, row.missing_hosts]));
    const node = document.getElementById("missing");
    setText(node, [...members].map(([member, hosts]) =>
        `${member} does not answer: its ${several(hosts, "host")} ${hosts === 1 ? "is" : "are"} missing.`).join(" "));
    node.hidden = members.size === 0;
    return left_out.get(what).length === 0 ? answer : answer.filter((row) => row.missing_member === undefined);
}

/* Returns the answer of GET /api/v1/WHAT. Throws Refused, or the error of fetch if there is no
 * answer. */
export async function request(what, params, signal) {
    signal.throwIfAborted(); /* the page was left before the request was sent */
    const timeout = new AbortController();
    const abort = () => timeout.abort();
    const timer = setTimeout(abort, DATABASE.includes(what) && params.after === undefined ? TIMEOUT_DATABASE_MS : TIMEOUT_MS);
    signal.addEventListener("abort", abort);
    try {
        const response = await fetch(`/api/v1/${what}${query(params)}`, {signal: timeout.signal, cache: "no-store"});
        if (GATEWAY_ERRORS.includes(response.status))
            throw new TypeError(`fetch: status ${response.status}`);
        const answer = response.ok ? await response.json() : null;
        compareClocks(response);
        answered_ms = Date.now();
        show(true);
        if (!response.ok)
            throw new Refused(response.status, await reasonOf(response));
        return withoutMissing(what, answer);
    } catch (error) {
        if (!(error instanceof Refused) && !signal.aborted)
            show(false);
        throw error;
    } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
    }
}

/* Runs task() at intervals of every_ms milliseconds until the signal aborts. If the task takes
 * long, it runs less often, for at most a tenth of the time. It does not run while the page is
 * hidden. Calls refused() with the controller's error message, or with null after a success. */
export function poll(every_ms, signal, refused, task) {
    let timer = null;
    let running = false;
    let failures = 0;

    async function attempt() {
        try {
            await task();
            refused(null);
            return true;
        } catch (error) {
            if (error instanceof Refused)
                refused(error.message);
            else if (!signal.aborted && !(error instanceof TypeError && /fetch/i.test(error.message)) &&
                     error.name !== "AbortError")
                console.error(error);
            return false;
        }
    }

    async function turn() {
        timer = null;
        if (signal.aborted || document.hidden)
            return;
        running = true;
        const began = performance.now();
        failures = (await attempt()) ? 0 : failures + 1;
        running = false;
        const taken = performance.now() - began;
        const retry = Math.min(SHORTEST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
        const pause = failures > 0 ? retry : Math.max(every_ms - taken, taken * 9);
        if (!signal.aborted)
            timer = setTimeout(turn, pause);
    }

    document.addEventListener("visibilitychange", () => {
        if (!document.hidden && !running && timer === null)
            turn();
    }, {signal});
    signal.addEventListener("abort", () => clearTimeout(timer));
    turn();
}
