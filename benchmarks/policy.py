"""What the policy costs: `python -m benchmarks.policy`. The best of 20, in µs of CPU time for one decision."""

from __future__ import annotations

import time
from collections.abc import Callable

from agents.policy.detectors import NAMES
from agents.policy.engine import decide
from agents.policy.redaction import Redaction
from agents.policy.types import Action, Rules, RuleValue, Verdict

COUNT = 50
ROUNDS = 500
ACTION = Action(
    "http.request",
    {
        "url": "https://api.example.com/v1/items",
        "method": "POST",
        "headers": {"accept": "application/json", "authorization": "Bearer abcdefgh"},
        "json": {"name": "a", "numbers": [1, 2, 3]},
    },
    agent={"id": "", "name": "", "type": "dev"},
    session={"id": "0199d4c0-8f3a-7d5e-9a1b-2c3d4e5f6a7b", "name": "nightly"},
    job={"id": "", "type": "execute-task", "runtime": "llm", "title": "t", "priority": 1, "project": "", "tags": []},
    effect="external",
)
PLAIN = Rules(RuleValue(str(n), n, f"tool{n}.*", Verdict.BLOCK) for n in range(COUNT))
MIXED = Rules(
    RuleValue(str(n), n, "http.*", Verdict.BLOCK, when=f'args.method == "GET" && args.url.startsWith("https://h{n}")')
    if n % 5 == 0
    else RuleValue(str(n), n, f"tool{n}.*", Verdict.BLOCK)
    for n in range(COUNT)
)
CONDITIONS = Rules(
    RuleValue(str(n), n, "*", Verdict.BLOCK, when=f'args.method == "M{n}" && agent.type == "qa"') for n in range(COUNT)
)
EVERYTHING = Redaction(("args.headers.authorization",), NAMES)


def best(act: Callable[[], object]) -> float:
    times = []
    for _ in range(20):
        begun = time.process_time()
        for _ in range(ROUNDS):
            act()
        times.append((time.process_time() - begun) / ROUNDS)
    return min(times) * 1e6


def main() -> None:
    for name, rules in (
        ("50 rules, none about the tool", PLAIN),
        ("50 rules, 10 about the tool, with conditions", MIXED),
        ("50 rules, all about the tool, with conditions", CONDITIONS),
    ):
        print(f"{name}: {best(lambda rules=rules: decide(rules, ACTION)):.1f} µs")
    print(f"all detectors and a path over its arguments: {best(lambda: EVERYTHING.apply(ACTION.args)):.1f} µs")


if __name__ == "__main__":
    main()
