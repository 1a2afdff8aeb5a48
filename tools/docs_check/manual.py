# SPDX-License-Identifier: Apache-2.0
"""Compares the manual with the programs: options, verbs, environment, keys and their defaults."""

import os
import re

from . import pages

DAEMONS = {"agentd.conf": "daqs-agentd", "controllerd.conf": "daqs-controllerd"}
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
            yield from check_verbs(path, text, programs)
        there = set(OPTION.findall(helps))
        here = set(OPTION.findall(pages.plain(prose_of(text))))
        yield from differences("option", there, here, path, f"{name} --help")
        there = set(VARIABLE.findall(helps))
        here = set(VARIABLE.findall(text))
        yield from differences("variable", there, here, path, f"{name} --help")


def check_verbs(path, text, programs):
    """Checks that each verb has its own line, with the usage that its help shows."""
    here = {}
    for line in prose_of(text).splitlines():
        verb = re.match(r"\*([a-z][a-z-]+)\*( .*)?$", line)
        if verb and verb[1] != "daqsctl":
            here[verb[1]] = pages.plain(verb[2] or "")
    there = programs.verbs()
    yield from differences("verb", set(there), set(here), path, "daqsctl --help")
    for verb in sorted(set(here) & set(there)):
        if there[verb] != here[verb]:
            yield f"{path}: {verb} is used as '{here[verb]}', says the page; its help: '{there[verb]}'"


# --- configuration: {(section, key): default} from each of the three places that list keys ---


def keys_in_manual(root, file):
    path, text = source(root, file + ".5")
    found, section = {}, ""
    for line in prose_of(text).splitlines():
        header = re.match(r"## \[(\w+)", line)
        key = re.match(r"\*(\w+)\* = (.*)", line)
        if header:
            section = header[1]
        elif key:
            found[section, key[1]] = pages.plain(key[2])
    return path, found


def keys_in_markdown(root, file):
    path = "docs/configuration.md"
    with open(os.path.join(root, path)) as page:
        prose = pages.split(page.read())[1]
    title = prose.index(f"## {file}")
    following = [i for i, line in enumerate(prose) if line.startswith("## ") and i > title]
    prose[following[0] if following else len(prose) :] = []
    found, section = {}, ""
    for header, rows in pages.tables(prose[title:]):
        if header[:3] != ["section", "key", "default"]:
            continue
        for _, row in rows:
            name = re.search(r"\[(\w+)", row[0])
            section = name[1] if name else section
            found[section, pages.codes(row[1])[0]] = pages.plain(row[2])
    return path, found


def keys_in_example(root, file):
    path = os.path.join("packaging", file)
    found, section = {}, ""
    with open(os.path.join(root, path)) as example:
        for line in example:
            header = re.match(r"(?:; )?\[(\w+)", line)
            key = re.match(r"(?:; )?(\w+) *= *(.*?)(?: +;.*)?$", line.rstrip())
            if header:
                section = header[1]
            elif key:
                found[section, key[1]] = key[2]
    return path, found


def check_configuration(root, programs):
    for file, daemon in DAEMONS.items():
        there = programs.keys(daemon)
        manual_path, manual = keys_in_manual(root, file)
        page_path, page = keys_in_markdown(root, file)
        example_path, example = keys_in_example(root, file)
        for path, keys in ((manual_path, manual), (page_path, page), (example_path, example)):
            names = [{f"[{section}] {key}" for section, key in which} for which in (there, keys)]
            yield from differences("key", *names, path, daemon)
        for key in sorted(set(manual) & set(page)):
            name = f"[{key[0]}] {key[1]}"
            if manual[key] != page[key]:
                yield f"{manual_path}: {name} is '{manual[key]}' by default, and in {page_path} '{page[key]}'"
            # Keys that have only a sample in the example have words as their default in the page.
            if key in example and " " not in page[key] and page[key] not in ("none", example[key]):
                yield f"{example_path}: {name} is '{example[key]}', and in {page_path} '{page[key]}'"
        with open(os.path.join(root, example_path)) as example_file:
            text = example_file.read()
        why = programs.refuses_file(daemon, re.sub(r"^; (?=\[|\w+ =)", "", text, flags=re.M))
        if why:
            yield f"{example_path}: without its semicolons it is refused: {why}"
