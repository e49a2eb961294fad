"""The whole engine against a model that knows nothing of it, in orders that nobody thought of.

The small form is part of the tests and the same on every machine; the big one is `make model`,
where MODEL_EXAMPLES says how many stories are told and MODEL_SEED which. A story that fails is
printed as the calls that tell it again. That the model can fail is shown in `test_mutations`.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.engine.machine import EngineMachine

#: How many stories, of how many events each.
SMALL, STEPS = 60, 30
FULL_STEPS = 60


def test_the_engine_does_what_the_model_says_whatever_happens_to_it() -> None:
    asked = os.environ.get("MODEL_EXAMPLES")
    told = settings(
        max_examples=int(asked or SMALL),
        stateful_step_count=FULL_STEPS if asked else STEPS,
        derandomize=not asked,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    machine = EngineMachine
    if asked:
        machine = seed(int(os.environ.get("MODEL_SEED", "0")))(machine)

    run_state_machine_as_test(machine, settings=told)
