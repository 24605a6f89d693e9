"""Checks a timetable and says what is wrong with it. Exit code 65 ("wrong data") means: do not try again."""

import csv
import re
import sys

WRONG_DATA = 65


def main(path: str) -> int:
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", row["time"]):
                print(f"{path}, train {row['train']}: {row['time']!r} is no time of the day.", file=sys.stderr)
                return WRONG_DATA
    print("Every train has a time.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
