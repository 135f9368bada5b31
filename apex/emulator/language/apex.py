"""Apex as the machine is given it: every kind of node, and how calls find their method."""

from __future__ import annotations

from typing import Final

from apex.emulator.jobs.running import enqueue_future
from apex.emulator.language.dispatch import call_on, construct
from apex.emulator.language.expressions import EVALUATORS
from apex.emulator.language.statements import EXECUTORS, declare
from apex.emulator.machine import Language

APEX: Final = Language(
    expressions=EVALUATORS,
    statements=EXECUTORS,
    declare=declare,
    call_on=call_on,
    construct=construct,
    enqueue_future=enqueue_future,
)
