import assert from "node:assert/strict";
import test from "node:test";
import * as f from "../../controllerd/web/format.js";

test("rates have four digits and SI units, as daqsctl rounds them", () => {
    const cases = [[0, "0"], [1, "1 bit/s"], [999, "999 bit/s"], [1000, "1 kbit/s"], [9345, "9.345 kbit/s"],
        [80000, "80 kbit/s"], [2.5e9, "2.5 Gbit/s"], [18585113014, "18.59 Gbit/s"], [999949999, "999.9 Mbit/s"],
        [999950000, "1 Gbit/s"], [9999500000, "10 Gbit/s"], [4e10, "40 Gbit/s"], [1e15, "1000 Tbit/s"]];
    for (const [bps, text] of cases)
        assert.equal(f.rate(bps), text);
});

test("what is not known is a dash, no limit is none, and so is no guarantee", () => {
    assert.equal(f.rate(null), "\u2013");
    assert.equal(f.limit(null), "none");
    assert.equal(f.limit(1e9), "1 Gbit/s");
    assert.equal(f.guarantee(0), "none");
    assert.equal(f.guarantee(5e9), "5 Gbit/s");
});

test("bytes", () => {
    assert.equal(f.bytes(0), "0 B");
    assert.equal(f.bytes(2325462266), "2.325 GB");
    assert.equal(f.bytes(null), "\u2013");
});

test("shares: little is not nothing, nearly all is not all", () => {
    assert.equal(f.share(0, 100), "0 %");
    assert.equal(f.share(1, 1000), "< 1 %");
    assert.equal(f.share(999, 1000), "99 %");
    assert.equal(f.share(1000, 1000), "100 %");
    assert.equal(f.share(1046, 1000), "105 %");
    assert.equal(f.share(5, 0), "\u2013");
    assert.equal(f.share(5, null), "\u2013");
});

test("attainment is cut, not rounded", () => {
    assert.equal(f.attainment(100), "100 %");
    assert.equal(f.attainment(99.9999), "99.999 %");
    assert.equal(f.attainment(0), "0.000 %");
    assert.equal(f.attainment(null), "\u2013");
});

test("durations name two units", () => {
    const cases = [[0, "0 s"], [59, "59 s"], [60, "1 min"], [3661, "1 h 1 min"], [3601, "1 h"], [86400 * 2 + 3600, "2 d 1 h"]];
    for (const [seconds, text] of cases)
        assert.equal(f.duration(seconds), text);
    assert.equal(f.duration(null), "\u2013");
});

test("ages", () => {
    assert.equal(f.age(null), "never");
    assert.equal(f.age(128), "128 ms ago");
    assert.equal(f.age(65000), "1 min 5 s ago");
    assert.equal(f.lastReport({last_report_ms: 128, away_since: null}, 0), "128 ms ago");
    assert.equal(f.lastReport({last_report_ms: null, away_since: null}, 0), "never");
    assert.equal(f.lastReport({last_report_ms: null, away_since: "2026-11-30T07:00:00.000Z"},
        Date.parse("2026-11-30T07:01:05Z")), "none for 1 min 5 s");
});

test("times are UTC, whatever the zone", () => {
    assert.equal(f.time("2026-11-28T02:53:28.999Z"), "2026-11-28 02:53:28");
    assert.equal(f.clock("2026-11-28T02:53:28Z"), "02:53:28");
    assert.equal(f.time(null), "\u2013");
    assert.equal(f.clock(null), "\u2013");
    assert.equal(f.time("nonsense"), "\u2013");
});

test("counts", () => {
    assert.equal(f.count(1234567), "1\u202f234\u202f567");
    assert.equal(f.several(1, "host"), "1 host");
    assert.equal(f.several(0, "host"), "0 hosts");
});
