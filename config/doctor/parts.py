"""The parts that should be running, and whether what they keep is in order."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from django.db.models.functions import Now

from config.doctor.check import Check, right, wrong
from config.environment import Environment
from tasks import consistency
from tasks.mending import mend
from tasks.models import Leader, Worker

START = "Start one: `interlock {}`, or all parts: `interlock up`."


def dispatcher() -> Iterator[Check]:
    leader = Leader.objects.filter(until__gt=Now()).first()
    if leader is None:
        yield wrong("dispatcher", "None leads: nothing starts.", START.format("dispatcher"))
    else:
        yield right("dispatcher", f"{leader.holder} leads, in term {leader.term}.")


def workers() -> Iterator[Check]:
    online = list(Worker.objects.filter(lease_until__gt=Now(), stopped_at=None))
    if not online:
        yield wrong(
            "workers", "None is online: nothing runs.", "Start one: `interlock worker`, or all: `interlock up`."
        )
    else:
        names = ", ".join(f"{worker.name} ({worker.slots} slots)" for worker in online[:5])
        yield right("workers", f"{len(online)} online: {names}{' …' if len(online) > 5 else ''}.")


def web(settings: Environment) -> Iterator[Check]:
    if not settings.url:
        yield wrong("web", "No address is known.", "Start it: `interlock up`, or set INTERLOCK_URL.")
        return
    if not settings.url.startswith(("http://", "https://")):
        yield wrong("web", f"INTERLOCK_URL is {settings.url!r}.", "It should look like http://127.0.0.1:8000.")
        return
    try:
        with urlopen(f"{settings.url}/readyz", timeout=10) as response:  # noqa: S310 - http or https, see above
            yield right("web", f"{settings.url} answers and is ready ({response.status}).")
    except HTTPError as error:
        said = error.read(500).decode(errors="replace")
        yield wrong("web", f"{settings.url} answers {error.code}: {said}", "What it names is missing; see above.")
    except (URLError, OSError) as error:
        yield wrong("web", f"{settings.url} does not answer: {getattr(error, 'reason', error)}.", START.format("web"))


def mended() -> Iterator[Check]:
    """What was put right just now."""
    done = vars(mend())
    parts = [f"{count} {name.replace('_', ' ')}" for name, count in done.items() if count]
    yield right("mended", f"Put right: {', '.join(parts)}." if parts else "There was nothing to put right.")


def in_order() -> Iterator[Check]:
    for finding in consistency.findings():
        question = finding.question
        if finding.count == 0:
            yield right(question.name, question.nothing)
        else:
            examples = f" Such as {', '.join(finding.examples)}."
            yield wrong(question.name, question.found.format(finding.count) + examples, question.remedy)
