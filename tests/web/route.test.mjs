import assert from "node:assert/strict";
import test from "node:test";
import {format, parse, query} from "../../controllerd/web/route.js";
import {spanParameters, bounds, moment, spanOf} from "../../controllerd/web/spans.js";

const NAMES = ["node1", "a/b?c#d&e=f%", "<img src=x onerror=alert(1)>", "\u00fcber \u{1f600}", "..", "x".repeat(255)];

test("what is written is read back, whatever the name", () => {
    for (const host of NAMES)
        for (const params of [{}, {span: "1h"}, {q: host}]) {
            const route = {page: "host", host, params};
            assert.deepEqual(parse(format(route)), route);
        }
    assert.deepEqual(parse(format({page: "events", params: {host: NAMES[1]}})).params, {host: NAMES[1]});
});

test("the fleet, by default", () => {
    for (const hash of ["", "#", "#/"])
        assert.equal(parse(hash).page, "fleet");
    assert.deepEqual(parse("#/?q=node&sort=load").params, {q: "node", sort: "load"});
});

test("what is no page is none", () => {
    for (const hash of ["#/nothing", "#/host", "#/host/", "#/host/a/b", "#/host/%ff", "#/report/x", "#/__proto__"])
        assert.equal(parse(hash).page, "unknown");
    assert.equal(parse("#main"), null);
});

test("a query without what is empty", () => {
    assert.equal(query({a: "", b: null, c: undefined}), "");
    assert.equal(query({a: "x y", after: 0}), "?a=x%20y&after=0");
});

test("spans by their names", () => {
    assert.equal(spanOf({}).id, "15m");
    assert.equal(spanOf({}, "24h").id, "24h");
    assert.equal(spanOf({span: "7d"}).seconds, 604800);
    assert.match(spanOf({span: "13 weeks"}).error, /13 weeks/);
    assert.deepEqual(spanParameters(spanOf({span: "1h"})), {since: "1h"});
});

test("spans of one's own", () => {
    const span = spanOf({since: "2026-11-28T02:00", until: "2026-11-28T03:00"});
    assert.equal(span.error, null);
    assert.equal(span.seconds, 3600);
    assert.deepEqual(spanParameters(span), {since: "2026-11-28T02:00", until: "2026-11-28T03:00"});
    assert.deepEqual(bounds(span, 0), {from: Date.UTC(2026, 10, 28, 2), to: Date.UTC(2026, 10, 28, 3)});
    assert.match(spanOf({since: "2026-11-28T02:00"}).error, /both/);
    assert.match(spanOf({since: "2026-11-28T03:00", until: "2026-11-28T02:00"}).error, /ends before/);
    assert.match(spanOf({since: "yesterday", until: "now"}).error, /both/);
});

test("moments are UTC", () => {
    assert.equal(moment("2026-11-28T02:53"), Date.UTC(2026, 10, 28, 2, 53));
    assert.equal(moment("2026-13-28T02:53"), null);
    assert.equal(moment("2026-11-28"), null);
    assert.equal(moment(undefined), null);
});
