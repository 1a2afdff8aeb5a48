import assert from "node:assert/strict";
import test from "node:test";

const members = new Map(); /* events of each, by name; null: it does not answer */
let grouped = true;

function answer(url) {
    const {pathname, searchParams} = new URL(url, "http://daqs");
    if (pathname.endsWith("/status"))
        return [{name: "hosts", value: 3}, ...(grouped ? [{name: "member", value: "c1"}] : [])];
    if (pathname.endsWith("/members"))
        return [...members.keys()].map((member) => ({member}));
    const events = members.get(searchParams.get("member") ?? "");
    return events && events.filter((event) => event.id > Number(searchParams.get("after") ?? 0));
}

const nothing = {dataset: {}, textContent: "", hidden: false, querySelector: () => nothing};
globalThis.document = {getElementById: () => nothing, hidden: false};
globalThis.fetch = async (url) => {
    const body = answer(url);
    return {ok: body !== null, status: body === null ? 503 : 200, headers: {get: () => null},
        json: async () => body ?? {error: "it is silent"}};
};
const {EventsFeed} = await import("../../controllerd/web/events_feed.js");
const {signal} = new AbortController();

function start(of) {
    members.clear();
    for (const [name, ids] of Object.entries(of))
        members.set(name, ids && ids.map((id) => ({id, kind: "x"})));
    grouped = !members.has("");
    return new EventsFeed();
}

async function next(feed) {
    let said = null;
    const events = await feed.next({since: "1h"}, signal, (text) => {
        said = text;
    });
    return [events.map((event) => `${event.member}${event.id}`), said];
}

test("each member's events come once, by its own numbers", async () => {
    const feed = start({c1: [7], c2: [1, 2]});
    assert.deepEqual(await next(feed), [["c17", "c21", "c22"], null]);
    members.get("c2").push({id: 3});
    members.get("c1").push({id: 8});
    assert.deepEqual(await next(feed), [["c18", "c23"], null]);
    assert.deepEqual(await next(feed), [[], null]);
});

test("a silent member is named, and its events come later", async () => {
    const feed = start({c1: [1], c2: null});
    assert.deepEqual(await next(feed), [["c11"], "no events of c2: it is silent"]);
    members.set("c2", [{id: 5}]);
    assert.deepEqual(await next(feed), [["c25"], null]);
});

test("a member that joins is found", async () => {
    const feed = start({c1: [1]});
    await next(feed);
    members.set("c9", [{id: 4}]);
    const seen = [];
    for (let turn = 0; turn < 10; turn++)
        seen.push(...(await next(feed))[0]);
    assert.deepEqual(seen, ["c94"]);
});

test("a controller without a group is asked alone, and its errors are errors", async () => {
    const feed = start({"": [3]});
    assert.deepEqual(await next(feed), [["3"], null]);
    members.set("", null);
    await assert.rejects(next(feed), /it is silent/);
});

test("what was heard before an error is not lost", async () => {
    const feed = start({c1: [1], c2: [1]});
    const fetched = globalThis.fetch;
    globalThis.fetch = (url) => url.includes("member=c2") ? Promise.reject(new TypeError("fetch")) : fetched(url);
    await assert.rejects(next(feed), TypeError);
    globalThis.fetch = fetched;
    assert.deepEqual(await next(feed), [["c11", "c21"], null]);
});
