"""common -- what the lints share: the tree's files, and C without its
comments and strings.

SPDX-License-Identifier: MIT

A lint prints `file:line: what is wrong` and exits 1, or says nothing and
exits 0; 77 means that it cannot say anything here.  Only the Python standard
library; nothing is written into the tree (it may be read-only).
"""

import os
import re
import sys
from pathlib import Path

TOP = Path(os.environ.get("srcdir") or Path(__file__).resolve().parent.parent.parent).resolve()
BUILD = Path(os.environ.get("builddir") or TOP).resolve()
# Not ours to check: what builds leave in the tree.
SKIPPED = {".git", "build", "build-aux", "autom4te.cache", "node_modules", "__pycache__",
           ".deps", ".libs", "llhttp-src", "m4"}
GENERATED = {"configure", "Makefile.in", "Makefile", "config.status", "config.log", "aclocal.m4",
             "config.h.in", ".git"}  # a file, in a second work tree


def files(*patterns, under=("src", "tests", "deploy", "docs", "rules", ".")):
    """Source files below these folders whose name matches, sorted."""
    found = set()
    for folder in under:
        for here, folders, names in os.walk(TOP / folder):
            folders[:] = [f for f in folders if f not in SKIPPED and not is_build(Path(here) / f)]
            for name in names:
                path = Path(here) / name
                if name in GENERATED or name.endswith("~"):
                    continue
                if any(path.match(p) for p in patterns):
                    found.add(path)
    return sorted(found)


def is_build(folder):
    """A build folder or an unpacked distribution within the tree."""
    return (folder / "config.status").exists() or (folder / "_build").exists()


def relative(path):
    """As people write it."""
    return str(Path(path).relative_to(TOP))


_NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code_of(text):
    """C with comments and strings blanked out, lines kept."""
    def blank(m):
        keep = "".join(c if c == "\n" else " " for c in m[0][1:-1])
        return m[0][0].replace("/", " ") + keep + m[0][-1].replace("/", " ")
    return _NOISE.sub(blank, text)


def functions(code):
    """(name, line of the body's brace, number of lines) of each definition:
    the style puts `name(` and both braces of a function into column 0."""
    lines = code.split("\n")
    start = name = None
    for i, line in enumerate(lines):
        if line == "{":
            start = i
            name = next((m[1] for j in range(i - 1, max(i - 8, -1), -1)
                         if (m := re.match(r"([A-Za-z_]\w*)\(", lines[j]))), None)
        elif line.startswith("}") and start is not None:
            if name:
                yield name, start + 1, i - start - 1
            start = name = None


class Report:
    """Collects findings; ends the program."""

    def __init__(self):
        self.found = 0

    def add(self, path, line, text):
        """One finding."""
        self.found += 1
        print(f"{relative(path)}:{line}: {text}")

    def end(self):
        """Exit with the verdict."""
        sys.exit(1 if self.found else 0)


def skip(why):
    """Nothing can be said here."""
    print(why)
    sys.exit(77)
