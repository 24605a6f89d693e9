"""What a model says, as lines of the job's log while it comes."""

from __future__ import annotations

from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta

from agents.runtimes.base import Host, Log

STREAM = "model"
LONGEST_LINE = 2000


class Telling:
    """Whole lines, and long ones in pieces; `end` tells what is left."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._line = ""
        self.text = ""

    async def hear(self, event: object) -> None:
        match event:
            case PartStartEvent(part=TextPart(content=text)):
                await self._add(text)
            case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
                await self._add(text)

    async def _add(self, text: str) -> None:
        self.text += text
        self._line += text
        *whole, self._line = self._line.split("\n")
        for line in whole:
            await self._tell(line)
        while len(self._line) > LONGEST_LINE:
            await self._tell(self._line[:LONGEST_LINE])
            self._line = self._line[LONGEST_LINE:]

    async def end(self) -> None:
        if self._line:
            await self._tell(self._line)
        self._line = ""

    async def _tell(self, line: str) -> None:
        await self._host.emit(Log(STREAM, line.replace("\0", "�").rstrip("\r")))
