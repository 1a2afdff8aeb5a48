# SPDX-License-Identifier: Apache-2.0
"""Writes and checks the parts of pages that are generated from tables in the code."""

import json
import os
import re
import textwrap

from . import wire

TOKEN = re.compile(r'/\*.*?\*/|("(?:\\.|[^"\\])*")|(\w+|[^\s\w])', re.S)
BEGIN = re.compile(r"(<!--|;) generated: (.+?)(?: -->)?$")
EVENTS, POLICY, MODEL = "controllerd/core/diagnosis/event.h", "shared/policy/policy.h", "shared/base/model.h"
ALERTS = "controllerd/core/diagnosis/alert_kind.h"
KEYS = {
    "agentd.conf": ("agentd/agent_keys.h", "AGENT_KEYS", "AGENT_UPLINK_KEYS"),
    "controllerd.conf": ("controllerd/config/controller_keys.h", "CONTROLLER_KEYS", "CONTROLLER_LIMITS"),
}
DAQSCTL = "packaging/man/daqsctl.1.scd"
PAGES = {"daqs-agentd": 8, "daqs-controllerd": 8, "daqs-fleetsim": 1, "daqsctl": 1}
SECTIONS = {"uplink": "uplink NAME"}
CODE = re.compile(r"(?<!\w)'([^']+)'(?!\w)")
OF_FLEET = re.compile("daqs_(host|uplink|vm|nic)_")


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
        cells = [CODE.sub(r"`\1`", cell).replace("|", "\\|") for cell in row]
        lines.append(f"| {' | '.join(cells)} |".replace("|  |", "| |"))
    return lines


def metrics(shown, wanted):
    return table(["name", "type", "meaning"], [[f"'{m}'", *row] for m, row in shown.items() if wanted(m)])


def keys(root, file):
    """Returns {section: [(key, default as text, value for the example, meaning)]}."""
    path, *macros = KEYS[file]
    found = {}
    for row in (row for name in macros for row in macro(root, path, name)):
        section, key, usual, sample, meaning = (
            (row[0], row[1], *row[3:]) if len(row) == 6 else ("limits", row[0], row[3], "", row[4])
        )
        computed = re.fullmatch(r"CONFIG_COMPUTED\((.*)\)", usual)
        default = computed[1] if computed else f"'{usual}'" if usual else "none"
        found.setdefault(section, []).append((key, default, sample or usual, meaning))
    return found


def keys_in_table(sections):
    rows = []
    for section, its in sections.items():
        names = [f"'[{SECTIONS.get(section, section)}]'"] + [""] * (len(its) - 1)
        rows += [[name, f"'{key}'", default, meaning] for name, (key, default, _, meaning) in zip(names, its)]
    return table(["section", "key", "default", "meaning"], rows)


def without_links(text):
    return re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", text)


def in_manual(text, indent):
    """Returns the lines of a paragraph in a page of the manual."""
    text = CODE.sub(lambda code: f"*{code[1].replace(' ', chr(0))}*", re.sub(r"[*\\]", r"\\\g<0>", without_links(text)))
    lines = textwrap.wrap(text, 104, break_long_words=False, break_on_hyphens=False)
    return [indent + re.sub(r"^[-|[\].#;~]", r"\\\g<0>", line).replace("\0", " ") for line in lines]


def items_of_manual(items, indent=""):
    """Returns the lines of a list of (term, text) in a page of the manual."""
    lines = []
    for term, text in items:
        lines += [indent + term, *in_manual(text, indent + "\t"), ""]
    return lines[:-1]


def as_sentence(text):
    return text[0].upper() + text[1:] + "."


def options(usage):
    """Returns (term in the manual, meaning) of the options that a help text lists."""
    found = re.findall(r"^  (-.*?)(?:   *|\n {9,})(\S.*(?:\n {9,}.*)*)", usage, re.M)
    return [(words_of_usage(re.sub(r"(?<![\w|])--?[a-z-]+", r"*\g<0>*", term)), as_sentence(" ".join(what.split())))
            for term, what in found]


def words_of_usage(usage):
    return re.sub(r"\b[A-Z]+\b", r"_\g<0>_", usage)


def verbs_in_manual(known, page):
    """Returns the regions "verbs from VERB" of a page: its verbs until the next region, in the order of the help."""
    regions = {}
    for verb, usage in known.verbs().items():
        text = known.help("daqsctl", verb)
        _, summary, about = text.split("\n\n")[:3]
        if f"; generated: verbs from {verb}\n" in page or not regions:
            lines = regions[f"verbs from {verb}"] = []
        else:
            lines.append("")
        lines += items_of_manual([(f"*{verb}* {words_of_usage(usage)}".strip(), f"{as_sentence(summary)} {about}")])
        if of_verb := options(text):
            lines += ["", *items_of_manual(of_verb, "\t")]
    return regions


def keys_in_manual(its):
    return items_of_manual(
        (f"*{key}* = {CODE.sub(lambda code: code[1], default).replace('*', chr(92) + '*')}", meaning) for key, default, _, meaning in its
    )


def example(sections):
    """Returns the lines of an example file: each key with the first sentence of its meaning."""
    lines = []
    for section, its in sections.items():
        lines.append("; [uplink ens6f1np1]" if section == "uplink" else f"[{section}]")
        for key, default, value, meaning in its:
            said = re.match(r"(.*?\.)(?: [A-Z']|$)", without_links(meaning))[1]
            if CODE.sub(r"\1", default) != value:
                said += f" Default: {default}."
            lines += textwrap.wrap(CODE.sub(r"\1", said), 100, initial_indent="; ", subsequent_indent="; ")
            lines += [f"; {key} = {value}".rstrip(), ""]
    return lines[:-1]


def regions(root, known):
    """Returns {page: {name of a region: its lines}}."""
    shown = known.shown()
    of_controller, of_agent, status = (shown[what] for what in ("controller", "agent", "status"))
    counted = [(row, of_controller.get(f"daqs_controller_{row}") or of_controller.get(f"daqs_controller_{row}_total"))
               for row in status]
    modes = [(name, effect) for _, _, name, effect in macro(root, POLICY, "POLICY_MODES")]
    found = {
        "docs/configuration.md": {"modes": table(["mode", "effect"], [[f"'{name}'", effect] for name, effect in modes])},
        "docs/events.md": {"kinds of events": table(["kind", "level", "meaning"], [
            [f"'{kind}'", level.lower(), meaning] for _, kind, level, meaning in macro(root, EVENTS, "EVENT_KINDS")]),
            "incidents": table(["incident", "severity", "lasts"], [
            [f"'{name}'", severity, meaning] for _, name, severity, _, meaning in macro(root, ALERTS, "ALERT_INCIDENTS")])},
        "docs/faq.md": {"reasons of the policy": table(["reason", "meaning"], [
            [f"`{text}`", meaning] for _, _, text, meaning in macro(root, POLICY, "POLICY_REASONS")])},
        "docs/metrics.md": {
            "metrics of the fleet": metrics(of_controller, OF_FLEET.match),
            "metrics of the controller": metrics(of_controller, lambda name: not OF_FLEET.match(name)),
            "metrics of the agent": metrics(of_agent, lambda name: True),
        },
        "docs/operating.md": {"counters": table(["counter", "counts"], [
            [f"'{row}'", metric[1]] for row, metric in counted if metric])},
        "schema/wire.md": {
            "states": table(["state", "name"], [row[1:3] for row in macro(root, MODEL, "DAQS_NIC_STATES")]),
            "causes": table(["cause", "reason"], [row[1:3] for row in macro(root, MODEL, "DAQS_NIC_CAUSES")]),
            **wire.tables(root, macro, table),
        },
    }
    for file in KEYS:
        sections = keys(root, file)
        found["docs/configuration.md"][f"keys of {file}"] = keys_in_table(sections)
        found[f"packaging/man/{file}.5.scd"] = {f"keys of [{name}]": keys_in_manual(its) for name, its in sections.items()}
        found[f"packaging/{file}"] = {"keys": example(sections)}
    found["packaging/man/controllerd.conf.5.scd"]["modes"] = items_of_manual((f"*{name}*", effect) for name, effect in modes)
    for name, section in PAGES.items():
        found[f"packaging/man/{name}.{section}.scd"] = {"options": items_of_manual(options(known.help(name)))}
    with open(os.path.join(root, DAQSCTL)) as page:
        found[DAQSCTL] |= verbs_in_manual(known, page.read())
    return found


def difference(path, line, here, there):
    """Yields what is wrong if the lines here, from this one on, are not those that should be there."""
    for i in range(max(len(here), len(there))):
        if here[i : i + 1] != there[i : i + 1]:
            said = "".join(there[i : i + 1])
            yield f"{path}:{line + i}: not what the code says, run tools/check-docs --write: {said}"
            return


def renewed(path, text, tables):
    """Returns a page with its regions as they should be, and what is wrong with the present ones."""
    lines = text.splitlines()
    if path.endswith(".conf"): # all but its first paragraph is generated
        at = lines.index("") + 1
        return "\n".join(lines[:at] + tables["keys"]) + "\n", list(difference(path, at + 1, lines[at:], tables["keys"]))
    kept, wrong, missing, at = [], [], set(tables), 0
    while at < len(lines):
        begin = BEGIN.match(lines[at])
        kept.append(lines[at])
        at += 1
        if begin:
            end = lines.index("; end" if begin[1] == ";" else "<!-- end -->", at)
            if begin[2] not in missing:
                wrong.append(f"{path}:{at}: there is no table for '{begin[2]}'")
            there = ["", *tables.get(begin[2], []), ""]
            missing.discard(begin[2])
            wrong += difference(path, at + 1, lines[at:end], there)
            kept += there
            at = end
    wrong += [f"{path}: nothing is generated from '{name}'" for name in sorted(missing)]
    return "\n".join(kept) + "\n", wrong


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
