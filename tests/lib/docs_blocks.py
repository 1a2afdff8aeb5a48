#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs_blocks.py FOLDER PAGE... - writes the shell blocks of pages to files below FOLDER, in order.

Prints one line per block: PAGE:LINE, then the file, or - and the reason why it is not run.
"""

import base64
import hashlib
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "tools"))

from docs_check import pages  # noqa: E402

SHELL = re.compile(r"(sudo|daqs|system|echo|cp|curl|tools/)")


def is_shell(block):
    return block.language == "sh" or (block.language == "" and SHELL.match(block.text.lstrip()))


def a_key(where):
    """Returns a public key for a block that contains KEY, a different one for each block."""
    return base64.b64encode(hashlib.sha256(where.encode()).digest()).decode()


def main():
    folder, number = sys.argv[1], 0
    os.makedirs(folder, exist_ok=True)
    for page in sys.argv[2:]:
        with open(os.path.join(TOP, page)) as file:
            blocks = [b for b in pages.split(file.read())[0] if is_shell(b)]
        for block in blocks:
            if block.reason:
                print(f"{page}:{block.line} - {block.reason}")
                continue
            number += 1
            path = os.path.join(folder, f"{number:03}.sh")
            with open(path, "w") as file:
                file.write(re.sub(r"\bKEY\b", lambda found: a_key(f"{path} {found.start()}"), block.text) + "\n")
            print(f"{page}:{block.line} {path}")


main()
