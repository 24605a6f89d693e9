"""A report on the history of a git repository: who changed what, and when. Standard library and git alone.

    python3 report.py [REPOSITORY]

Writes report.md and report.json into the working directory, prints the report, and as its last line a summary in
JSON, which Interlock keeps as the job's result. Says how far it is by lines such as `::progress 40 counting`.
Where REPOSITORY is no git repository, a small one is made up, so that there is something to report on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path

MOST_COMMITS = 5_000
FIELDS = "%x1e%h%x1f%an%x1f%aI%x1f%s"  # records and fields begin with characters that no commit's text has
USAGE, NO_GIT = 64, 78
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def main(folder: Path) -> None:
    progress(5, "looking for a repository")
    with tempfile.TemporaryDirectory() as scratch:
        repository, source = find(folder) or (made_up(Path(scratch)), "a made-up repository")
        progress(20, f"reading {source}")
        commits = read(repository)
        shallow = git(repository, "rev-parse", "--is-shallow-repository").strip() == "true"
    progress(60, f"counting {len(commits)} commits")
    summary = count(commits) | {"source": source, "shallow": shallow}
    progress(90, "writing")
    text = as_markdown(summary)
    Path("report.md").write_text(text, encoding="utf-8")
    Path("report.json").write_text(json.dumps(summary, indent=2), encoding="utf-8")
    print(text)
    progress(100, "done")
    print(json.dumps(summary))


def find(folder: Path) -> tuple[Path, str] | None:
    """The repository that holds the folder and has commits, with its name; None if there is none."""
    try:
        root = Path(git(folder, "rev-parse", "--show-toplevel").strip())
        git(root, "rev-parse", "--verify", "HEAD")
    except (subprocess.CalledProcessError, NotADirectoryError, FileNotFoundError):
        return None
    return root, root.name


def made_up(folder: Path) -> Path:
    """A repository of six commits by two people."""
    git(folder, "init", "--quiet", "--initial-branch=main", ".")
    for number in range(1, 7):
        who = "Ada" if number % 2 else "Charles"
        path = folder / ("engine" if number % 3 else "notes") / f"part-{number % 4}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"line {line} of version {number}\n" for line in range(number * 3)))
        git(folder, "add", ".")
        when = f"2026-01-{number:02}T{8 + number}:30:00+00:00"
        identity = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", who), ("EMAIL", f"{who.lower()}@example.org"), ("DATE", when))
        }
        git(folder, "commit", "--quiet", "--no-gpg-sign", "-m", f"Part {number}", env=identity)
    return folder


def read(repository: Path) -> list[dict]:
    """The newest commits: hash, author, time, subject, and lines added and deleted by file."""
    options = ("--numstat", "--no-renames", "--no-ext-diff", "--no-textconv", f"--max-count={MOST_COMMITS}")
    output = git(repository, "log", *options, f"--format={FIELDS}", "HEAD")
    commits = []
    for record in output.split("\x1e")[1:]:
        head, _, changes = record.partition("\n")
        name, author, when, subject = head.split("\x1f", 3)
        files = {}
        for line in filter(None, changes.splitlines()):
            added, deleted, path = line.split("\t", 2)
            files[path] = (int(added), int(deleted)) if added != "-" else (0, 0)  # a dash: not text
        commits.append({"name": name, "author": author, "when": when, "subject": subject, "files": files})
    return commits


def count(commits: list[dict]) -> dict:
    authors, places, days, files = Counter(), Counter(), Counter(), Counter()
    added = deleted = 0
    for commit in commits:
        authors[commit["author"]] += 1
        days[weekday(commit["when"])] += 1
        for path, (plus, minus) in commit["files"].items():
            added, deleted = added + plus, deleted + minus
            files[path] += 1
            places[path.split("/")[0] if "/" in path else "(top)"] += plus + minus
    return {
        "commits": len(commits),
        "from": commits[-1]["when"][:10],
        "to": commits[0]["when"][:10],
        "newest": {"name": commits[0]["name"], "subject": commits[0]["subject"]},
        "lines_added": added,
        "lines_deleted": deleted,
        "authors": dict(authors.most_common(5)),
        "busiest_day": days.most_common(1)[0][0],
        "lines_by_place": dict(places.most_common(8)),
        "most_changed": dict(files.most_common(5)),
    }


def weekday(when: str) -> str:
    return DAYS[datetime.fromisoformat(when).weekday()]


def as_markdown(summary: dict) -> str:
    cut = ", as far as this shallow clone goes" if summary["shallow"] else ""
    lines = [
        f"# What happened in {summary['source']}",
        "",
        f"{summary['commits']} commits from {summary['from']} to {summary['to']}{cut}: "
        f"{summary['lines_added']:,} lines added, {summary['lines_deleted']:,} deleted, "
        f"most often on a {summary['busiest_day']}.",
        "",
        f"The newest: {summary['newest']['subject']} ({summary['newest']['name']}).",
        "",
    ]
    for title, name in (
        ("By author", "authors"),
        ("Lines by place", "lines_by_place"),
        ("Changed most", "most_changed"),
    ):
        lines += [f"## {title}", "", *bars(summary[name]), ""]
    return "\n".join(lines)


def bars(counts: dict[str, int]) -> list[str]:
    most = max(counts.values(), default=1) or 1
    width = max(map(len, counts), default=0)
    return [
        f"    {name:<{width}}  {number:>7,}  {'█' * max(1, number * 24 // most)}" for name, number in counts.items()
    ]


def git(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> str:
    # It may be somebody else's clone (a container's root, for instance): it is only read.
    trusted = ["-c", "safe.directory=*", "-c", "core.quotePath=false", "-c", "core.fsmonitor=false"]
    try:
        done = subprocess.run(
            ["git", *trusted, "--no-pager", *arguments],
            cwd=folder,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", **(env or {})},
            capture_output=True,
            check=True,
        )
    except FileNotFoundError:
        if folder.is_dir():
            stop(NO_GIT, "git is not installed on this worker's machine.")
        raise
    return done.stdout.decode("utf-8", errors="replace")


def progress(percent: int, message: str) -> None:
    print(f"::progress {percent} {message}", flush=True)


def stop(code: int, sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        stop(USAGE, "Give one folder at most.")
    main(Path(sys.argv[1] if len(sys.argv) == 2 else "."))
