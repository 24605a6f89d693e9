"""Bytes → text: UTF-8 and nothing else, and not too much of it."""

from __future__ import annotations

from tasks.spec import sizes
from tasks.spec.errors import Code, InvalidSpec, PayloadTooLarge, Problem


def decode(body: bytes | str, most: int = sizes.BATCH_BYTES) -> str:
    """The text without a byte order mark; raises PayloadTooLarge or InvalidSpec."""
    size = len(body)
    if size > most:
        raise PayloadTooLarge(_too_large(size, most).detail())
    try:
        text = body.decode("utf-8") if isinstance(body, bytes) else body.encode("utf-8").decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidSpec([_not_utf8(error.object, error.start).detail()]) from None
    except UnicodeEncodeError as error:
        raise InvalidSpec([_lone_surrogate(error.object, error.start).detail()]) from None
    if "\x00" in text:
        raise InvalidSpec([_nul(text).detail()])
    return text.removeprefix("\ufeff")


def _too_large(size: int, most: int) -> Problem:
    sentence = f"The document has {size:,} bytes; {most // sizes.MIB} MiB are the most. Submit it in parts."
    return Problem((), Code.PAYLOAD_TOO_LARGE, sentence)


def _not_utf8(body: bytes, offset: int) -> Problem:
    sentence = f"Byte {offset} is not UTF-8; save the document as UTF-8."
    return Problem((), Code.INVALID_ENCODING, sentence, body.count(b"\n", 0, offset) + 1)


def _lone_surrogate(text: str, offset: int) -> Problem:
    sentence = "Half of a surrogate pair stands alone, which no text can hold; remove it."
    return Problem((), Code.INVALID_ENCODING, sentence, text.count("\n", 0, offset) + 1)


def _nul(text: str) -> Problem:
    offset = text.index("\x00")
    at = len(text[:offset].encode())
    sentence = f"Byte {at} is a NUL character; remove it, and save the document as UTF-8."
    return Problem((), Code.INVALID_ENCODING, sentence, text.count("\n", 0, offset) + 1)
