# SPDX-License-Identifier: Apache-2.0
"""Writes and checks the parts of pages that are generated from tables in the code."""

import json
import os
import re

TOKEN = re.compile(r'/\*.*?\*/|("(?:\\.|[^"\\])*")|(\w+|[^\s\w])', re.S)
BEGIN = re.compile(r"(<!--|;) generated: ([\w -]+?)(?: -->)?$")
EVENTS, POLICY = "controllerd/core/diagnosis/event.h", "shared/policy/policy.h"
OF_FLEET = re.compile("daqs_(host|uplink|vm|nic)_")
OF_AGENT = re.compile("daqs_agent_")


def macro(root, path, name):
    """Returns the rows of an X-macro: their arguments as text, with strings joined and unquoted."""
    with open(os.path.join(root, path)) as file:
        body = re.search(rf"#define {name}\(X\)(.*?[^\\])\n", file.read(), re.S)[1].replace("\\\n", "\n")
    rows, depth = [], 0
    for text, other in TOKEN.findall(body):
        if depth == 0 and other == "X":
            rows.append([""])
        elif depth == 1 and other == ",":
            rows[-1].append("")
        elif not (depth == 0 and other == "(" or depth == 1 and other == ")"):
            rows[-1][-1] += json.loads(text) if text else other
        depth += {"(": 1, ")": -1}.get(other, 0)
    return rows


def table(header, rows):
    """Returns the lines of a table. Text in single quotes becomes code."""
    lines = [f"| {' | '.join(header)} |", "|" + " --- |" * len(header)]
    for row in rows:
        cells = [re.sub(r"(?<!\w)'([^']+)'(?!\w)", r"`\1`", cell).replace("|", "\\|") for cell in row]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def metrics(shown, wanted):
    return table(["name", "type", "meaning"], [[f"'{m}'", *row] for m, row in shown.items() if wanted(m)])


def regions(root, known):
    """Returns {page: {name of a region: its lines}}."""
    shown = known.shown()
    of_controller, of_agent, status = (shown[what] for what in ("controller", "agent", "status"))
    counted = [(row, of_controller.get(f"daqs_controller_{row}") or of_controller.get(f"daqs_controller_{row}_total"))
               for row in status]
    return {
        "docs/configuration.md": {"modes": table(["mode", "effect"], [
            [f"'{name}'", effect] for _, _, name, effect in macro(root, POLICY, "POLICY_MODES")])},
        "docs/events.md": {"kinds of events": table(["kind", "level", "meaning"], [
            [f"'{kind}'", level.lower(), meaning] for _, kind, level, meaning in macro(root, EVENTS, "EVENT_KINDS")])},
        "docs/faq.md": {"reasons of the policy": table(["reason", "meaning"], [
            [f"`{text}`", meaning] for _, _, text, meaning in macro(root, POLICY, "POLICY_REASONS")])},
        "docs/metrics.md": {
            "metrics of the fleet": metrics(of_controller, OF_FLEET.match),
            "metrics of the controller": metrics(of_controller, lambda name: not OF_FLEET.match(name)),
            "metrics of the agent": metrics(of_agent, lambda name: True),
        },
        "docs/operating.md": {"counters": table(["counter", "counts"], [
            [f"'{row}'", metric[1]] for row, metric in counted if metric])},
    }


def renewed(path, text, tables):
    """Returns a page with its regions as they should be, and what is wrong with the present ones."""
    kept, wrong, missing = [], [], set(tables)
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        kept.append(line)
        begin = BEGIN.match(line)
        if not begin:
            continue
        here, end = [], f"{begin[1]} end{' -->' if begin[1] != ';' else ''}"
        for _, line in lines:
            if line == end:
                break
            here.append(line)
        if begin[2] not in missing:
            wrong.append(f"{path}:{number}: there is no table for '{begin[2]}'")
        there = ["", *tables.get(begin[2], []), ""]
        missing.discard(begin[2])
        differs = [i for i in range(max(len(here), len(there))) if here[i : i + 1] != there[i : i + 1]]
        if differs:
            said = "".join(there[differs[0] : differs[0] + 1])
            wrong.append(f"{path}:{number + 1 + differs[0]}: not what the code says, run tools/check-docs --write: {said}")
        kept += [*there, end]
    return "\n".join(kept) + "\n", wrong + [f"{path}: nothing is generated from '{name}'" for name in sorted(missing)]


def pages_renewed(root, known):
    """Yields (path, text, new text, what is wrong) for each page with regions."""
    for path, tables in regions(root, known).items():
        with open(os.path.join(root, path)) as file:
            text = file.read()
        yield path, text, *renewed(path, text, tables)


def check(root, known):
    for *_, wrong in pages_renewed(root, known):
        yield from wrong


def write(root, known):
    for path, text, new, _ in pages_renewed(root, known):
        if new != text:
            with open(os.path.join(root, path), "w") as file:
                file.write(new)
