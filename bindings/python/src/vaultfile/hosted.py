"""The decorators of a hosted platform, for code that was written for one: it runs here, in this
process, with its secrets from the vault.

    import vaultfile.hosted as modal

    app = modal.App()

    @app.function(secrets=[modal.Secret.from_name("my-secret")])
    def run():
        print(os.environ["API_KEY"])

Other arguments of the decorators, such as image and gpu, are ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Callable, Optional, TypeVar, Union

from . import errors
from ._secret import Secret
from ._use import inject, secrets as _with_secrets
from .errors import AlreadyExistsError, InvalidError, NotFoundError

__all__ = [
    "AlreadyExistsError", "App", "InvalidError", "NotFoundError", "Secret", "async_function", "enter",
    "exit", "function", "is_local", "method",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])
Given = Union[Secret, Iterable[Secret], None]


def function(secret: Given = None, *, secrets: Given = None, **ignored: Any) -> Callable[[F], F]:
    """Runs a function with secrets in os.environ. Several are applied in order.

    The function also has the names .local and .remote, which call it."""
    given: list[Secret] = []
    for some in (secret, secrets):
        given += [some] if isinstance(some, Secret) else list(some or ())

    def decorate(f: F) -> F:
        wrapped = _with_secrets(*given)(f)
        if not isinstance(f, type):
            wrapped.__dict__.update(local=wrapped, remote=wrapped)
        return wrapped

    return decorate


async_function = function


def _marked(mark: str) -> Callable[..., Callable[[F], F]]:
    def decorator(**ignored: Any) -> Callable[[F], F]:
        def decorate(f: F) -> F:
            setattr(f, mark, True)
            return f

        return decorate

    return decorator


enter = _marked("_vaultfile_enter")  #: a method that runs once an object is made
exit = _marked("_vaultfile_exit")  #: kept for the code's sake: nothing calls it
method = _marked("_vaultfile_method")


def is_local() -> bool:
    return True


class App:
    """Holds nothing. Its decorators are those of this module."""

    def __init__(self, name: Optional[str] = None, *, secrets: Iterable[Secret] = (), **ignored: Any):
        self.name = name
        self._secrets = list(secrets)

    def function(self, *, secrets: Iterable[Secret] = (), **ignored: Any) -> Callable[[F], F]:
        return function(secrets=[*self._secrets, *secrets])

    def cls(self, *, secrets: Iterable[Secret] = (), **ignored: Any) -> Callable[[type], type]:
        """Runs the methods of a class with secrets in os.environ, and those that are marked with
        enter() when an object is made."""
        given = [*self._secrets, *secrets]

        def decorate(cls: type) -> type:
            if not isinstance(cls, type):
                raise errors.WrongTypeError("a class is needed")
            names = [n for n, value in vars(cls).items() if hasattr(value, "_vaultfile_enter")]
            first: Callable[..., None] = cls.__init__  # type: ignore[misc]

            def made(self: Any, *args: Any, **kwargs: Any) -> None:
                first(self, *args, **kwargs)
                for name in names:
                    getattr(self, name)()

            cls.__init__ = made  # type: ignore[misc]
            return _with_secrets(*given)(cls)

        return decorate

    def local_entrypoint(self, **ignored: Any) -> Callable[[F], F]:
        return lambda f: f

    @contextmanager
    def run(self, **ignored: Any) -> Iterator[App]:
        with inject(*self._secrets):
            yield self
