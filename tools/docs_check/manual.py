# SPDX-License-Identifier: Apache-2.0
"""Compares the manual with the programs: options and environment."""

import os
import re

from . import pages

SECTIONS = {"daqsctl": 1, "daqs-fleetsim": 1, "daqs-agentd": 8, "daqs-controllerd": 8}
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
VARIABLE = re.compile(r"\b(?:DAQS_[A-Z_]+|NO_COLOR)\b")


def source(root, name):
    path = os.path.join("packaging/man", name + ".scd")
    with open(os.path.join(root, path)) as file:
        return path, file.read()


def prose_of(text):
    """Returns a page of the manual without its examples."""
    return "\n".join(pages.split(text)[1])


def differences(what, there, here, where, known_by):
    for item in sorted(there - here):
        yield f"{where}: {what} {item} of {known_by} is missing"
    for item in sorted(here - there):
        yield f"{where}: {what} {item} is not one of {known_by}"


def check_options(root, programs):
    for name, section in SECTIONS.items():
        path, text = source(root, f"{name}.{section}")
        helps = programs.help(name)
        if name == "daqsctl":
            helps += "".join(programs.help(name, verb) for verb in programs.verbs())
        there = set(OPTION.findall(helps))
        here = set(OPTION.findall(pages.plain(prose_of(text))))
        yield from differences("option", there, here, path, f"{name} --help")
        there = set(VARIABLE.findall(helps))
        here = set(VARIABLE.findall(text))
        yield from differences("variable", there, here, path, f"{name} --help")
