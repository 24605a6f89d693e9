"""The dispatcher's loop: campaign, then tick: number events, learn from them, choose, hand off, send."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction

from agents import garbage
from tasks import estimator, mending, transitions
from tasks.dispatcher import housekeeping, pressure
from tasks.dispatcher.leadership import RENEW_SECONDS, Leadership
from tasks.dispatcher.listening import Bell
from tasks.dispatcher.pressure import Governor
from tasks.dispatcher.runs import Durations
from tasks.dispatcher.sending import BrokerAway, Carrier
from tasks.dispatcher.state import DispatchState
from tasks.events import relay
from tasks.events.hints import Hints
from tasks.events.relay import Numbered
from tasks.scheduling.snapshot import read_now
from tasks.transitions import HandOff

log = logging.getLogger(__name__)

SHORTEST_WAIT = 0.004  # between ticks while work moves
AFTER_SUBMISSION = 0.012  # before the events of a job that was just sent: its worker has the machine for itself
LONGEST_BUSY_WAIT = 0.032  # while jobs run and nothing happens
IDLE_WAIT = 1.0  # a notification ends it
LONGEST_UNNUMBERED = 0.02  # that events wait while submissions keep coming
STANDBY_WAIT = 1.0
SWEEP_SECONDS = 10.0
BROKER_PAUSE = 1.0  # before the next try while Redis is away
DATABASE_PAUSE = 0.5
PATIENCE = 0.25  # a hand-off is mostly taken within milliseconds, and then its row says so


class Dispatcher:
    """One dispatcher process. Several may run; the one that leads dispatches, the others stand by."""

    def __init__(self, *, patience: float = PATIENCE) -> None:
        """`patience`: seconds after which a hand-off that nobody took is written into its row."""
        self._patience = patience
        self.leadership = Leadership()
        self.bell = Bell()
        self.hints = Hints()
        self.carrier = Carrier()
        self.state: DispatchState | None = None
        self.durations = Durations()
        self.governor = Governor()
        self._note_at = 0.0
        self._stopping = threading.Event()
        self._wait = IDLE_WAIT
        self._renew_at = 0.0
        self._put_off_since: float | None = None
        self._sweep_at = 0.0
        self._broker_back_at = 0.0
        self._clock_offset = 0.0

    def run(self) -> None:
        """Until `stop`. Whatever goes wrong with the database, the state is thrown away and read again."""
        self.hints.start()
        try:
            while not self._stopping.is_set():
                self._guarded(self._step)
                self.bell.wait(self._wait)
        finally:
            self._guarded(self.leadership.resign)
            self.hints.stop()
            self.carrier.close()
            self.bell.close()

    def stop(self) -> None:
        self._stopping.set()
        self.bell.ring()

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except relay.NotLeading:
            log.warning("Another dispatcher leads now")
            self._forget()
        except (DatabaseError, InterfaceError) as error:
            log.warning("The database did not answer, trying again: %s", str(error).strip().splitlines()[0])
            self._forget()
            self._wait = DATABASE_PAUSE
            with contextlib.suppress(Exception):  # a broken connection may fail to close; it is dropped either way
                connection.close()

    def _forget(self) -> None:
        self.state = None
        self._renew_at = 0.0

    def _step(self) -> None:
        if time.monotonic() >= self._renew_at and not self._lead():
            self._wait = STANDBY_WAIT
            return
        if self.state is None:
            with self.leadership.kept():
                self._begin_term()
        elif time.monotonic() >= self._sweep_at:
            self._sweep(self.state)
        self._wait = self._next_wait(self._tick())

    def _lead(self) -> bool:
        """Renew the lease, and once a second look at what only time tells."""
        before = self.leadership.term
        if not self.leadership.campaign():
            self._forget()
            return False
        if self.leadership.term != before:
            self.state = None
        self._renew_at = time.monotonic() + RENEW_SECONDS
        if self.state is not None and self.leadership.term is not None:
            self._look_at_time(self.state, self.leadership.term)
        return True

    def _begin_term(self) -> None:
        log.info("Leading in term %s", self.leadership.term)
        self.bell.listen()
        self._say_who_acts()
        self._set_clock()
        mended = mending.mend()
        if mended.total:
            log.warning("Put right at the take-over: %s", mended)
        while self._number():  # what happened before is in the snapshot that follows
            pass
        self.governor = Governor.take_over()
        self.state = DispatchState(self._now(), self.durations)
        garbage.settle()  # all that is there by now stays: no collection walks through it while somebody waits
        self._sweep(self.state)

    def _look_at_time(self, state: DispatchState, term: int) -> None:
        self._set_clock()
        transitions.recover_lost_leases()
        housekeeping.retire_silent_workers()
        recalled = housekeeping.recall_lost_hand_offs(leader=self.leadership.holder, term=term)
        state.returned(each.job for each in recalled)
        state.doubt(each.worker for each in recalled if each.ran_out)
        housekeeping.fail_past_deadlines()
        if self.governor.look():
            state.read_platform()
        state.read_workers()
        state.save_clocks()
        if time.monotonic() >= self._note_at:
            pressure.note_queue(*state.depth())
            self._note_at = time.monotonic() + settings.INTERLOCK.heartbeat_seconds

    def _sweep(self, state: DispatchState) -> None:
        """Find what an event should have told and did not."""
        state.relations.sweep()
        state.forget_idle_sessions()
        self._sweep_at = time.monotonic() + SWEEP_SECONDS

    def _tick(self) -> bool:
        """One round; whether anything moved."""
        state, term = self.state, self.leadership.term
        assert state is not None and term is not None, "only a leader ticks"
        if self.bell.settings_changed():
            state.read_settings()
        state.stale |= self.bell.sessions()
        came = self.bell.came()
        state.arrive(came)
        somebody_submitted = bool(came or state.stale)  # that goes first, and what else happened a moment later
        if somebody_submitted and self._dispatch(state, term) and not self._has_put_off_long():
            return True
        self._put_off_since = None
        with transaction.atomic():
            events = relay.number(leader=self.leadership.holder, term=term)
        state.take(events)
        state.relations.settle()
        started = self._dispatch(state, term)
        self.hints.tell(events)
        return bool(events or started or state.has_more)

    def _has_put_off_long(self) -> bool:
        """Whether events have waited for their number as long as they may, while submissions keep coming."""
        now = time.monotonic()
        self._put_off_since = self._put_off_since or now
        return now - self._put_off_since > LONGEST_UNNUMBERED

    def _dispatch(self, state: DispatchState, term: int) -> bool:
        """Send what can start; whoever takes it writes that into its row. What is not taken is written here."""
        state.refresh()
        if time.monotonic() < self._broker_back_at:
            return False
        chosen = state.choose(self._now())
        if chosen:
            self._send(state, term, chosen)
        if state.ticketed_under_other_settings:
            state.ticketed_under_other_settings = False
            self._take_back(state, term, state.not_taken_since(time.monotonic()))
        self._write_down(state, term, state.not_taken_since(time.monotonic() - self._patience))
        return bool(chosen)

    def _send(self, state: DispatchState, term: int, chosen: list[HandOff]) -> None:
        try:
            self.carrier.send(chosen, term=term, until=self._now() + settings.INTERLOCK.handoff_seconds)
        except BrokerAway as error:
            log.warning("Redis takes no messages, trying again in %s s: %s", BROKER_PAUSE, error)
            self._broker_back_at = time.monotonic() + BROKER_PAUSE
            self._take_back(state, term, chosen)

    def _write_down(self, state: DispatchState, term: int, starts: list[HandOff]) -> None:
        """Into the jobs' rows, where people and the next leader see for whom they are reserved, and until when."""
        if starts:
            state.written(starts, transitions.hand_off(starts, leader=self.leadership.holder, term=term))

    def _take_back(self, state: DispatchState, term: int, starts: list[HandOff]) -> None:
        """Their messages, if they went out, are void. A job that began before is not touched."""
        self._write_down(state, term, starts)
        jobs = [start.job for start in starts]
        recalled = transitions.recall_hand_offs(leader=self.leadership.holder, term=term, jobs=jobs) if jobs else []
        state.returned(each.job for each in recalled)

    def _number(self) -> list[Numbered]:
        assert self.leadership.term is not None
        with transaction.atomic():
            events = relay.number(leader=self.leadership.holder, term=self.leadership.term)
        self.hints.tell(events)
        return events

    def _next_wait(self, moved: bool) -> float:
        if self._put_off_since is not None:
            return AFTER_SUBMISSION
        if moved:
            return SHORTEST_WAIT
        state = self.state
        if state is not None and state.is_busy:
            return min(max(self._wait, SHORTEST_WAIT) * 2, LONGEST_BUSY_WAIT)
        due = state.scheduler.next_event_at(self._now()) if state is not None else None
        return IDLE_WAIT if due is None else min(IDLE_WAIT, max(SHORTEST_WAIT, due - self._now()))

    def _say_who_acts(self) -> None:
        """What events say of what the dispatcher does by itself; a new connection must be told again."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('interlock.actor', 'dispatcher', false)")

    def _set_clock(self) -> None:
        self._clock_offset = read_now() - time.time()

    def _now(self) -> float:
        """The database's clock, without asking it each time."""
        return time.time() + self._clock_offset


def main() -> None:
    """Run a dispatcher until SIGTERM or SIGINT."""
    dispatcher = Dispatcher()

    def end(signum: int, frame: FrameType | None) -> None:
        dispatcher.stop()

    with estimator.beside(dispatcher.leadership.holder):
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        dispatcher.run()
