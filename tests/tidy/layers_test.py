#!/usr/bin/env python3
"""Fails when a file includes what layers.txt does not let its folder include.

Usage: layers_test.py [--self-test] [ROOT]
"""

import pathlib
import re
import subprocess
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<][^">]+[">])', re.M)


class Layers:
    """The two tables of layers.txt: our folders, and third-party prefixes."""

    def __init__(self, text):
        self.folders, self.fences = {}, {}
        for line in text.splitlines():
            line = line.split("#")[0].strip()
            if not line:
                continue
            left, right = (part.strip() for part in line.split(" :" if " :" in line else ":", 1))
            if left.startswith("<"):
                self.fences[left] = re.findall(r"(\S+)( \(cc\))?", right.replace(" (cc)", " (cc)"))
            else:
                self.folders[left] = right.split()

    def folder_of(self, path):
        """The longest folder of the table that holds `path`, or None."""
        parts = path.split("/")[:-1]
        while parts:
            if "/".join(parts) in self.folders:
                return "/".join(parts)
            parts.pop()
        return None

    def allows(self, folder, target):
        for rule in [folder] + self.folders[folder]:
            if target == rule or (rule.endswith("/*") and (target + "/").startswith(rule[:-1])):
                return True
        return False


def complaints(layers, path, text):
    """What is wrong with the includes of one file, a line each."""
    folder = layers.folder_of(path)
    if folder is None:
        return [f"{path}: its folder has no row in layers.txt"]
    found = []
    for include in INCLUDE.findall(text):
        name = include[1:-1]
        if include.startswith('"'):
            target = layers.folder_of(name)
            if target is None:
                found.append(f"{path}: includes {include}, which is in no folder of layers.txt")
            elif not layers.allows(folder, target):
                found.append(f"{path}: {folder} may not include {target} ({include})")
            elif name.endswith(".pb.h") and path.endswith(".h") and not path.startswith(("tests", "bench")):
                found.append(f"{path}: a header of ours shows protobuf ({include})")
        else:
            found += fence_complaints(layers, path, include)
    return found


def fence_complaints(layers, path, include):
    for prefix, rows in layers.fences.items():
        if not include.startswith(prefix):
            continue
        for folder, only_cc in rows:
            if path.startswith(folder + "/") and not (only_cc and not path.endswith(".cc")):
                return []
        return [f"{path}: may not include {include}"]
    return []


def cycles(layers):
    """Folders that could include each other, directly or through others."""
    reach = {f: {t for t in layers.folders if t != f and layers.allows(f, t)} for f in layers.folders}
    changed = True
    while changed:
        changed = False
        for folder, targets in reach.items():
            more = set().union(*(reach[t] for t in targets)) - targets if targets else set()
            if more:
                targets |= more
                changed = True
    return [f"layers.txt: {f} reaches itself" for f in reach if f in reach[f]]


def check(root):
    layers = Layers((root / "tests/tidy/layers.txt").read_text())
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "*.h", "*.cc"],
                            check=True, capture_output=True, text=True).stdout.split()
    found = cycles(layers)
    for path in listed:
        if (root / path).exists():
            found += complaints(layers, path, (root / path).read_text())
    return listed, found


def self_test():
    """A planted violation of each kind must be seen, and good includes must pass."""
    layers = Layers("a :\nb : a\nt : a b\n<rocksdb/ : b (cc)\n")
    bad = [("a/x.cc", '#include "b/y.h"\n'), ("a/x.cc", '#include "zz/y.h"\n'), ("zz/x.cc", ""),
           ("a/x.cc", "#include <rocksdb/db.h>\n"), ("b/x.h", "#include <rocksdb/db.h>\n"),
           ("b/x.h", '#include "a/m.pb.h"\n')]
    good = [("b/x.cc", '#include "a/y.h"\n'), ("b/x.cc", "#include <rocksdb/db.h>\n#include <map>\n"),
            ("b/x.cc", '#include "a/m.pb.h"\n')]
    for path, text in bad:
        assert complaints(layers, path, text), f"not seen: {path}: {text}"
    for path, text in good:
        assert not complaints(layers, path, text), f"wrongly refused: {path}: {text}"
    assert cycles(Layers("a : b\nb : a\n")), "a cycle was not seen"
    print("self test: 6 planted violations and a cycle seen, 3 good includes passed")


def main():
    if "--self-test" in sys.argv:
        return self_test()
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    root = pathlib.Path(arguments[0] if arguments else __file__).resolve()
    root = root if arguments else root.parents[2]
    listed, found = check(root)
    print("\n".join(found))
    print(f"{len(listed)} files checked, {len(found)} includes break the layer table")
    sys.exit(1 if found or not listed else 0)


if __name__ == "__main__":
    main()
