"""How fast 5,000 task specs are read: `python -m benchmarks.spec_parsing`. The best of seven, in ms of CPU time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import yaml

from tasks.spec import parse

COUNT = 5000
SMALL = [{"command": ["true"]}] * COUNT
PLANS = [
    {
        "title": f"Plan {n}",
        "steps": [{"tool": "echo", "args": {"text": "hi"}}, {"tool": "sleep", "args": {"seconds": 1}}],
    }
    for n in range(COUNT)
]
FULL = [
    {
        "key": f"t{n}",
        "title": f"Task {n}",
        "command": ["python3", "-c", f"print({n})"],
        "env": {"LEVEL": "1"},
        "session": f"s{n % 10}",
        "priority": "high",
        "tags": ["a", "b"],
        "limits": {"timeout": "90s", "attempts": 2},
        "metadata": {"n": n, "deep": {"list": [1, 2]}},
        "depends_on": [f"t{n - 1}"] if n else [],
    }
    for n in range(COUNT)
]


def best(act: Callable[[], object]) -> float:
    times = []
    for _ in range(7):
        begun = time.process_time()
        act()
        times.append(time.process_time() - begun)
    return min(times) * 1000


def main() -> None:
    for name, tasks in (("one command each", SMALL), ("plans of two steps", PLANS), ("ten fields each", FULL)):
        body = json.dumps({"tasks": tasks}).encode()
        milliseconds = best(lambda body=body: parse(body, "application/json"))
        print(f"JSON, {name}: {len(body) // 1024:,} KiB in {milliseconds:.0f} ms")
    text = yaml.dump({"tasks": FULL}, Dumper=yaml.CSafeDumper)
    print(f"YAML, ten fields each: {len(text) // 1024:,} KiB in {best(lambda: parse(text, 'application/yaml')):.0f} ms")


if __name__ == "__main__":
    main()
