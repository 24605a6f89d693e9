"""The settings that come from the environment: one model, read once, wrong ones refused with a sentence.

`settings.INTERLOCK` is the `Environment` that was read. Its attributes are the variables' names in lower
case, without the `INTERLOCK_`: `settings.INTERLOCK.lease_seconds`, `settings.INTERLOCK.task_timeout_ms`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NoReturn

from pydantic import (
    AliasGenerator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from config.connections import WrongUrl, check_database_url, check_redis_url
from config.record import Record, folder_from

OUR_PREFIX = "INTERLOCK_"
PLAIN_NAMES = frozenset(
    {
        "database_url",
        "redis_url",
        "secret_key",
        "task_retention_days",
        "workers_per_session",
        "task_timeout_ms",
        "max_task_attempts",
        "worker_concurrency",
    }
)
USAGE_ERROR = 2


class WrongSetting(ValueError):
    """A variable of the environment is unknown or has an impossible value; the message is one sentence."""


def variable(field_name: str) -> str:
    """`lease_seconds` -> `INTERLOCK_LEASE_SECONDS`, `database_url` -> `DATABASE_URL`."""
    return field_name.upper() if field_name in PLAIN_NAMES else OUR_PREFIX + field_name.upper()


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _database(value: str) -> str:
    return check_database_url(value)


def _redis(value: str) -> str:
    return check_redis_url(value)


DatabaseUrl = Annotated[str, BeforeValidator(_database)]
RedisUrl = Annotated[str, BeforeValidator(_redis)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Seconds = Annotated[float, Field(gt=0, le=86_400 * 365)]


def secret_field(default: Any) -> Any:
    """A field whose value never shows where the settings are printed."""
    return Field(default, repr=False)


class Environment(BaseModel):
    """Every setting that Interlock takes from outside, with its default."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        alias_generator=AliasGenerator(validation_alias=variable),
    )
    # Django's settings ask this of every value at every use, and pydantic takes long to say that it has no such thing.
    _mask_wrapped: ClassVar[bool] = True

    # Where the parts are. Without a URL the data folder's running record is asked.
    database_url: DatabaseUrl | None = secret_field(None)
    web_database_url: DatabaseUrl | None = secret_field(None)
    redis_url: RedisUrl | None = secret_field(None)
    secret_key: str = secret_field("")
    data: Path = Path(".interlock")

    # What a workspace gets unless it says otherwise.
    task_retention_days: Count = 30
    workers_per_session: Count = 3
    task_timeout_ms: Annotated[int, Field(ge=1, le=30 * 86_400_000)] = 300_000
    max_task_attempts: Annotated[int, Field(ge=1, le=100)] = 3
    global_cap: Count | None = None

    # How work is handed out, kept and given up.
    worker_concurrency: Annotated[int, Field(ge=1, le=1_000)] = 10
    lease_seconds: Seconds = 20
    heartbeat_seconds: Seconds = 5
    handoff_seconds: Seconds = 10
    cancel_grace_seconds: Annotated[float, Field(ge=0, le=3_600)] = 5
    hung_seconds: Seconds = 30
    aging_seconds: Seconds = 900
    warn_pending: Annotated[int, Field(ge=1)] = 10_000
    max_pending: Annotated[int, Field(ge=1)] = 1_000_000
    max_cpu_percent: Annotated[float, Field(ge=0, le=100)] = 98
    max_memory_percent: Annotated[float, Field(ge=0, le=100)] = 92
    max_disk_mbs: Annotated[float, Field(ge=0)] = 0
    max_network_mbs: Annotated[float, Field(ge=0)] = 0
    min_disk_free_mb: Annotated[float, Field(ge=0)] = 100
    max_children: Count = 1_000
    max_child_depth: Annotated[int, Field(ge=1, le=100)] = 5
    jobs_per_minute: Annotated[int, Field(ge=0)] = 20_000
    retry_base_seconds: Annotated[float, Field(ge=0, le=86_400)] = 2

    # What this process is.
    process: Literal["web", "worker", "dispatcher", "beat", "flower", "manage"] = "manage"
    worker_name: str = ""
    parent: int | None = None
    debug: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    # How people and programs reach it.
    url: str = ""
    token: str = secret_field("")
    allowed_hosts: Annotated[tuple[str, ...], BeforeValidator(_split)] = ("localhost", "127.0.0.1", "[::1]")
    flower_address: Annotated[str, Field(pattern=r"^(unix:/.+|[^\s:/]+:\d{1,5})?$")] = ""
    flower_key: str = secret_field("")

    @model_validator(mode="after")
    def _a_lease_outlives_a_missed_heartbeat(self) -> Environment:
        if self.heartbeat_seconds * 2 > self.lease_seconds:
            raise ValueError(
                f"INTERLOCK_HEARTBEAT_SECONDS ({self.heartbeat_seconds:g}) may be at most half of "
                f"INTERLOCK_LEASE_SECONDS ({self.lease_seconds:g}), or a late heartbeat would lose every job."
            )
        return self


VARIABLES = {variable(name): name for name in Environment.model_fields}


def load(environ: Mapping[str, str]) -> Environment:
    """Read the settings from `environ` alone; an empty value counts as not given. Raises WrongSetting."""
    given = {name: value for name, value in environ.items() if value != ""}
    for name in given:
        if name.startswith(OUR_PREFIX) and name not in VARIABLES:
            raise WrongSetting(_unknown(name))
    try:
        return Environment.model_validate({name: given[name] for name in VARIABLES if name in given})
    except ValidationError as error:
        raise WrongSetting(_sentence(error)) from None


def complete(environment: Environment) -> Environment:
    """Take the addresses and the key that were not given from the data folder's record, if it has one."""
    record = Record.read(environment.data)
    if record is None:
        return environment
    names = ["database_url", "redis_url", "secret_key"]
    if environment.url in ("", record.url):  # another platform is not shown this one's token
        names += ["url", "token"]
    missing = {name: getattr(record, name) for name in names if not getattr(environment, name)}
    return environment.model_copy(update=missing)


def given() -> Environment:
    """The settings that this process was given; a wrong one ends it with a sentence on stderr and exit code 2."""
    try:
        return load(os.environ)
    except WrongSetting as error:
        stop(str(error))


def read() -> Environment:
    """The settings of this process: what it was given, else what the data folder's platform says."""
    return complete(given())


def stop(sentence: str) -> NoReturn:
    """End the process as for any wrong usage: the sentence on stderr, exit code 2, no stack trace."""
    sys.stderr.write(f"{sentence}\n")
    raise SystemExit(USAGE_ERROR)


def data_folder() -> Path:
    """The data folder of this process, without reading the other settings."""
    return folder_from(os.environ)


def _unknown(name: str) -> str:
    ours = [known.removeprefix(OUR_PREFIX) for known in VARIABLES if known.startswith(OUR_PREFIX)]
    close = get_close_matches(name.removeprefix(OUR_PREFIX), ours, n=1)
    hint = f"did you mean {OUR_PREFIX}{close[0]}?" if close else "see docs/settings.md for those there are."
    return f"{name} is not a setting of Interlock; {hint}"


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    if not first["loc"]:
        return _cause(first) or str(first["msg"])
    name = str(first["loc"][0])
    return f"{name} is wrong: {_cause(first) or _reason(first)}."


def _cause(problem: Mapping[str, Any]) -> str:
    cause = problem.get("ctx", {}).get("error")
    return str(cause) if isinstance(cause, WrongUrl | ValueError) else ""


def _reason(problem: Mapping[str, Any]) -> str:
    if problem["type"] == "string_pattern_mismatch":
        return "it should look like HOST:PORT or unix:/PATH"
    message = str(problem["msg"]).removeprefix("Input ")
    return f"it {message[0].lower()}{message[1:]}"
