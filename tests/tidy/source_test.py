#!/usr/bin/env python3
"""Fails when the source breaks a rule that a machine can check.

Rules: files under 500 lines, functions under 70, lines within 100 columns, no
words that mark unfinished work, `#pragma once` in every header, no machine path,
and clang-format's verdict.  Usage: source_test.py [--self-test] [ROOT]
"""

import pathlib
import re
import subprocess
import sys

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MACHINE_PATH = re.compile(r"/(work|home|root)/[a-z]")
BANNED = {
    r"\bstd::(rand|gets)\s*\(": "use common/crypto/random.h",
    r"\bstrcpy\s*\(|\bsprintf\s*\(": "unbounded copy",
    r"using namespace (?!std::(chrono|(chrono_|string_|string_view_)?literals);)": "spell the namespace",
}
FUNCTION_END = re.compile(r"^}(\s*//.*)?$")
FUNCTION_START = re.compile(r"^[A-Za-z].*\)( const| noexcept| override)*( :.*)? \{$|^    : .*\{$")


def function_lengths(lines):
    """(first line, length) of each function that starts at column 0."""
    start = None
    for number, line in enumerate(lines, 1):
        head = lines[number - 2] if line.startswith("    :") and number > 1 else line
        if FUNCTION_START.match(line) and not head.startswith(("namespace", "class", "struct", "enum")):
            start = number
        elif start and FUNCTION_END.match(line):
            yield start, number - start + 1
            start = None


def complaints(path, text):
    lines = text.splitlines()
    code = path.endswith((".h", ".cc"))
    if code and len(lines) > FILE_LINES_MAX:
        yield f"{path}: {len(lines)} lines; at most {FILE_LINES_MAX}"
    if path.endswith(".h") and "#pragma once" not in text:
        yield f"{path}: no #pragma once"
    for number, line in enumerate(lines, 1):
        if code and len(line) > COLUMNS_MAX:
            yield f"{path}:{number}: {len(line)} columns; at most {COLUMNS_MAX}"
        if UNFINISHED.search(line) and "tests/tidy/" not in path:
            yield f"{path}:{number}: marks unfinished work"
        if MACHINE_PATH.search(line):
            yield f"{path}:{number}: names a path of one machine"
        for pattern, why in BANNED.items():
            if code and re.search(pattern, line):
                yield f"{path}:{number}: {why}"
    if path.endswith(".cc"):
        for first, length in function_lengths(lines):
            if length > FUNCTION_LINES_MAX:
                yield f"{path}:{first}: a function of {length} lines; at most {FUNCTION_LINES_MAX}"


def format_complaints(root, paths):
    sources = [p for p in paths if p.endswith((".h", ".cc"))]
    run = subprocess.run(["clang-format", "--dry-run", *sources], cwd=root, capture_output=True, text=True)
    seen = {line.split(":")[0] for line in run.stderr.splitlines() if "[-Wclang-format" in line}
    return [f"{path}: run clang-format -i on it" for path in sorted(seen)]


def self_test():
    bad = [("a.cc", "x\n" * 501), ("a.h", "int x;\n"), ("a.cc", "x" * 101), ("a.cc", "// TO" "DO\n"),
           ("a.md", "see /wo" "rk/main\n"), ("a.cc", "void F() {\n" + "  x;\n" * 70 + "}\n"),
           ("a.cc", "using namespace std;\n")]
    good = [("a.h", "#pragma once\n"), ("a.cc", "void F() {\n  x;\n}\n"), ("a.py", "y" * 101)]
    for path, text in bad:
        assert list(complaints(path, text)), f"not seen: {path}: {text[:40]}"
    for path, text in good:
        assert not list(complaints(path, text)), f"wrongly refused: {path}: {text[:40]}"
    print(f"self test: {len(bad)} planted faults seen, {len(good)} good files passed")


def main():
    if "--self-test" in sys.argv:
        return self_test()
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parents[2]
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"],
                            check=True, capture_output=True, text=True).stdout.split()
    found = []
    for path in (p for p in listed if (root / p).is_file()):
        try:
            found += complaints(path, (root / path).read_text())
        except UnicodeDecodeError:
            continue
    found += format_complaints(root, listed)
    print("\n".join(found))
    print(f"{len(listed)} files, {len(found)} complaints")
    sys.exit(1 if found or not listed else 0)


if __name__ == "__main__":
    main()
