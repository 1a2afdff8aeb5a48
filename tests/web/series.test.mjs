import assert from "node:assert/strict";
import test from "node:test";
import {alone, append, columns, empty, fromHistory, guaranteeAt, join, stepOf, top, trim} from "../../controllerd/web/series.js";

const at = (second) => new Date(Date.UTC(2026, 10, 28) + second * 1000).toISOString();
const zero = Date.UTC(2026, 10, 28) / 1000;
const row = (second, nic, usage_bps, limit_bps) => ({time: at(second), nic, usage_bps, limit_bps});
const nic = (usage_bps, limit_bps, min_bps = 0) => ({usage_bps, limit_bps, min_bps});
const none = () => 0;

test("history of several nics adds up; the limit only if all have one", () => {
    const rows = [row(1, "a", 10, 100), row(1, "b", 5, 50), row(1, "other", 7, 7), row(2, "a", 1, 100), row(2, "b", 2, null)];
    assert.deepEqual(fromHistory(rows, (name) => name !== "other", (time) => time - zero),
        {time: [zero + 1, zero + 2], usage: [15, 3], limit: [150, null], min: [1, 2]});
    assert.deepEqual(fromHistory([], () => true, none), empty());
});

test("what is not known is not zero", () => {
    const series = empty();
    append(series, 1, [nic(null, null), nic(null, 5)]);
    append(series, 2, [nic(null, null), nic(4, null)]);
    assert.deepEqual(series.usage, [null, 4]);
});

test("a point is appended once, and never before another", () => {
    const series = empty();
    append(series, 5, [nic(1, null, 7)]);
    append(series, 5, [nic(2, null)]);
    append(series, 4, [nic(3, null)]);
    append(series, 6, []);
    assert.deepEqual(series, {time: [5], usage: [1], limit: [null], min: [7]});
});

test("live goes on where history ends", () => {
    const history = {time: [1, 2, 3], usage: [10, 20, 30], limit: [null, null, null], min: [0, 0, 0]};
    const live = {time: [2.5, 3, 3.5, 4.5], usage: [0, 0, 35, 45], limit: [1, 1, 1, 1], min: [9, 9, 9, 9]};
    assert.deepEqual(join(history, live),
        {time: [1, 2, 3, 3.5, 4.5], usage: [10, 20, 30, 35, 45], limit: [null, null, null, 1, 1], min: [0, 0, 0, 9, 9]});
    assert.deepEqual(join(empty(), live), live);
    assert.deepEqual(join(history, empty()), history);
    assert.deepEqual(join(history, {time: [1], usage: [1], limit: [1], min: [1]}), history);
});

test("what has left the span is forgotten", () => {
    const series = {time: [1, 2, 3], usage: [1, 2, 3], limit: [4, 5, 6], min: [7, 8, 9]};
    trim(series, 2);
    assert.deepEqual(series, {time: [2, 3], usage: [2, 3], limit: [5, 6], min: [8, 9]});
    trim(series, 9);
    assert.deepEqual(series, empty());
});

test("a gap is a gap", () => {
    const series = {time: [0, 1, 2, 60, 61], usage: [1, 1, 1, 1, 1], limit: [2, 2, 2, 2, 2], min: [5, 5, 0, 5, 6]};
    const [time, limit, usage, guarantee] = columns(series);
    assert.deepEqual(time, [0, 1, 2, 31, 60, 61]);
    assert.deepEqual(usage, [1, 1, 1, null, 1, 1]);
    assert.deepEqual(limit, [2, 2, 2, null, 2, 2]);
    assert.deepEqual(guarantee, [5, 5, null, null, 5, 6]);
});

test("coarse history is none", () => {
    const time = [0, 900, 1800, 2700];
    assert.equal(stepOf({time}), 900);
    assert.equal(columns({time, usage: [1, 1, 1, 1], limit: [1, 1, 1, 1], min: [0, 0, 0, 0]})[0].length, 4);
});

test("a limit far above the rest does not flatten it", () => {
    const series = {time: [1], usage: [100], limit: [150], min: [0]};
    assert.ok(Math.abs(top(series) - 165) < 1e-6);
    series.limit = [1000];
    assert.ok(Math.abs(top(series) - 110) < 1e-6);
    series.min = [600];
    assert.ok(Math.abs(top(series) - 1100) < 1e-6);
    assert.ok(top(empty()) > 0);
});

test("a guarantee is what it was, before each change", () => {
    const change = (second, old_min_bps) => ({time: at(second), old_min_bps});
    const min = guaranteeAt([change(10, null), change(20, 5), change(30, 0)], 8);
    assert.deepEqual([5, 10, 15, 20, 29, 30, 99].map((second) => min(zero + second)), [0, 5, 5, 0, 0, 8, 8]);
    assert.equal(guaranteeAt([], 8)(zero), 8);
});

test("a value with nothing on either side is a point of its own", () => {
    assert.deepEqual(alone([5, null, 1, 1, null, 0]), [0, 5]);
    assert.equal(alone([1, 1, null, null]), null);
    assert.deepEqual(alone([7]), [0]);
    assert.equal(alone([]), null);
});
