"""Who is told to stop has so long for the last answers."""

import math
import time

from proxy.stopping import ANSWER_S, Draining


def test_time_for_the_last_answers_begins_once() -> None:
    """Being told again gives no more time."""
    draining = Draining()
    assert draining.last_answer_s() == math.inf

    before = time.monotonic()
    draining.set()
    told = draining.last_answer_s()
    draining.set()

    assert draining.is_set()
    assert before + ANSWER_S <= told <= time.monotonic() + ANSWER_S
    assert draining.last_answer_s() == told
