"""A pytest plugin with the fixture vault_env."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Callable, Union

import pytest

from . import Secret, inject


@pytest.fixture
def vault_env() -> Iterator[Callable[..., None]]:
    """A function that sets secrets in os.environ until the test ends: vault_env("db"), or
    vault_env("db", Secret.from_dict({"DEBUG": "1"}), environment_name="test")."""
    with ExitStack() as stack:

        def use(*secrets: Union[str, Secret], environment_name: Union[str, None] = None) -> None:
            found = [
                Secret.from_name(one, environment_name) if isinstance(one, str) else one
                for one in secrets
            ]
            stack.enter_context(inject(*found))

        yield use
