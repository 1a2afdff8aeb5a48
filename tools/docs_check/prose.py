# SPDX-License-Identifier: Apache-2.0
"""Checks pages: targets of links, commands and settings that programs must accept, and lists."""

import glob
import os
import re

from . import generated, pages, programs, shell

KEY = "f3OSJ0Zm0oVV2rLN3QmwP8f4dOGDn8m2eYBnGWcVCkY="


def markdown(root):
    found = [p for p in glob.glob("**/*.md", root_dir=root, recursive=True) if not p.startswith("build/")]
    return sorted(p for p in found if "node_modules" not in p)


def read(root, path):
    with open(os.path.join(root, path)) as file:
        return pages.split(file.read())


def check_links(root):
    known = {}
    for path in markdown(root):
        for line, target in pages.links(read(root, path)[1]):
            file, _, anchor = target.partition("#")
            to = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
            if not os.path.exists(os.path.join(root, to)):
                yield f"{path}:{line}: there is no {to}"
            elif anchor and to.endswith(".md"):
                if to not in known:
                    known[to] = pages.anchors(read(root, to)[1])
                if anchor not in known[to]:
                    yield f"{path}:{line}: {to} has no heading for #{anchor}"


# --- commands ---


def _ours(words):
    name = os.path.basename(words[0])
    return name in programs.NAMES


def _tool(root, words):
    """Returns what is wrong with a call of a script in this repository, None if nothing is."""
    path = os.path.join(root, words[0])
    if not os.path.isfile(path) or not os.access(path, os.X_OK):
        return f"there is no {words[0]}"
    with open(path, errors="replace") as file:
        text = file.read()
    for option in (w.split("=")[0] for w in words[1:] if w.startswith("--")):
        if option not in text:
            return f"{words[0]} has no {option}"
    return None


def _unit(root, words):
    units = [w for w in words[2:] if w.startswith("daqs-")]
    for unit in units:
        name = unit if "." in unit else unit + ".service"
        if not glob.glob(f"packaging/**/{name}", root_dir=root, recursive=True):
            return f"there is no unit {name}"
    return None


def _placeholders(words):
    """Returns the words with placeholders replaced by values that programs accept."""
    stands = {"KEY": KEY, "RATE": "1Gbit", "MODE": "fair", "TIME": "1h", "N": "1", "VERB": "hosts"}
    return [KEY if w.endswith(".pub") else stands.get(w, w) for w in words if w not in ("...", "[...]")]


def check_commands(root, known):
    """Checks that programs accept the commands in README.md, docs/, the manual and the help."""
    asked = []
    paths = [p for p in markdown(root) if p == "README.md" or p.startswith("docs/")]
    for path in paths + sorted(glob.glob("packaging/man/*.scd", root_dir=root)):
        blocks, prose = read(root, path)
        for block in blocks:
            if block.language in ("", "sh", "bash", "console"):
                for at, line in shell.logical_lines(block.text):
                    asked += [(path, block.line + at, c) for c in shell.commands(line)]
        for number, line in enumerate(prose, 1):
            for span in pages.codes(line):
                asked += [(path, number, c) for c in shell.commands(span) if len(c) > 1 and _spelled_out(c)]
    for verb in known.verbs():
        for number, line in enumerate(known.help("daqsctl", verb).splitlines(), 1):
            if line.startswith("  daqsctl "):
                asked += [(f"daqsctl {verb} --help", number, c) for c in shell.commands(line)]
    ours = [(path, line, _placeholders(words)) for path, line, words in asked if _ours(words)]
    for (path, line, words), why in zip(ours, known.refusals([words for _, _, words in ours])):
        if why:
            yield f"{path}:{line}: '{' '.join(words)}' is refused: {why}"
    for path, line, words in asked:
        why = None
        if re.match(r"(tools|tests)/", words[0]):
            why = _tool(root, words)
        elif words[0] == "systemctl":
            why = _unit(root, words)
        if why:
            yield f"{path}:{line}: {why}"


def _spelled_out(words):
    """Returns false for a verb without arguments, which running text may only mention."""
    return words[0] == "daqsctl" and len([w for w in words[1:] if not w.startswith("-")]) > 1


def check_settings(root, known):
    """Checks that daemons accept the INI blocks that are meant for them, and all keys of the examples."""
    for name in ("agentd", "controllerd"):
        path = f"packaging/{name}.conf"
        with open(os.path.join(root, path)) as file:
            why = known.refuses_file(f"daqs-{name}", re.sub(r"^; (?=\[|\w+ =)", "", file.read(), flags=re.M))
        if why:
            yield f"{path}: without its semicolons it is refused: {why}"
    for path in markdown(root):
        for block in read(root, path)[0]:
            if block.language != "ini":
                continue
            if re.search(r"^\[(controller|policy|history|alerts|limits)\]", block.text, re.M):
                daemon, text = "daqs-controllerd", block.text
            elif re.search(r"^\[(agent|guests|uplink \S+)\]", block.text, re.M):
                daemon, text = "daqs-agentd", block.text
                if "[uplink" not in text:
                    text += "\n[uplink x]\nnics = all\n"
            else:
                continue
            why = known.refuses_file(daemon, text + "\n")
            if why:
                yield f"{path}:{block.line}: {daemon} refuses this: {why}"


# --- lists that are tables in the code, and of which the pages say more ---


def check_lists(root, known):
    """Checks that the tables of states and reasons have all of them, and no others."""
    path = "docs/faq.md"
    states, causes, reasons = (
        [row[2] for row in generated.macro(root, *which)]
        for which in ((generated.MODEL, "DAQS_NIC_STATES"), (generated.MODEL, "DAQS_NIC_CAUSES"), (generated.POLICY, "POLICY_REASONS"))
    )
    lists = {
        "state": {*states, "capped", "unwatched", "away"},
        "reason": {*causes, *reasons, "no message from the host's agent"} - {""},
    }
    for header, there in lists.items():
        here = {}
        for head, rows in pages.tables(read(root, path)[1]):
            for line, row in rows if head[0] == header else ():
                here.update({code: line for code in pages.codes(row[0])})
                if not row[-1]:
                    yield f"{path}:{line}: {row[0]} is not explained"
        for word in sorted(there - set(here)):
            yield f"{path}: a {header} is missing in the tables of each {header}: {word}"
        for word in sorted(set(here) - there):
            yield f"{path}:{here[word]}: '{word}' is not a {header}"
    yield from check_said(root, lists["state"] | lists["reason"])
    yield from check_fields(root, known.shown()["fields"])


def check_said(root, words):
    """Checks that columns headed `daqsctl vms` says have only states and reasons."""
    for path in (p for p in markdown(root) if p.startswith("docs/")):
        for head, rows in pages.tables(read(root, path)[1]):
            for at in (i for i, name in enumerate(head) if name == "`daqsctl vms` says"):
                for line, word in ((line, word) for line, row in rows for word in pages.codes(row[at])):
                    if word not in words:
                        yield f"{path}:{line}: '{word}' is neither a state nor a reason"


def check_fields(root, fields):
    """Checks that the documented answers of the API have the columns of daqsctl."""
    path = "docs/api.md"
    verbs = {"/slas": "list-sla"}
    for head, rows in pages.tables(read(root, path)[1]):
        for line, row in rows if len(head) == 3 and head[2] == "answer" else ():
            verb = verbs.get(pages.plain(row[0]), pages.plain(row[0]).lstrip("/"))
            said = max(pages.codes(row[2]), key=len, default="").split()
            if verb in fields and said != fields[verb]:
                yield f"{path}:{line}: {verb} has the fields {' '.join(fields[verb])}"
