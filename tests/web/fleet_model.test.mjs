import assert from "node:assert/strict";
import test from "node:test";
import * as m from "../../controllerd/web/fleet_model.js";

const uplink = (host, more = {}) => ({host, state: "up", uplink: "up0", capacity_bps: 100, usage_bps: 0, guaranteed_bps: 0, guaranteed_wire_bps: 0, vms: 1,
    last_report_ms: 5, missed: 0, ...more});
const sla = (vm, more = {}) => ({host: "h", vm, attainment_percent: null, met_s: 0, missed_s: 0, idle_s: 0, unknown_s: 0,
    tx_bytes: 1, rx_bytes: 2, ...more});

test("totals leave out what is not heard of", () => {
    const rows = [uplink("a", {usage_bps: 10, missed: 2}), uplink("a", {uplink: "up1", usage_bps: 20, guaranteed_bps: 5, missed: 1}),
        uplink("b", {state: "away", usage_bps: 0, maintenance: "2026-11-30T12:00:00Z"}),
        uplink("c", {capacity_bps: null, maintenance: "2026-11-30T12:00:00Z"})];
    assert.deepEqual(m.totals(rows), {hosts: 3, up: 2, maintenance: 2, awayInMaintenance: 1, uplinks: 4, usage: 30, capacity: 200, guaranteed: 5, missed: 3});
    assert.equal(m.totals([]).hosts, 0);
    const bare = uplink("d", {state: "away", uplink: null, capacity_bps: null, usage_bps: null, vms: null, missed: null});
    assert.deepEqual(m.totals([bare]), {hosts: 1, up: 0, maintenance: 0, awayInMaintenance: 0, uplinks: 0, usage: 0, capacity: 0, guaranteed: 0, missed: 0});
});

test("guarantees of hosts that are not heard of are unknown, not kept", () => {
    assert.deepEqual(m.guaranteesNow(0, 0, 3), {text: "none missed", kind: "good"});
    assert.deepEqual(m.guaranteesNow(0, 2, 3), {text: "▲ 2 unknown", kind: "bad"});
    assert.deepEqual(m.guaranteesNow(1, 2, 3), {text: "▲ 1 missed, 2 unknown", kind: "bad"});
    assert.deepEqual(m.guaranteesNow(0, 0, 0), {text: "\u2013", kind: "quiet"});
});

test("a VM of which only the SLA is known has no plot", () => {
    assert.deepEqual(m.plotsOf([{vm: "db1", nic: null, uplink: null, state: "away", usage_bps: null, min_bps: 5}]), []);
});

test("trouble first, then missed guarantees, then the fullest, then by name", () => {
    const rows = [uplink("d"), uplink("c"), uplink("full", {usage_bps: 90}), uplink("missing", {missed: 1}), uplink("away", {state: "away"}),
        uplink("sold", {guaranteed_bps: 96, guaranteed_wire_bps: 101})];
    assert.deepEqual(m.sorted(rows, "matters").map((row) => row.host),
        ["away", "missing", "sold", "full", "c", "d"]);
    const muted = rows.map((row) => row.host === "away" ? {...row, maintenance: "2026-11-30T12:00:00Z"} : row);
    assert.equal(m.sorted(muted, "matters")[0].host, "missing");
    assert.equal(m.sorted(rows, "load")[0].host, "full");
    assert.equal(m.sorted(rows, "name")[0].host, "away");
    assert.equal(m.sorted(rows, "guaranteed")[0].host, "sold");
    assert.equal(m.sorted(rows, "nonsense")[0].host, "away");
    assert.equal(m.sorted(rows, "constructor")[0].host, "away");
    assert.equal(rows[0].host, "d");
});

test("a filter wants every word, somewhere, whatever the case", () => {
    const rows = [uplink("Node1"), uplink("node2", {state: "away"}), uplink("other", {uplink: "node9"})];
    const find = (text) => m.filtered(rows, text, ["host", "uplink", "state"]).map((row) => row.host);
    assert.deepEqual(find("NODE"), ["Node1", "node2", "other"]);
    assert.deepEqual(find("node away"), ["node2"]);
    assert.deepEqual(find("  "), ["Node1", "node2", "other"]);
    assert.deepEqual(find("(.*"), []);
});

test("a hundred thousand uplinks are sorted and found quickly", () => {
    const rows = Array.from({length: 100000}, (_, i) => uplink(`host${i}`, {usage_bps: (i * 7919) % 100}));
    const began = performance.now();
    const found = m.sorted(m.filtered(rows, "host9", ["host", "uplink", "state"]), "matters");
    assert.equal(found.length, 11111);
    assert.ok(performance.now() - began < 5000);
});

test("the worst of a report first", () => {
    const report = [sla("none"), sla("idle", {idle_s: 5}), sla("good", {attainment_percent: 100, met_s: 1}),
        sla("bad", {attainment_percent: 50, met_s: 1, missed_s: 1})];
    assert.deepEqual(m.worstFirst(report).map((row) => row.vm), ["bad", "good", "idle", "none"]);
});

test("attainment over all", () => {
    const total = m.reportTotals([sla("a", {met_s: 3, missed_s: 1, attainment_percent: 75}), sla("b", {met_s: 4, attainment_percent: 100}), sla("c")]);
    assert.equal(total.attainment, 87.5);
    assert.equal(total.guaranteed, 2);
    assert.equal(total.missing, 1);
    assert.equal(total.sent, 3);
    assert.equal(m.reportTotals([]).attainment, null);
});

test("a plot for each VM and uplink, guaranteed ones first", () => {
    const nic = (vm, uplinkName, usage_bps, min_bps) => ({vm, uplink: uplinkName, nic: `${vm}${uplinkName}${usage_bps}`, usage_bps, min_bps});
    const plots = m.plotsOf([nic("busy", "up0", 9, 0), nic("two", "up0", 1, 0), nic("two", "up0", 2, 0), nic("two", "up1", 4, 0),
        nic("db", "up0", 0, 5), nic("gone", "up0", null, 0)]);
    assert.deepEqual(plots.map((plot) => `${plot.vm}/${plot.uplink}/${plot.rows.length}`),
        ["db/up0/1", "busy/up0/1", "two/up1/1", "two/up0/2", "gone/up0/1"]);
});

test("a VF that nobody watches has no plot", () => {
    assert.equal(m.plotsOf([{vm: "web1", uplink: "up0", usage_bps: 1, min_bps: 0, state: "ok"},
        {vm: "web1", uplink: "ens2", usage_bps: null, min_bps: null, state: "unwatched"}]).length, 1);
});

test("names that look alike when put together are different plots", () => {
    assert.equal(m.plotsOf([{vm: "a", uplink: "b\nc", min_bps: 0}, {vm: "a\nb", uplink: "c", min_bps: 0}]).length, 2);
});

test("what was again and again is one event, its newest, with how many times", () => {
    const event = (id, kind, host, vm) => ({id, kind, host, vm});
    assert.deepEqual(m.repeated([event(5, "a", "h", "v"), event(4, "a", "h", "w"), event(3, "a", "h", "v"), event(2, "b", "h", "v")])
        .map(({id, times}) => [id, times]), [[5, 2], [4, 1], [2, 1]]);
    assert.equal(m.repeated([event(2, "a", "b\nc", "d"), event(1, "a", "b", "c\nd")]).length, 2);
});

test("what was too long ago is left out", () => {
    const events = [{time: "2026-11-28T02:00:00Z"}, {time: "2026-11-28T01:00:00Z"}, {time: "2026-11-28T00:59:59Z"}];
    assert.equal(m.since(events, Date.parse("2026-11-28T01:00:00Z")).length, 2);
});

test("events: newest first, and not more than asked for", () => {
    const event = (id, time, member = "c1") => ({id, time, member});
    const one = event(1, "2026-11-28T01:00:00Z");
    const two = event(2, "2026-11-28T01:00:00Z");
    const other = event(900, "2026-11-28T00:59:59Z", "c2");
    const late = event(3, "2026-11-28T00:30:00Z");
    const known = m.mergeEvents([], [one, two, other], 10);
    assert.deepEqual(known, [two, one, other]);
    assert.deepEqual(m.mergeEvents(known, [late], 10), [late, two, one, other]);
    assert.deepEqual(m.mergeEvents(known, [late], 2), [late, two]);
    assert.deepEqual(m.mergeEvents(known, [], 10), known);
});
