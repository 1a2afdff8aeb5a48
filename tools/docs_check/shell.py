# SPDX-License-Identifier: Apache-2.0
"""Finds the commands in a block of shell."""

import re
import shlex

WORDS_BEFORE = {"sudo", "exec", "time", "if", "while", "until", "do", "then", "!", "else"}


def logical_lines(text):
    """Yields (first line's offset, text): continued lines joined, no bodies of here-documents."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        first, line = at, lines[at]
        at += 1
        while line.endswith("\\") and at < len(lines):
            line = line[:-1] + lines[at].lstrip()
            at += 1
        here = re.search(r"<<-?\s*(['\"]?)(\w+)\1", line)
        if here:
            while at < len(lines) and lines[at].strip() != here[2]:
                at += 1
            at += 1
            line = line.replace(here[0], "")
        yield first, line


def _words(line):
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
    lexer.commenters = "#"
    lexer.wordchars += "@%,+=:!*?[]{}$^"
    return list(lexer)


def commands(line):
    """Returns a list of words for each simple command of a line; [] if it is not shell."""
    line = line.replace("$(hostname)", "node1")
    try:
        words = _words(line)
    except ValueError:
        return []
    found, now, skip = [], [], False
    for word in words + [";"]:
        if skip:
            skip = False
        elif set(word) <= set("<>&") and set(word) & set("<>"):
            skip = True
            if now and now[-1].isdigit():
                now.pop()
        elif set(word) <= set("|&;()"):
            found.append(now)
            now = []
        else:
            now.append(word)
    return [c for c in map(_without_prefix, found) if c]


def _without_prefix(words):
    while words and (words[0] in WORDS_BEFORE or re.match(r"\w+=", words[0])):
        words = words[1:]
    return words
