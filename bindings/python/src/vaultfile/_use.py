"""Using secrets: in os.environ, for child processes, as files, and masked in a text."""

from __future__ import annotations

import ctypes as c
import os
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Callable, Iterator, Optional, TypeVar, cast

from . import errors
from ._library import EnvironRules, array, data, held, lib, text
from ._secret import Secret, loaded
from ._vault import Handle, scratch

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

F = TypeVar("F", bound=Callable[..., Any])


def _secrets(secrets: Iterable[object]) -> list[Secret]:
    found = list(secrets)
    for secret in found:
        if not isinstance(secret, Secret):
            raise errors.WrongTypeError(f"a Secret is needed, not {type(secret).__name__}")
    return cast("list[Secret]", found)


@contextmanager
def _selected(secrets: Iterable[Secret], to_mask: bool = False) -> Iterator[Any]:
    """The handle, and a selection of the secrets' variables; of equal names the later one wins,
    unless they are to be masked."""
    values = [(s._label.replace("_", "-") if not s.name else s.name, dict(s), s) for s in secrets]
    sets: list[c.c_void_p] = []
    selection = c.c_void_p()
    with scratch as handle:
        try:
            for _, variables, secret in values:
                sets.append(handle.kv(variables))
                for name in secret._open_names() if to_mask else ():
                    if name in variables:
                        handle.call(lib.kv_set_kind, sets[-1], name.encode(), 3)
            labels = array([data("a name", label) for label, _, _ in values])
            kvs = (c.c_void_p * len(sets))(*sets)
            handle.call(
                lib.select_sets, labels, kvs, len(sets), int(to_mask), c.byref(selection)
            )
            yield handle, selection
        finally:
            lib.selection_free(selection)
            for kv in sets:
                lib.kv_free(kv)


def _environ(
    handle: Handle, selection: c.c_void_p, allow: Iterable[str], clean: bool, keep: bool,
    files: Optional[list[bytes]],
) -> dict[str, str]:  # fmt: skip
    variables = c.c_void_p()
    allowed = [data("a name in allow", name) for name in allow]
    rules = EnvironRules(size=c.sizeof(EnvironRules), is_clean=bool(clean), keeps_present=bool(keep))
    if allowed:
        rules.allowed, rules.allowed_count = array(allowed), len(allowed)
    if files is not None:
        rules.files = array(files)
    handle.call(held.environ, selection, c.byref(rules), c.byref(variables))
    try:
        listed, found, place = lib.variables_list(variables), {}, 0
        while listed[place] is not None:
            name, _, value = text(listed[place]).partition("=")
            found[name] = value
            place += 1
        return found
    finally:
        lib.variables_free(variables)


def environ(
    *secrets: Secret, clean: bool = False, keep_present: bool = False, allow: Iterable[str] = ()
) -> dict[str, str]:
    """The environment for a child process, as `vault exec` makes it: this process's variables
    without VAULT_IDENTITY and VAULT_PASSPHRASE, and those of the secrets.

    clean: of this process's variables, only PATH, HOME and the like.
    keep_present: variables that this process has are not replaced.
    allow: names that may be set although programs run other code through them.

    >>> import subprocess, sys
    >>> env = environ(Secret.from_dict({"FOO": "bar"}))
    >>> subprocess.run(["printenv", "FOO"], env=env, stdout=subprocess.PIPE).stdout
    b'bar\\n'
    """
    with _selected(_secrets(secrets)) as (handle, selection):
        return _environ(handle, selection, allow, clean, keep_present, None)


# ---- os.environ ----

_layers: list[dict[str, str]] = []
_before: dict[str, Optional[str]] = {}  # what os.environ had below all layers
_layers_lock = threading.RLock()


def _push(layer: dict[str, str]) -> None:
    with _layers_lock:
        for name in layer:
            _before.setdefault(name, os.environ.get(name))
        _layers.append(layer)
        os.environ.update(layer)


def _pop(layer: dict[str, str]) -> None:
    """Layers may end in any order, as those of async functions do."""
    with _layers_lock:
        for place, one in enumerate(_layers):
            if one is layer:
                del _layers[place]
                break
        for name in layer:
            values = [one[name] for one in _layers if name in one]
            value = values[-1] if values else _before.pop(name)
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def inject(*secrets: Secret, allow: Iterable[str] = ()) -> Iterator[None]:
    """Sets the secrets' variables in os.environ for a while; of equal names the later secret's value
    is used. os.environ belongs to the whole process: other threads see them too.

    >>> with inject(Secret.from_dict({"FOO": "bar"})):
    ...     os.environ["FOO"]
    'bar'
    >>> "FOO" in os.environ
    False
    """
    layer = _layer(_secrets(secrets), allow)
    _push(layer)
    try:
        yield
    finally:
        _pop(layer)


def _layer(secrets: list[Secret], allow: Iterable[str]) -> dict[str, str]:
    """The variables, if os.environ may have them."""
    names = {name for secret in secrets for name in secret}
    with _selected(secrets) as (handle, selection):
        made = _environ(handle, selection, allow, False, False, None)
    return {name: made[name] for name in names}


def secrets(*secrets: Secret, allow: Iterable[str] = ()) -> Callable[[F], F]:
    """A decorator for functions, async functions, generators and classes: their code runs with the
    secrets in os.environ. In a class, each method does that the class itself defines.

    >>> @secrets(Secret.from_dict({"FOO": "bar"}))
    ... def foo():
    ...     return os.environ["FOO"]
    >>> foo()
    'bar'
    """
    given, allowed = _secrets(secrets), list(allow)

    def decorate(wrapped: F) -> F:
        if isinstance(wrapped, type):
            return cast(F, _with_methods(wrapped, lambda f: _wrap(f, given, allowed)))
        if not callable(wrapped):
            raise errors.WrongTypeError("a function or a class is needed")
        return cast(F, _wrap(wrapped, given, allowed))

    return decorate


def _wrap(f: Callable[..., Any], given: list[Secret], allow: list[str]) -> Callable[..., Any]:
    import functools
    import inspect

    if inspect.iscoroutinefunction(f):

        @functools.wraps(f)
        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            with inject(*given, allow=allow):
                return await f(*args, **kwargs)

        return asynchronous
    if inspect.isasyncgenfunction(f):

        @functools.wraps(f)
        async def asynchronous_generator(*args: Any, **kwargs: Any) -> Any:
            with inject(*given, allow=allow):
                async for item in f(*args, **kwargs):
                    yield item

        return asynchronous_generator
    if inspect.isgeneratorfunction(f):

        @functools.wraps(f)
        def generator(*args: Any, **kwargs: Any) -> Any:
            with inject(*given, allow=allow):
                return (yield from f(*args, **kwargs))

        return generator

    @functools.wraps(f)
    def synchronous(*args: Any, **kwargs: Any) -> Any:
        with inject(*given, allow=allow):
            return f(*args, **kwargs)

    return synchronous


_RUN = {"__init__", "__call__", "__enter__", "__exit__", "__aenter__", "__aexit__", "__iter__"}


def _with_methods(cls: type, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> type:
    import types

    for name, value in list(vars(cls).items()):
        if name.startswith("__") and name not in _RUN:
            continue
        if isinstance(value, types.FunctionType):
            setattr(cls, name, wrap(value))
        elif isinstance(value, (staticmethod, classmethod)):
            setattr(cls, name, type(value)(wrap(value.__func__)))
        elif isinstance(value, property) and value.fget:
            setattr(cls, name, property(wrap(value.fget), value.fset, value.fdel, value.__doc__))
    return cls


# ---- files ----


class Mount:
    """Files in private memory, until the `with` block or the process ends.

    >>> with mount(Secret.from_dict({"KEY": "value"})) as folder:
    ...     (folder / "KEY").read_text()
    'value'
    """

    def __init__(self, given: list[Secret], allow_disk: bool) -> None:
        import weakref
        from pathlib import Path

        self._secrets = given
        folder = _make_folder(allow_disk)
        self.path: Path = Path(folder)  #: the folder, which only this user can open
        self._remove = weakref.finalize(self, _remove_folder, folder, os.getpid())
        try:
            for secret in given:
                for name, value in secret.items():
                    _write(os.path.join(folder, name), value)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"<vaultfile.Mount {self.path}>"

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Overwrites and removes the files."""
        self._remove()

    def environ(self, *, clean: bool = False, allow: Iterable[str] = ()) -> dict[str, str]:
        """The environment for a child process, in which NAME_FILE is the path of the file, and NAME
        is not set: as `vault exec --files`."""
        names = sorted({name for secret in self._secrets for name in secret}, key=os.fsencode)
        files = [os.fsencode(self.path / name) for name in names]
        with _selected(self._secrets) as (handle, selection):
            return _environ(handle, selection, allow, clean, False, files)


def mount(*secrets: Secret, allow_disk: bool = False) -> Mount:
    """The variables as files in private memory: `with vaultfile.mount(secret) as folder`. Without a
    folder in memory it is an error, unless a disk is allowed."""
    return Mount(_secrets(secrets), allow_disk)


def _is_memory(folder: str) -> bool:
    try:
        device = os.stat(folder).st_dev
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as mounts:
            for line in mounts:
                mount_, _, rest = line.partition(" - ")
                if mount_.split()[2] == f"{os.major(device)}:{os.minor(device)}":
                    return rest.split()[0] in ("tmpfs", "ramfs")
    except (OSError, IndexError):
        pass
    return False


def _make_folder(allow_disk: bool) -> str:
    import tempfile

    places = [os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm", "/run/shm", tempfile.gettempdir()]
    for place in places:
        if place and os.path.isabs(place) and _is_memory(place) and os.access(place, os.W_OK):
            return tempfile.mkdtemp(prefix="vault-", dir=place)
    if allow_disk:
        return tempfile.mkdtemp(prefix="vault-")
    raise errors.FailedError(
        "no folder in memory, and plain text is not written to a disk unless you allow it",
        "allow_disk=True uses the temporary folder",
    )


def _write(path: str, value: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_TRUNC | os.O_CLOEXEC
    with open(os.open(path, flags, 0o600), "wb") as file:
        file.write(value.encode("utf-8", "surrogateescape"))


def _remove_folder(folder: str, owner: int) -> None:
    import shutil

    if os.getpid() != owner:  # a child must not remove what its parent still uses
        return
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "r+b") as file:
                file.write(bytes(os.fstat(file.fileno()).st_size))
    shutil.rmtree(folder)


# ---- masking ----


class Redacted:
    """A text stream in which values are masked: each becomes [SECRET/NAME].

    What may be the beginning of a value is held back until the next text, or the end: close it, or
    use it in a `with` statement. The stream below stays open.
    """

    def __init__(self, stream: IO[str], given: list[Secret]) -> None:
        if not hasattr(stream, "write"):
            raise errors.WrongTypeError("a stream is needed")
        self._stream = stream
        self._given = given
        self._known = -1
        self._redact = c.c_void_p()
        self._lock = threading.RLock()
        self._rest = b""  # an incomplete character
        self.closed = False

    def __del__(self, free: Callable[..., Any] = lib.redact_free) -> None:
        redact_, self._redact = getattr(self, "_redact", None), c.c_void_p()
        if redact_:
            free(redact_)

    def __getattr__(self, name: str) -> Any:  # encoding, fileno, isatty, …
        if name.startswith("_") or name in ("buffer", "detach", "writelines"):
            raise AttributeError(name)  # a way around the masking
        return getattr(self._stream, name)

    def __enter__(self) -> Redacted:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:  # fmt: skip
        self.close()

    def _begin(self) -> None:
        """Masks what is known now; without given secrets that grows."""
        count, all_loaded = (0, self._given) if self._given else loaded()
        if self._redact and count == self._known:
            return
        self._finish()
        lib.redact_free(self._redact)
        self._redact = c.c_void_p()
        with _selected(all_loaded, to_mask=True) as (handle, selection):
            handle.call(lib.redact_new, selection, c.byref(self._redact))
        self._known = count

    def _show(self, function: Callable[..., int], *arguments: object) -> None:
        out, size = c.c_void_p(), c.c_size_t()
        if function(self._redact, *arguments, c.byref(out), c.byref(size)):
            raise MemoryError("libvault is out of memory")
        shown = self._rest + (c.string_at(out.value, size.value) if out.value else b"")
        whole = _whole(shown) if function is lib.redact_feed else len(shown)
        self._rest = shown[whole:]
        if whole:
            self._stream.write(shown[:whole].decode("utf-8", "surrogateescape"))

    def _finish(self) -> None:
        if self._redact:
            self._show(lib.redact_finish)

    def write(self, s: str) -> int:
        if not isinstance(s, str):
            raise errors.WrongTypeError(f"a str is needed, not {type(s).__name__}")
        with self._lock:
            if self.closed:
                raise ValueError("write to a closed stream")
            self._begin()
            encoded = s.encode("utf-8", "surrogateescape")
            self._show(lib.redact_feed, encoded, len(encoded))
        return len(s)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        """What may be the beginning of a value stays held back."""
        with self._lock:
            self._stream.flush()

    def close(self) -> None:
        with self._lock:
            if not self.closed:
                self._finish()
                self._stream.flush()
                self.closed = True


def _whole(encoded: bytes) -> int:
    """The length without an incomplete character at the end."""
    for back in range(1, min(4, len(encoded)) + 1):
        lead = encoded[-back]
        if lead >= 0xC0:
            need = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return len(encoded) - back if back < need else len(encoded)
        if lead < 0x80:
            break
    return len(encoded)


def redact(stream: Optional[IO[str]] = None, *secrets: Secret) -> Redacted:
    """A stream that masks the values of the secrets or, if none is given, of all secrets that this
    process has read from a vault, now or later. Values of fewer than 6 bytes are not masked.

    >>> import io
    >>> secret, out = Secret.from_dict({"TOKEN": "abcdef-123456"}), io.StringIO()
    >>> with redact(out, secret) as masked:
    ...     print("the token is", secret["TOKEN"], file=masked)
    >>> out.getvalue()
    'the token is [from-dict/TOKEN]\\n'
    """
    return Redacted(sys.stdout if stream is None else stream, _secrets(secrets))
