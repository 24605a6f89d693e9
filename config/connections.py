"""What `DATABASE_URL` and `REDIS_URL` mean to Django, Celery, Channels and the cache."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import ParseResult, parse_qsl, quote, unquote, urlparse

DATABASE_SCHEMES = ("postgres", "postgresql")
REDIS_SCHEMES = ("redis", "rediss")


class WrongUrl(ValueError):
    """The text is no URL of the kind asked for. The message never repeats it: it may hold a password."""


def check_database_url(value: str) -> str:
    """`value` itself if it can be a Postgres URL, else WrongUrl."""
    url = _parse(value, DATABASE_SCHEMES, "postgresql://USER:PASSWORD@HOST:PORT/NAME")
    if not unquote(url.path).strip("/"):
        raise WrongUrl("it names no database; it should look like postgresql://USER:PASSWORD@HOST:PORT/NAME")
    return value


def check_redis_url(value: str) -> str:
    """`value` itself if it can be a Redis URL, else WrongUrl."""
    url = _parse(value, REDIS_SCHEMES, "redis://:PASSWORD@HOST:PORT/0")
    if not url.hostname:
        raise WrongUrl("it names no host; it should look like redis://:PASSWORD@HOST:PORT/0")
    if url.path.strip("/") and not url.path.strip("/").isdigit():
        raise WrongUrl("its path must be the number of a database, as in redis://:PASSWORD@HOST:PORT/0")
    return value


def database_settings(url: str) -> dict[str, Any]:
    """Django's connection settings for a Postgres URL; its query (`?sslmode=require`) are libpq's options."""
    parsed = urlparse(url)
    options = dict(parse_qsl(parsed.query))
    return {
        "NAME": unquote(parsed.path.lstrip("/")),
        "USER": unquote(parsed.username or ""),
        "PASSWORD": unquote(parsed.password or ""),
        "HOST": options.pop("host", unquote(parsed.hostname or "")),
        "PORT": str(parsed.port or options.pop("port", "")),
        "OPTIONS": options,
    }


def with_login(url: str, user: str, password: str) -> str:
    """The same server and database under another login."""
    parsed = urlparse(url)
    place = parsed.netloc.rpartition("@")[2]
    return parsed._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{place}").geturl()


def without_password(url: str) -> str:
    """The URL as it may be printed and logged."""
    parsed = urlparse(url)
    place = parsed.netloc.rpartition("@")[2]
    login = f"{parsed.username}@" if parsed.username else ""
    return parsed._replace(netloc=login + place, query="").geturl()


@dataclass(frozen=True)
class RedisPlaces:
    """Where each user of one Redis keeps its keys."""

    broker: str = field(repr=False)
    channels: str = field(repr=False)
    cache: str = field(repr=False)


def redis_places(url: str) -> RedisPlaces:
    """Three databases of one server where the URL leaves the choice; where it names one, that for all.

    Every user prefixes its keys besides, so sharing one database is safe.
    """
    parsed = urlparse(url)
    if parsed.path.strip("/") not in ("", "0"):
        return RedisPlaces(url, url, url)
    return RedisPlaces(*(parsed._replace(path=f"/{number}").geturl() for number in range(3)))


def _parse(value: str, schemes: tuple[str, ...], example: str) -> ParseResult:
    try:
        url = urlparse(value)
        port = url.port
    except ValueError:
        raise WrongUrl(f"its port is not a number; it should look like {example}") from None
    if url.scheme not in schemes:
        raise WrongUrl(f"it should look like {example}")
    if port == 0:
        raise WrongUrl(f"its port is 0; it should look like {example}")
    return url
