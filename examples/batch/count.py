"""Counts what is in one folder of this repository: `python3 count.py FOLDER`. The last line is the result as JSON."""

import json
import os
import sys
from pathlib import Path

WRONG_DATA = 65
ROOT = Path(__file__).resolve().parents[2]


def main(name: str) -> None:
    if not (ROOT / name).is_dir():
        print(f"There is no folder {name} in {ROOT}.", file=sys.stderr)
        sys.exit(WRONG_DATA)
    files = lines = 0
    for folder, inner, names in os.walk(ROOT / name):
        inner[:] = [each for each in inner if not each.startswith((".", "__pycache__"))]
        for path in (Path(folder, each) for each in names):
            files += 1
            lines += path.read_bytes().count(b"\n")
    print(f"{name}: {files} files, {lines:,} lines")
    print(json.dumps({"folder": name, "files": files, "lines": lines}))


if __name__ == "__main__":
    main(sys.argv[1])
