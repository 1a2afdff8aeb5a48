# SPDX-License-Identifier: Apache-2.0
"""The tables of schema/wire.md, from the rows of shared/wire/bus_fields.h."""

import os
import re

FIELDS, MESSAGES = "shared/wire/bus_fields.h", "shared/wire/bus.h"
CONSTANTS = ("shared/base/model.h", "shared/base/name.h")
KINDS = {"I63": "u63", "UP_TO": "0-{most:,}", "RATE_OR_NONE": "rate?", "MTU": "u32", "BACKLOG": "u8", "LABEL": "label({most})",
         "SHORT_LABEL": "label({most})", "MAC": "bytes, 6", "KEY": "bytes, 0 or 32", "LIST": "`[{item}, ...]`"}


def read(root, path):
    with open(os.path.join(root, path)) as file:
        return file.read()


def cells(position, field, presence, meaning, constants):
    """Returns the cells of a row: position, element, kind, meaning."""
    kind, members = re.fullmatch(r"(\w+)\((.*)\)", field).groups()
    members = members.split(",")
    name, less, item = members[0], "", ""
    most = members[-1]
    if kind == "LIST":
        name, item = members[1], members[2].replace("_", " ")
    if len(members) > 1:
        most, _, less = most.partition("-")
        most = int(constants.get(most, most)) - int(less or 0)
    if kind == "LIST":
        meaning = f"up to {most}: {meaning}"
    if presence.startswith("NEWER"):
        without = {"LIST": "none", "LABEL": "empty", "SHORT_LABEL": "empty"}.get(kind, 0)
        meaning = f"newer, {without}. {meaning[0].upper()}{meaning[1:]}"
    return [str(position), name.rpartition(".")[2], KINDS.get(kind, kind.lower()).format(most=most, item=item), meaning]


def tables(root, macro, table):
    """Returns {name of a region: its lines}: "wire name" for each WIRE_NAME_FIELDS."""
    constants = {}
    for path in CONSTANTS:
        constants |= dict(re.findall(r"^#define (\w+) (\d+)", read(root, path), re.M))
    messages = [row[0] for row in macro(root, MESSAGES, "WIRE_TYPES")]
    regions = {}
    for name in re.findall(r"#define WIRE_(\w+)_FIELDS", read(root, FIELDS)):
        rows = enumerate(macro(root, FIELDS, f"WIRE_{name}_FIELDS"), 2 if name in messages else 0)
        regions[f"wire {name.lower().replace('_', ' ')}"] = table(
            ["", "element", "kind", "meaning"], [cells(position, *row, constants) for position, row in rows])
    return regions
