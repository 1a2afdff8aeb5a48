# SPDX-License-Identifier: Apache-2.0
"""evaluation - turns what tests/bench/evaluate measured into figures, a table and plots.

  evaluation.py line FILE           one run, in a line
  evaluation.py report DIR DOCS     DOCS/evaluation.md and DOCS/evaluation-*.svg from all runs
"""

import os
import statistics
import sys

WINDOW_MS = 100
MBIT = 1e6
COLUMNS = {"none": "no control", "static": "static cap", "stepping": "stepping rule", "daqs": "DAQS",
           "daqs50": "DAQS, polls of 50 ms"}
# What the guaranteed VMs are entitled to, in Mbit/s: the lower of guarantee and demand.
DUE = {"A-1000": {0: 1000}, "A-1500": {0: 1500}, "A-2000": {0: 2000}, "A-3000": {0: 3000},
       "B": {0: 1000}, "less": {0: 400}, "three": {0: 500, 1: 800, 2: 1000},
       "bottleneck": {0: 1900}, "goldonoff": {0: 1500}, "beonoff": {0: 1500}, "udp": {0: 1500},
       "guests-90": {0: 90}, "guests-140": {0: 140}}
SENDERS = {"A": 2, "B": 8, "less": 2, "three": 4, "bottleneck": 4, "goldonoff": 2, "beonoff": 2,
           "udp": 3, "guests": 2}


def load(path):
    """Returns the rates in Mbit/s for each window: one list per interface, the uplink last."""
    rows = []
    for line in open(path):
        words = line.split()
        if len(words) == (len(rows[0]) if rows else len(words)):
            rows.append([float(w) for w in words])
    rates = [[] for _ in rows[0][1:]]
    at, k = rows[0][0], 0

    def counters(t):
        nonlocal k
        while k + 2 < len(rows) and rows[k + 1][0] < t:
            k += 1
        a, b = rows[k], rows[k + 1]
        part = (t - a[0]) / (b[0] - a[0])
        return [x + (y - x) * part for x, y in zip(a[1:], b[1:])]

    last = counters(at)
    while at + WINDOW_MS <= rows[-1][0]:
        at += WINDOW_MS
        now = counters(at)
        for series, x, y in zip(rates, last, now):
            series.append((y - x) * 8 / (WINDOW_MS / 1000) / MBIT)
        last = now
    return rates


def mean(series):
    return sum(series) / len(series) if series else 0.0


def figures(experiment, rates):
    due = DUE[experiment]
    half = len(rates[0]) // 2
    end = len(rates[0]) - 5
    result = {"total": mean(rates[-1][half:end]), "gold": mean(rates[0][half:end]),
              "rest": mean([sum(r) for r in zip(*[s[half:end] for s in rates[1:-1]])]),
              "broken99": 0.0, "broken95": 0.0, "reach": None}
    for vm, mbps in due.items():
        series = rates[vm]
        windows = [mean(series[w:w + 10]) for w in range(half, end - 10)]
        for percent in (99, 95):
            broken = sum(w < mbps * percent / 100 for w in windows) / len(windows) * 100
            result[f"broken{percent}"] = max(result[f"broken{percent}"], broken)
    first = next((w for w, r in enumerate(rates[0]) if r > 0.01 * due[0]), None)
    if first is not None:
        for w in range(first, end - 3):
            if mean(rates[0][w:w + 3]) >= 0.95 * due[0]:
                result["reach"] = (w - first) * WINDOW_MS
                break
    return result


def text_of(f):
    reach = "never" if f["reach"] is None else f"{f['reach']} ms"
    return (f"gold {f['gold']:.0f}, others {f['rest']:.0f}, total {f['total']:.0f} Mbit/s, "
            f"below 99 % {f['broken99']:.0f} %, 95 % after {reach}")


def gather(folder):
    runs = {}
    for name in sorted(os.listdir(folder)):
        experiment, column, rep = (name.split(".") + ["", ""])[:3]
        if experiment in DUE and column in COLUMNS:
            rates = load(os.path.join(folder, name))
            runs.setdefault(experiment, {}).setdefault(column, []).append(
                (figures(experiment, rates), rates))
    return runs


def median(runs, key):
    values = [f[key] for f, _ in runs]
    if key == "reach":
        values = [float("inf") if v is None else v for v in values]
    return statistics.median(values)


def row(runs, column, baseline):
    total = median(runs, "total")
    reach = median(runs, "reach")
    return (f"| {COLUMNS[column]} | {median(runs, 'gold'):.0f} | {median(runs, 'rest'):.0f} | "
            f"{total:.0f} | {total / baseline * 100:.1f} % | {median(runs, 'broken99'):.0f} % | "
            f"{median(runs, 'broken95'):.0f} % | "
            f"{'never' if reach == float('inf') else f'{reach:.0f} ms'} |")


HEAD = ("| | gold | others | total | of no control | 1 s windows below 99 % | below 95 % |"
        " 95 % after |\n| --- | --- | --- | --- | --- | --- | --- | --- |")

TITLES = [
    ("A-1000", "A: 1 Gbit/s (25 %) guaranteed, 1 flow against 8"),
    ("A-1500", "A: 1.5 Gbit/s (37.5 %)"), ("A-2000", "A: 2 Gbit/s (50 %)"),
    ("A-3000", "A: 3 Gbit/s (75 %)"),
    ("B", "B: 1 Gbit/s guaranteed, seven others of 2 flows join one by one"),
    ("less", "1.5 Gbit/s guaranteed, 0.4 wanted, against 8 flows"),
    ("three", "0.5, 0.8 and 1 Gbit/s guaranteed (1, 1, 4 flows), against 16 flows; worst of three"),
    ("bottleneck", "4.8 Gbit/s configured, 4 carried: 1.9 guaranteed, 1 flow against 24"),
    ("beonoff", "1.5 Gbit/s guaranteed; the others (8 flows) a second on, a second off"),
    ("goldonoff", "1.5 Gbit/s guaranteed, a second on, a second off, against 8 flows"),
    ("udp", "1.5 Gbit/s guaranteed, against 4 flows and bursts of 1.5 Gbit/s of UDP"),
    ("guests-90", "A on real guests: 90 of 200 Mbit/s (45 %) guaranteed, 1 flow against 8"),
    ("guests-140", "A on real guests: 140 Mbit/s (70 %)"),
]

COLOURS = ["#b8860b", "#1f77b4", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f"]


def smooth(series, n=3):
    return [mean(series[max(0, i - n + 1):i + 1]) for i in range(len(series))]


def plot(path, title, columns, senders, due, most):
    """Draws one panel per column and one line per VM; the axis ends at 'most' Mbit/s."""
    width, height, left, top = 420, 200, 46, 44
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + 2 * (width + left)}" '
           f'height="{top + 2 * (height + top) + 10}" font-family="sans-serif" font-size="11">',
           '<rect width="100%" height="100%" fill="white"/>',
           f'<text x="{left}" y="18" font-size="13">{title}</text>']
    for n, (column, rates) in enumerate(columns):
        x0 = left + (n % 2) * (width + left)
        y0 = top + (n // 2) * (height + top)
        seconds = len(rates[0]) / 10
        out.append(f'<text x="{x0}" y="{y0 - 6}">{COLUMNS[column]}</text>')
        for g in range(0, most + 1, most // 4):
            y = y0 + height - g / most * height
            out.append(f'<line x1="{x0}" x2="{x0 + width}" y1="{y:.1f}" y2="{y:.1f}" '
                       f'stroke="#ddd"/><text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end">'
                       f'{g}</text>')
        y = y0 + height - due / most * height
        out.append(f'<line x1="{x0}" x2="{x0 + width}" y1="{y:.1f}" y2="{y:.1f}" '
                   f'stroke="{COLOURS[0]}" stroke-dasharray="5 4"/>')
        for vm in reversed(range(senders)):
            points = " ".join(
                f"{x0 + i / 10 / seconds * width:.1f},"
                f"{y0 + height - min(r, most) / most * height:.1f}"
                for i, r in enumerate(smooth(rates[vm])))
            out.append(f'<polyline fill="none" stroke="{COLOURS[vm]}" '
                       f'stroke-width="{2 if vm == 0 else 1.2}" points="{points}"/>')
        out.append(f'<text x="{x0 + width}" y="{y0 + height + 14}" text-anchor="end">'
                   f'{seconds:.0f} s</text>')
    out.append("</svg>")
    with open(path, "w") as file:
        file.write("\n".join(out) + "\n")


def report(folder, docs):
    runs = gather(folder)
    lines = [open(os.path.join(os.path.dirname(__file__), "evaluation_head.md")).read()]
    for experiment, title in TITLES:
        columns = runs.get(experiment)
        if not columns or "none" not in columns:
            continue
        baseline = median(columns["none"], "total")
        lines.append(f"### {title}\n\n{HEAD}")
        lines += [row(columns[c], c, baseline) for c in COLUMNS if c in columns]
        lines.append(f"\nMbit/s, medians of {len(columns['none'])} runs.\n")
        if experiment in ("A-1500", "B", "guests-140"):
            name = f"evaluation-{experiment}.svg"
            plot(os.path.join(docs, name), title + "; Mbit/s, first run; dashed: the guarantee",
                 [(c, columns[c][0][1]) for c in COLUMNS if c in columns],
                 SENDERS[experiment.split("-")[0]], DUE[experiment][0],
                 200 if experiment.startswith("guests") else 4000)
            lines.append(f"![throughput over time]({name})\n")
    with open(os.path.join(docs, "evaluation.md"), "w") as file:
        file.write("\n".join(lines))


if sys.argv[1] == "line":
    name = os.path.basename(sys.argv[2]).split(".")[0]
    print(text_of(figures(name, load(sys.argv[2]))))
else:
    report(sys.argv[2], sys.argv[3])
