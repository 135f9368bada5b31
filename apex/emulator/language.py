"""Apex as the machine is given it: every kind of node, and how calls find their method."""

from __future__ import annotations

from typing import Final

from apex.emulator.dispatch import call_on, construct
from apex.emulator.expressions import EVALUATORS
from apex.emulator.jobs import enqueue_future
from apex.emulator.machine import Language
from apex.emulator.statements import EXECUTORS, declare

APEX: Final = Language(
    expressions=EVALUATORS,
    statements=EXECUTORS,
    declare=declare,
    call_on=call_on,
    construct=construct,
    enqueue_future=enqueue_future,
)
