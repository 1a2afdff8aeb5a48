# SPDX-License-Identifier: Apache-2.0
"""Parses pages: blocks of code, links, headings and tables of Markdown and scdoc."""

import dataclasses
import re

NOT_RUN = re.compile(r"<!-- not run: (\S.*?) *-->")


@dataclasses.dataclass
class Block:
    """Code. 'line' is the first of 'text'. 'reason' is why tests skip it; None: they run it."""

    line: int
    language: str
    text: str
    reason: str | None = None


def _indented(lines, at):
    """Returns the length of an indented block at 'at', which follows an empty line or a comment."""
    before = lines[at - 1].strip() if at else ""
    if not lines[at].startswith("    ") or (before and not before.endswith("-->")):
        return 0
    end = at
    while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return end - at


def _is_list(lines, at):
    """Returns whether an indented line continues an item of a list."""
    for line in reversed(lines[:at]):
        if line.strip() and not line.startswith(" "):
            return bool(re.match(r"([-*]|\d+\.) ", line))
    return False


def split(text):
    """Returns the blocks, and the lines with the blocks blanked out, which keeps line numbers."""
    lines = text.splitlines()
    prose = list(lines)
    blocks = []
    at = 0
    while at < len(lines):
        fence = re.match(r" {0,3}```+ *(\w*)", lines[at])
        count = 0 if fence or _is_list(lines, at) else _indented(lines, at)
        first = at
        if fence:
            end = at + 1
            while end < len(lines) and not lines[end].strip().startswith("```"):
                end += 1
            code = lines[at + 1 : end]
            at = end + 1
        elif count:
            code = [line[4:] for line in lines[at : at + count]]
            at += count
        else:
            at += 1
            continue
        before = next((line for line in reversed(prose[:first]) if line.strip()), "")
        marker = NOT_RUN.search(before)
        blocks.append(
            Block(
                first + (2 if fence else 1),
                fence[1] if fence else "",
                "\n".join(code),
                marker[1] if marker else None,
            )
        )
        prose[first:at] = [""] * (min(at, len(lines)) - first)
    return blocks, prose


def anchors(prose):
    """Returns what can follow a # in a link to the page, by the rules of the usual renderers."""
    found = set()
    for line in prose:
        heading = re.match(r"#{1,6} +(.*)", line)
        if not heading:
            continue
        name = re.sub(r"[^\w\- ]", "", heading[1].lower().replace("`", "")).replace(" ", "-")
        slug, n = name, 0
        while slug in found:
            n += 1
            slug = f"{name}-{n}"
        found.add(slug)
    return found


def links(prose):
    """Yields (line, target) for each link that does not lead to another site."""
    for number, line in enumerate(prose, 1):
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "``", line)):
            if not re.match(r"[a-z]+:", target):
                yield number, target


def cells(line):
    """Returns the cells of a table's row, [] for any other line. A | in a cell is written \\|."""
    if not line.startswith("|"):
        return []
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def tables(prose):
    """Yields (header, rows) for each table, with rows of (line, cells)."""
    at = 0
    while at < len(prose):
        header = cells(prose[at])
        at += 1
        if not header:
            continue
        rows = []
        while at < len(prose) and cells(prose[at]):
            row = cells(prose[at])
            if not set("".join(row)) <= set("-: "):
                rows.append((at + 1, row))
            at += 1
        yield header, rows


def codes(cell):
    """Returns the code spans of a cell."""
    return re.findall(r"`([^`]+)`", cell)


def plain(text):
    """Returns the text without markup of either language. Escaped characters and code are kept."""
    kept = []

    def keep(found):
        kept.append(found[1])
        return "\0"

    text = re.sub(r"`([^`]*)`", keep, re.sub(r"\\(.)", keep, text))
    text = re.sub(r"\*|(?<!\w)_|_(?!\w)", "", text)
    return re.sub("\0", lambda _: kept.pop(0), text).strip()
