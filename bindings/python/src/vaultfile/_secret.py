"""Secret, with the names and the behaviour of a hosted secret manager."""

from __future__ import annotations

import ctypes as c
import datetime
import os
import weakref
from collections.abc import Awaitable, Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Optional, Union, cast

from . import errors
from ._library import KEEP, data, held, lib, text
from ._vault import Handle, Vault, default_vault, environment_of, scratch

if TYPE_CHECKING:
    from ._use import Mount

Values = Mapping[str, Optional[str]]
Date = Union[datetime.datetime, datetime.date, str]
_KINDS = ("any", "sealed", "template", "open")


class Done(Awaitable[None]):
    """What a change returns. It is done already; awaiting it gives None."""

    def __await__(self) -> Generator[Any, None, None]:
        return None
        yield

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "None"


_DONE = Done()


class KeyInfo(NamedTuple):
    """A variable of a stored secret."""

    name: str
    updated_at: datetime.datetime
    updated_by: str
    kind: str  # "sealed", "template" or "open"


class SecretInfo(NamedTuple):
    """A stored secret. It can be awaited, which gives itself."""

    name: str
    environment_name: str
    created_at: datetime.datetime
    created_by: str
    keys: tuple[KeyInfo, ...]

    def __await__(self) -> Generator[Any, None, SecretInfo]:
        return self
        yield


class Secret(Mapping[str, str]):
    """A set of environment variables: a read-only mapping from names to values.

    >>> secret = Secret.from_dict({"FOO": "bar", "LEFT_OUT": None})
    >>> secret["FOO"], dict(secret)
    ('bar', {'FOO': 'bar'})
    >>> secret
    <Secret from_dict: FOO>

    A secret from a name is read from the vault when it is first used, and again after a change that
    was made through the same Vault. Python cannot wipe a str: a value stays in memory until it is
    overwritten.
    """

    __slots__ = (
        "_environment", "_generation", "_label", "_name", "_required", "_values", "_vault",
        "__weakref__",
    )  # fmt: skip

    _name: Optional[str]
    _environment: Optional[bytes]
    _required: tuple[str, ...]
    _vault: Optional[Vault]
    _values: Optional[dict[str, str]]
    _generation: tuple[Optional[Vault], int]
    _label: str

    def __new__(
        cls, name: str, environment_name: Optional[str] = None, required_keys: Iterable[str] = ()
    ) -> Secret:
        """As from_name."""
        return cls._named(None, name, environment_name, required_keys)

    @classmethod
    def _new(cls, label: str, values: Optional[dict[str, str]], name: Optional[str] = None) -> Secret:
        secret = object.__new__(cls)
        secret._label, secret._values, secret._name = label, values, name
        secret._environment = secret._vault = None
        secret._required, secret._generation = (), (None, 0)
        return secret

    @classmethod
    def _named(
        cls, vault: Optional[Vault], name: str, environment_name: Optional[str],
        required_keys: Iterable[str],
    ) -> Secret:  # fmt: skip
        data("the name of a secret", name)
        secret = cls._new(name, None, name)
        secret._environment = environment_of(environment_name)
        secret._required = _names("required_keys", required_keys)
        secret._vault = vault
        return secret

    # ---- where a secret comes from ----

    @classmethod
    def from_name(
        cls, name: str, environment_name: Optional[str] = None, required_keys: Iterable[str] = ()
    ) -> Secret:
        """A stored secret. Nothing is opened before it is used: then a secret that is not there is a
        NotFoundError, and required keys that it lacks are a MissingKeysError that names all of
        them."""
        return cls._named(None, name, environment_name, required_keys)

    @classmethod
    def from_dict(cls, env_dict: Values = {}) -> Secret:  # noqa: B006
        """The variables of a dict. Values that are None are left out.

        >>> len(Secret.from_dict())
        0
        """
        with scratch as handle:
            return cls._new("from_dict", handle.values(handle.kv(env_dict)))

    @classmethod
    def from_local_environ(cls, env_keys: Iterable[str]) -> Secret:
        """Variables of this process. A MissingKeysError names all that are not set.

        >>> import os; os.environ["API_KEY"] = "abc"
        >>> Secret.from_local_environ(["API_KEY"])
        <Secret from_local_environ: API_KEY>
        """
        names = _names("env_keys", env_keys)
        missing = tuple(name for name in names if name not in os.environ)
        if missing:
            raise errors.MissingKeysError(
                f"not set in the environment: {', '.join(missing)}", missing
            )
        with scratch as handle:
            kv = handle.kv({name: os.environ[name] for name in names})
            return cls._new("from_local_environ", handle.values(kv))

    @classmethod
    def from_dotenv(
        cls, path: Union[str, os.PathLike[str], None] = None, filename: str = ".env", *,
        expand: bool = True, dialect: str = "python",
    ) -> Secret:  # fmt: skip
        """The nearest file of this name, in the folder `path` (or beside the file `path`) or above;
        without a path, in the current folder or above.

        It is read as python-dotenv reads it. expand: whether ${NAME} is replaced, as python-dotenv
        does it and the program does not. dialect: "python", "node", "ruby", "compose", "godotenv",
        or "" for vault's own rule; only "python" expands."""
        name = data("filename", filename)
        if path is not None and not isinstance(path, (str, os.PathLike)):
            raise errors.WrongTypeError(f"path must be a path, not {type(path).__name__}")
        start = None if path is None else data("path", os.fspath(path))
        how = data("dialect", dialect) or None
        if start is not None and not os.path.exists(start):
            raise errors.NotFoundError(f"there is no {text(start)}")
        kv = c.c_void_p()
        with scratch as handle:
            if expand and how == b"python":
                handle.call(held.kv_from_dotenv_expanded, name, start, c.byref(kv))
            else:
                handle.call(lib.kv_from_dotenv, name, start, how, c.byref(kv))
            values = handle.values(kv)
            handle.tell()
            return cls._new("from_dotenv", values)

    # ---- a read-only mapping ----

    def _load(self) -> dict[str, str]:
        used, generation = self._generation
        if self._values is not None and (used is None or used.generation == generation):
            return self._values
        assert self._name is not None
        vault = self._vault or default_vault()
        with vault._mutex:
            generation = vault.generation
            values = vault.read(self._environment, self._get)
        missing = tuple(key for key in self._required if key not in values)
        if missing:
            raise errors.MissingKeysError(
                f"required, and not in {self._name}: {', '.join(missing)}",
                missing,
                f"vault set {self._name}/{missing[0]}",
            )
        self._values, self._generation = values, (vault, generation)
        _loaded[0] += 1
        _registry[id(self)] = self
        return values

    def _get(self, handle: Handle) -> dict[str, str]:
        kv = c.c_void_p()
        try:
            handle.call(lib.secret_get, None, data("name", self._name), None, 0, c.byref(kv))
        except errors.NotFoundError as error:
            _say_where(error, handle, cast(str, self._name))
            raise
        return handle.values(kv)

    def reload(self) -> None:
        """Forgets the values, which are read again when they are next used: another program may have
        changed them."""
        if self._name is not None:
            self._values = None

    def __getitem__(self, key: str) -> str:
        return self._load()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def __contains__(self, key: object) -> bool:
        return key in self._load()

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        if self._name is None:
            return f"<Secret {self._label}: {', '.join(self._values or ())}>"
        of = f" of {text(self._environment)}" if self._environment else ""
        return f"<Secret {self._name}{of}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise errors.WrongTypeError("a Secret cannot be pickled: it holds values")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    # ---- in the vault ----

    @property
    def name(self) -> str:
        """The name in the vault; "" for a secret that is not stored."""
        return self._name or ""

    def _stored(self) -> tuple[Vault, bytes]:
        if self._name is None:
            raise errors.InvalidError("this secret is not in a vault", "Secret.objects.create")
        return self._vault or default_vault(), data("name", self._name)

    def info(self) -> SecretInfo:
        """Who made the secret, and when each of its variables last changed. Can be awaited."""
        vault, name = self._stored()
        return vault.read(self._environment, lambda handle: _info(handle, name))

    def update(self, env_dict: Values) -> Done:
        """Sets these variables in the vault, and leaves the others alone. Values that are None are
        ignored. Can be awaited. If it fails, nothing has changed."""
        vault, name = self._stored()

        def work(handle: Handle) -> None:
            kv = handle.kv(env_dict)
            try:
                handle.call(lib.secret_update, None, name, kv)
            except errors.NotFoundError as error:
                _say_where(error, handle, text(name))
                raise
            finally:
                lib.kv_free(kv)

        vault.change(self._environment, work)
        return _DONE

    def mount(self, *, allow_disk: bool = False) -> Mount:
        """The variables as files in private memory: see vaultfile.mount."""
        from ._use import mount

        return mount(self, allow_disk=allow_disk)

    def _open_names(self) -> frozenset[str]:
        """The variables that everybody can read."""
        if self._name is None:
            return frozenset()
        try:
            return frozenset(key.name for key in self.info().keys if key.kind == "open")
        except errors.VaultError:
            return frozenset()

    objects: Objects


class ListedSecret(Secret):
    """A Secret of Secret.objects.list(), with what the list says without a key."""

    __slots__ = ("created_at", "created_by")

    created_at: datetime.datetime
    created_by: str


class SecretList(list[ListedSecret]):
    """A list that can be awaited, which gives itself."""

    def __await__(self) -> Generator[Any, None, SecretList]:
        return self
        yield


class Objects:
    """The secrets of a vault. Each call can be awaited. If it fails, nothing has changed."""

    def __init__(self, vault: Optional[Vault] = None) -> None:
        self._vault = vault

    def _of(self) -> Vault:
        return self._vault or default_vault()

    def create(
        self, name: str, env_dict: Values, *, allow_existing: bool = False,
        environment_name: Optional[str] = None,
    ) -> Done:  # fmt: skip
        """Stores a secret. One that exists is an AlreadyExistsError or, with allow_existing, is left
        as it is."""
        of = data("the name of a secret", name)

        def work(handle: Handle) -> None:
            kv = handle.kv(env_dict)
            try:
                handle.call(lib.secret_create, None, of, kv, KEEP if allow_existing else 0)
            finally:
                lib.kv_free(kv)

        self._of().change(environment_of(environment_name), work)
        return _DONE

    def delete(
        self, name: str, *, allow_missing: bool = False, environment_name: Optional[str] = None
    ) -> Done:
        """Deletes a secret. One that is not there is a NotFoundError, unless it may be missing. Git
        keeps what was committed."""
        of = data("the name of a secret", name)

        def work(handle: Handle) -> None:
            try:
                handle.call(lib.secret_delete, None, of, int(bool(allow_missing)))
            except errors.NotFoundError as error:
                _say_where(error, handle, name)
                raise

        self._of().change(environment_of(environment_name), work)
        return _DONE

    def list(
        self, *, max_objects: Optional[int] = None, created_before: Optional[Date] = None,
        environment_name: Optional[str] = "",
    ) -> SecretList:  # fmt: skip
        """The secrets of an environment, the newest first. It needs no key, and is unverified.

        created_before: only secrets created before this time; a date or a text without a time zone
        is in UTC, as in the program; a datetime without one is local, as in Python."""
        if max_objects is not None:
            if isinstance(max_objects, bool) or not isinstance(max_objects, int):
                raise errors.WrongTypeError("max_objects must be an int or None")
            if max_objects < 0:
                raise errors.InvalidError("max_objects cannot be negative")
        before = None if created_before is None else _seconds(created_before)
        vault, environment = self._of(), environment_of(environment_name)
        found = SecretList(vault.read(environment, lambda h: _list(h, vault, environment)))
        if before is not None:
            found = SecretList(s for s in found if s.created_at.timestamp() < before)
        found.sort(key=lambda s: (-s.created_at.timestamp(), s.name))
        return found if max_objects is None else SecretList(found[:max_objects])


Secret.objects = Objects()

# Secrets that were read, for a stream that redacts all of them; and how many ever were.
_registry: weakref.WeakValueDictionary[int, Secret] = weakref.WeakValueDictionary()
_loaded = [0]


def loaded() -> tuple[int, list[Secret]]:
    return _loaded[0], list(_registry.values())


def _names(what: str, names: Iterable[str]) -> tuple[str, ...]:
    if isinstance(names, (str, bytes)) or not isinstance(names, Iterable):
        raise errors.WrongTypeError(f"{what} must be a list, not {type(names).__name__}")
    found = tuple(names)
    for name in found:
        data(f"a name in {what}", name)
    return found


def _when(seconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def _seconds(date: Date) -> float:
    utc = datetime.timezone.utc
    if isinstance(date, datetime.datetime):
        return date.timestamp()
    if isinstance(date, datetime.date):
        return datetime.datetime(date.year, date.month, date.day, tzinfo=utc).timestamp()
    if not isinstance(date, str):
        raise errors.WrongTypeError(
            f"created_before must be a datetime, a date or a str, not {type(date).__name__}"
        )
    try:
        read = datetime.datetime.fromisoformat(date[:-1] + "+00:00" if date[-1:] in "zZ" else date)
    except ValueError:
        raise errors.InvalidError(
            f"created_before: {date!r} is no date", "2026-01-31 or 2026-01-31T12:00:00Z"
        ) from None
    return (read if read.tzinfo else read.replace(tzinfo=utc)).timestamp()


def _info(handle: Handle, name: bytes) -> SecretInfo:
    values = c.c_void_p()
    handle.call(lib.secret_info, None, name, c.byref(values))
    try:
        about = lib.values_secret(values).contents
        entries = [
            lib.values_at(values, place).contents for place in range(lib.values_count(values))
        ]
        return SecretInfo(
            text(about.name),
            text(lib.default_env(handle.pointer)),
            _when(about.created_at),
            text(about.created_by),
            tuple(
                KeyInfo(text(e.name), _when(e.updated_at), text(e.author), _KINDS[e.kind])
                for e in entries
            ),
        )
    finally:
        lib.release(values)


def _entries(handle: Handle, environment: Optional[bytes]) -> list[tuple[str, int, str]]:
    secrets = c.c_void_p()
    handle.call(lib.secret_list, environment, 0, 0, c.byref(secrets))
    try:
        found = [lib.secrets_at(secrets, i).contents for i in range(lib.secrets_count(secrets))]
        return [(text(e.name), e.created_at, text(e.created_by)) for e in found]
    finally:
        lib.release(secrets)


def _list(handle: Handle, vault: Vault, environment: Optional[bytes]) -> list[ListedSecret]:
    found = []
    for name, created_at, created_by in _entries(handle, None):
        secret = cast(ListedSecret, ListedSecret._new(name, None, name))
        secret._vault, secret._environment = vault, environment
        secret.created_at, secret.created_by = _when(created_at), created_by
        found.append(secret)
    return found


def _say_where(error: errors.NotFoundError, handle: Handle, name: str) -> None:
    """A hint at the environments that have a secret of this name."""
    names, count = c.POINTER(c.c_char_p)(), c.c_size_t()
    if error.hint or lib.env_list(handle.pointer, c.byref(names), c.byref(count)):
        return
    try:
        there = [
            text(names[place])
            for place in range(count.value)
            if name in [entry[0] for entry in _entries(handle, names[place])]
        ]
        here = [entry[0] for entry in _entries(handle, None)]
    except errors.VaultError:
        there = here = []
    finally:
        lib.release(names)
    if there:
        error.hint = f"it is in {', '.join(there)}: environment_name={there[0]!r}"
    elif here:
        error.hint = f"there is {', '.join(here[:10])}"
