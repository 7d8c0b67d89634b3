"""An open vault: handles of libvault, and what keeps them safe between threads and across fork."""

from __future__ import annotations

import ctypes as c
import os
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar, Union

from . import errors
from ._library import (
    FAILED,
    FILE_PROMPT,
    NOBODY,
    NOTICE,
    OK,
    PROMPT,
    CredentialFile,
    Overrides,
    Pair,
    array,
    data,
    failure,
    held,
    lib,
    text,
)

if TYPE_CHECKING:
    from ._secret import Objects, Secret

T = TypeVar("T")
Path = Union[str, "os.PathLike[str]"]
Ask = Callable[[str], Optional[str]]

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_SLICE = 100  # milliseconds of waiting for a lock, after which Ctrl-C is seen


def _place() -> tuple[str, int]:
    """The file and line that called the package, for a warning."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_code.co_filename.startswith((_HERE, "<frozen")):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def _path(what: str, path: object) -> bytes:
    if not isinstance(path, (str, os.PathLike)):
        raise errors.WrongTypeError(f"{what} must be a path, not {type(path).__name__}")
    return data(what, os.fspath(path))


class Handle:
    """A handle of libvault. The caller makes sure that one thread at a time uses it."""

    def __init__(self, ask: Optional[Ask] = None) -> None:
        self.pointer: Any = lib.new()
        if not self.pointer:
            raise MemoryError("libvault is out of memory")
        self.path: Optional[str] = None
        self.stamp: Optional[tuple[int, ...]] = None
        self._notices: list[str] = []
        self._raised: list[BaseException] = []
        self._callbacks = [self._on_notice(self._notices)]
        lib.set_notice(self.pointer, self._callbacks[0], None)
        if ask is not None:
            self._set_prompts(ask)

    def __del__(self, free: Callable[..., Any] = lib.free) -> None:
        pointer, self.pointer = getattr(self, "pointer", None), None
        if pointer:
            free(pointer)

    @staticmethod
    def _on_notice(notices: list[str]) -> Any:
        return NOTICE(lambda user, sentence: notices.append(text(sentence)))

    def _set_prompts(self, ask: Ask) -> None:
        raised = self._raised

        def answer(question: str, attempt: int, out: Any, size: int) -> int:
            try:
                given = ask(f"{question} (again): " if attempt else f"{question}: ")
                if given is None:
                    return NOBODY
                passphrase = data("a passphrase", given)
            except BaseException as error:  # raised again when the library has returned
                raised.append(error)
                return -1
            if len(passphrase) > size:
                return -1
            c.memmove(out, passphrase, len(passphrase))
            return len(passphrase)

        def reader(user: int, env: bytes, readers: bytes, attempt: int, out: Any, size: int) -> int:
            return answer(f"passphrase of {text(readers)} for {text(env)}", attempt, out, size)

        def file(user: int, path: bytes, attempt: int, out: Any, size: int) -> int:
            return answer(f"passphrase of {text(path)}", attempt, out, size)

        self._callbacks += [PROMPT(reader), FILE_PROMPT(file)]
        lib.set_prompt(self.pointer, self._callbacks[1], None)
        lib.set_file_prompt(self.pointer, self._callbacks[2], None)

    def call(self, function: Callable[..., int], *arguments: object) -> None:
        err = function(self.pointer, *arguments)
        if err != OK:
            raise self.failure(err)

    def failure(self, err: int) -> BaseException:
        error = failure(self.pointer, err)
        if self._raised:
            error = self._raised.pop()
            self._raised.clear()
        return error

    def tell(self) -> None:
        """Warns of what the library has said. A filter may make an exception of it."""
        while self._notices:
            sentence = self._notices.pop(0)
            filename, line = _place()
            warnings.warn_explicit(sentence, errors.VaultWarning, filename, line)

    def tell_only(self) -> None:
        """The same where it is too late for an exception."""
        while self._notices:
            try:
                self.tell()
            except errors.VaultWarning as warning:
                warnings.showwarning(warning, errors.VaultWarning, *_place())

    def kv(self, values: Mapping[str, Optional[str]]) -> c.c_void_p:
        """A set of values, which the caller frees. Checks every name and value."""
        if not isinstance(values, Mapping):
            raise errors.WrongTypeError(f"a dict is needed, not {type(values).__name__}")
        pairs = (Pair * len(values))()
        kept = []  # until the library has copied them
        for pair, (name, value) in zip(pairs, values.items()):
            pair.name = data("the name of a variable", name)
            if value is None:
                continue
            if not isinstance(value, str):
                raise errors.WrongTypeError(
                    f"the value of {name} must be a str or None, not {type(value).__name__}"
                )
            encoded = _encoded(name, value)
            kept.append(encoded)
            pair.value = c.cast(c.c_char_p(encoded), c.c_void_p)
            pair.len = len(encoded)
        kv = c.c_void_p()
        self.call(lib.kv_from_pairs, pairs, len(pairs), c.byref(kv))
        return kv

    def values(self, kv: c.c_void_p) -> dict[str, str]:
        """The dict of a set of values, which is freed."""
        block, size = c.c_void_p(), c.c_size_t()
        try:
            if lib.kv_block(self.pointer, kv, c.byref(block)) == OK:
                at = lib.kv_get(block, b"BLOCK", c.byref(size))
                entries = text(c.string_at(at, size.value)).split("\0")
                entries.pop()
                return dict([entry.split("=", 1) for entry in entries])
            # A value has a zero byte.
            pairs = [lib.kv_at(kv, place) for place in range(lib.kv_count(kv))]
            return {text(p.name): text(c.string_at(p.value, p.len)) for p in pairs}
        finally:
            lib.kv_free(block)
            lib.kv_free(kv)


def _encoded(name: str, value: str) -> bytes:
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise errors.InvalidError(f"the value of {name} is no Unicode text") from None


class Guarded:
    """Something with handles, which one thread at a time uses.

    The lock is held during fork, so no handle is copied in the middle of a call.
    """

    def __init__(self) -> None:
        self._mutex = threading.RLock()
        _guarded.add(self)


_guarded: weakref.WeakSet[Guarded] = weakref.WeakSet()
_forking: list[Guarded] = []


def _before_fork() -> None:
    _forking.extend(_guarded)
    for one in _forking:
        one._mutex.acquire()


def _after_fork() -> None:
    while _forking:
        _forking.pop()._mutex.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
    )


class Scratch(Guarded):
    """A handle that opens no vault, for sets of values."""

    def __init__(self) -> None:
        super().__init__()
        self._handle: Optional[Handle] = None

    def __enter__(self) -> Handle:
        self._mutex.acquire()
        if self._handle is None:
            self._handle = Handle()
        return self._handle

    def __exit__(self, *_: object) -> None:
        self._mutex.release()


scratch = Scratch()


class Vault(Guarded):
    """A vault that stays open: a passphrase is stretched once, a key is read once.

    Without arguments it is the vault that the program `vault` would use here, with the same
    credentials, pins and author. It is opened when it is first used. A file that another program has
    changed is read again.

    environment_name: the default environment; None: VAULT_ENV, or dev.
    file, author, identity_files, passphrase_files, pins: replace what the environment variables and
    the usual files say. A pin is "ENV=FINGERPRINT".
    ask: is called with a question when a passphrase is needed, such as `getpass.getpass`.
    lock_timeout: the seconds that a change waits for another program.

    Threads may share a Vault. A process that is made by fork may go on to use it; each change takes
    the file's lock, so neither process loses a change of the other.
    """

    def __init__(
        self,
        environment_name: Optional[str] = None,
        *,
        file: Optional[Path] = None,
        author: Optional[str] = None,
        identity_files: Iterable[Path] = (),
        passphrase_files: Iterable[Path] = (),
        pins: Iterable[str] = (),
        ask: Optional[Ask] = None,
        lock_timeout: float = 10.0,
    ) -> None:
        super().__init__()
        self._environment = environment_of(environment_name)
        self._file = None if file is None else data("file", os.path.abspath(text(_path("file", file))))
        self._author = None if author is None else data("author", author)
        self._credentials = [(_path("an identity file", p), 0) for p in _several(identity_files)]
        self._credentials += [(_path("a passphrase file", p), 1) for p in _several(passphrase_files)]
        self._pins = [data("a pin", pin) for pin in _several(pins)]
        if ask is not None and not callable(ask):
            raise errors.WrongTypeError("ask must be a function")
        self._ask = ask
        if isinstance(lock_timeout, bool) or not isinstance(lock_timeout, (int, float)):
            raise errors.WrongTypeError("lock_timeout must be a number of seconds")
        self._lock_timeout = float(lock_timeout)
        self._handles: dict[Optional[bytes], Handle] = {}
        self._closed = False
        self.generation = 0  #: the number of changes made through this object

    def __repr__(self) -> str:
        names = [text(name) for name in (self._file, self._environment) if name]
        return f"<vaultfile.Vault {' '.join(names)}>" if names else "<vaultfile.Vault>"

    def __reduce__(self) -> Any:
        raise errors.WrongTypeError("a Vault cannot be pickled: it holds keys")

    def __enter__(self) -> Vault:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Wipes the keys. What was read from the vault stays readable."""
        with self._mutex:
            self._closed = True
            self._handles.clear()

    # ---- what people call ----

    def from_name(
        self,
        name: str,
        environment_name: Optional[str] = None,
        required_keys: Iterable[str] = (),
    ) -> Secret:
        """As Secret.from_name, in this vault."""
        from ._secret import Secret

        return Secret._named(self, name, environment_name, required_keys)

    @property
    def objects(self) -> Objects:
        """As Secret.objects, in this vault."""
        from ._secret import Objects

        return Objects(self)

    @property
    def file(self) -> str:
        """The path of the file."""
        with self._mutex:
            return self.handle(None).path or ""

    @property
    def environment_name(self) -> str:
        """The name of the default environment."""
        with self._mutex:
            return text(lib.default_env(self.handle(None).pointer))

    def environments(self) -> list[str]:
        """The names of the environments, without a key and unverified."""
        names, count = c.POINTER(c.c_char_p)(), c.c_size_t()
        with self._mutex:
            self.handle(None).call(lib.env_list, c.byref(names), c.byref(count))
            try:
                return [text(names[place]) for place in range(count.value)]
            finally:
                lib.release(names)

    # ---- what the package calls ----

    def handle(self, environment: Optional[bytes]) -> Handle:
        """The open handle for an environment; the caller holds the lock."""
        if self._closed:
            raise errors.ClosedError("the vault was closed")
        environment = environment or self._environment
        h = self._handles.get(environment)
        if h is None:
            h = self._handles[environment] = self._open(environment)
        else:
            _refresh(h)
        return h

    def _open(self, environment: Optional[bytes]) -> Handle:
        h = Handle(self._ask)
        more = Overrides(size=c.sizeof(Overrides), file=self._file, author=self._author)
        if self._credentials:
            given = [CredentialFile(path, is_passphrase) for path, is_passphrase in self._credentials]
            more.credentials = (CredentialFile * len(given))(*given)
            more.credential_count = len(self._credentials)
        if self._pins:
            more.pins = array(self._pins)
            more.pin_count = len(self._pins)
        h.call(held.open_default, environment, c.byref(more))
        found = text(lib.default_file(h.pointer))
        h.path = os.path.abspath(found)
        if h.path != found:  # it must not depend on the current folder
            h.call(lib.open, data("the path of the vault", h.path))
        h.tell()
        return h

    def read(self, environment: Optional[bytes], work: Callable[[Handle], T]) -> T:
        """Reads with the handle of an environment."""
        with self._mutex:
            h = self.handle(environment)
            result = work(h)
            h.tell()
            return result

    def change(self, environment: Optional[bytes], work: Callable[[Handle], None]) -> None:
        """Makes a change and saves it. If anything fails, nothing has changed."""
        with self._mutex:
            h = self.handle(environment)
            try:
                # A person types a passphrase now, and not while other programs wait.
                h.call(lib.fingerprint, None, c.create_string_buffer(32))
                h.tell()
                self._lock(h)
                work(h)
                h.tell()
                h.call(lib.save)
            except BaseException:
                lib.discard(h.pointer)
                raise
            finally:
                h.stamp = None
                self.generation += 1
            h.tell_only()

    def _lock(self, h: Handle) -> None:
        """Waits in short pieces, between which Python sees a signal."""
        until = time.monotonic() + self._lock_timeout
        while True:
            err = lib.lock(h.pointer, _SLICE)
            if err == OK:
                return
            error = h.failure(err)
            if not isinstance(error, errors.LockHeldError) or time.monotonic() > until:
                raise error


def _stamp(path: str) -> Optional[tuple[int, ...]]:
    try:
        s = os.stat(path)
    except OSError:
        return None
    return (s.st_mtime_ns, s.st_size, s.st_ino, s.st_dev)


def _refresh(h: Handle) -> None:
    """Reads the file again if it has changed. The keys stay open."""
    assert h.path is not None
    now = _stamp(h.path)
    if now is None or now != h.stamp:
        h.stamp = None
        h.call(lib.open, os.fsencode(h.path))
        h.stamp = now


def _several(items: Iterable[T]) -> Iterable[T]:
    if isinstance(items, (str, bytes)):
        raise errors.WrongTypeError("a list is needed, not a str")
    return items


def environment_of(name: Optional[str]) -> Optional[bytes]:
    """None and "" are the default."""
    return data("environment_name", name) if name is not None and name != "" else None


# ---- the vault that is used where none is named ----

_VARIABLES = (
    "VAULT_FILE VAULT_ENV VAULT_IDENTITY VAULT_IDENTITY_FILE VAULT_PASSPHRASE"
    " VAULT_PASSPHRASE_FILE VAULT_PIN VAULT_AUTHOR GIT_AUTHOR_EMAIL XDG_CONFIG_HOME"
    " XDG_STATE_HOME HOME"
).split()
_default: Optional[tuple[int, Vault]] = None
_default_lock = threading.Lock()


def default_vault() -> Vault:
    """The vault that the program would use here and now. It stays open until that changes."""
    global _default

    now = hash((os.getcwd(), *map(os.environ.get, _VARIABLES)))
    with _default_lock:
        if _default is None or _default[0] != now or _default[1]._closed:
            _default = (now, Vault())
        return _default[1]
