"""The only writer of a job's state.

Each transition is one UPDATE with its from-states in the WHERE, and under the epoch where a run writes it. No row
means that the race was lost, which is an answer and not an error: somebody else got there first. The event is
written by the database's trigger in the same transaction.
"""

from __future__ import annotations

from tasks.transitions.claiming import Claim, claim, claim_of
from tasks.transitions.ending import Completed, complete, crash, fail, hand_back, lock, retry_later, stop, suspend
from tasks.transitions.handing import HandedOff, HandOff, Recalled, Ticket, hand_off, recall_hand_offs
from tasks.transitions.recovering import end_stray_attempts, recover_lost_leases, take_back_without_attempt
from tasks.transitions.statements import IN_STATE
from tasks.transitions.waiting import (
    Asked,
    admit_again,
    approve,
    ask_back,
    ask_to_stop,
    cancel_waiting,
    deny,
    fail_waiting,
    resume,
    unblock,
)

__all__ = [
    "IN_STATE",
    "Asked",
    "Claim",
    "Completed",
    "HandOff",
    "HandedOff",
    "Recalled",
    "Ticket",
    "admit_again",
    "approve",
    "ask_back",
    "ask_to_stop",
    "cancel_waiting",
    "claim",
    "claim_of",
    "complete",
    "crash",
    "deny",
    "end_stray_attempts",
    "fail",
    "fail_waiting",
    "hand_back",
    "hand_off",
    "lock",
    "recall_hand_offs",
    "recover_lost_leases",
    "resume",
    "retry_later",
    "stop",
    "suspend",
    "take_back_without_attempt",
    "unblock",
]
