"""Reads and writes a vault from Python, through libvault, with the calls of a hosted secret manager.

    from secret import Secret, environ

    db = Secret.from_name("db", required_keys=["PGHOST", "PGPASSWORD"])
    subprocess.run(["./migrate"], env=os.environ | environ(db, Secret.from_dict({"DEBUG": "1"})))

It needs only libvault.so (make install). It uses the same vault, identity and pins as the program, and
refuses what the program refuses.

Python cannot wipe strings: a value stays in memory until it is overwritten.
"""

import ctypes as c
import datetime
import os
from dataclasses import dataclass

ABSENT, EXISTS = 8, 9
ERROR, LEAVE = 0, 1


class _Pair(c.Structure):
    _fields_ = [("name", c.c_char_p), ("value", c.c_void_p), ("len", c.c_size_t)]


class _SecretEntry(c.Structure):
    _fields_ = [
        ("name", c.c_char_p),
        ("created_by", c.c_char_p),
        ("created_at", c.c_int64),
        ("values", c.c_size_t),
    ]


class _ValueEntry(c.Structure):
    _fields_ = [("name", c.c_char_p), ("author", c.c_char_p), ("updated_at", c.c_int64)]


_lib = c.CDLL("libvault.so.0")
_ptr, _str, _size, _int = c.c_void_p, c.c_char_p, c.c_size_t, c.c_int
_names, _out = c.POINTER(c.c_char_p), c.POINTER(c.c_void_p)
for _name, _result, *_arguments in (
    ("vault_new", _ptr),
    ("vault_free", None, _ptr),
    ("vault_error", _str, _ptr),
    ("vault_release", None, _ptr),
    ("vault_open_default", _int, _ptr, _str, _ptr),
    ("vault_default_env", _str, _ptr),
    ("vault_save", _int, _ptr),
    ("vault_kv_from_pairs", _int, _ptr, c.POINTER(_Pair), _size, _out),
    ("vault_kv_from_environ", _int, _ptr, _names, _size, _out),
    ("vault_kv_from_dotenv", _int, _ptr, _str, _str, _str, _out),
    ("vault_kv_count", _size, _ptr),
    ("vault_kv_at", _Pair, _ptr, _size),
    ("vault_kv_free", None, _ptr),
    ("vault_secret_get", _int, _ptr, _str, _str, _names, _size, _out),
    ("vault_secret_create", _int, _ptr, _str, _str, _ptr, _int),
    ("vault_secret_update", _int, _ptr, _str, _str, _ptr),
    ("vault_secret_delete", _int, _ptr, _str, _str, _int),
    ("vault_secret_list", _int, _ptr, _str, c.c_int64, _size, _out),
    ("vault_secrets_count", _size, _ptr),
    ("vault_secrets_at", c.POINTER(_SecretEntry), _ptr, _size),
    ("vault_date_read", _int, _ptr, _str, c.POINTER(c.c_int64)),
    ("vault_secret_info", _int, _ptr, _str, _str, _out),
    ("vault_values_count", _size, _ptr),
    ("vault_values_at", c.POINTER(_ValueEntry), _ptr, _size),
    ("vault_values_secret", c.POINTER(_SecretEntry), _ptr),
):
    getattr(_lib, _name).restype = _result
    getattr(_lib, _name).argtypes = _arguments


class VaultError(Exception):
    """An error of libvault. Its message contains no value."""


class NotFoundError(VaultError):
    pass


class AlreadyExistsError(VaultError):
    pass


class _Vault:
    """A handle for a with statement; call() raises an exception for an error."""

    def __init__(self, environment=None):
        self.named = environment.encode() if environment else None

    def __enter__(self):
        self.handle = _lib.vault_new()
        if not self.handle:
            raise MemoryError
        return self

    def __exit__(self, *_):
        _lib.vault_free(self.handle)

    def call(self, function, *arguments):
        err = getattr(_lib, "vault_" + function)(self.handle, *arguments)
        if err:
            kind = {ABSENT: NotFoundError, EXISTS: AlreadyExistsError}.get(err, VaultError)
            raise kind(_lib.vault_error(self.handle).decode(errors="replace"))

    def open(self):
        self.call("open_default", self.named, None)
        self.env = _lib.vault_default_env(self.handle)

    def set_of(self, values):
        """Converts a dict to a vault_kv, which the caller frees. Skips values that are None."""
        data = [None if value is None else os.fsencode(value) for value in values.values()]
        pairs = (_Pair * len(data))()
        for pair, name, value in zip(pairs, values, data):
            pair.name = name.encode()
            pair.value = c.cast(c.c_char_p(value), c.c_void_p)
            pair.len = len(value or b"")
        kv = c.c_void_p()
        self.call("kv_from_pairs", pairs, len(data), c.byref(kv))
        return kv

    def dict_from(self, function, *arguments):
        kv = c.c_void_p()
        self.call(function, *arguments, c.byref(kv))
        pairs = [_lib.vault_kv_at(kv, place) for place in range(_lib.vault_kv_count(kv))]
        values = {p.name.decode(): os.fsdecode(c.string_at(p.value, p.len)) for p in pairs}
        _lib.vault_kv_free(kv)
        return values


def _array(names):
    return (c.c_char_p * len(names))(*(name.encode() for name in names))


def _when(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


@dataclass(frozen=True)
class KeyInfo:
    name: str
    author: str
    updated_at: datetime.datetime


@dataclass(frozen=True)
class SecretInfo:
    name: str
    created_at: datetime.datetime
    created_by: str
    keys: list


class Secret:
    """A set of environment variables. If it has a name, it is stored in the vault."""

    def __init__(self, values, name=None, environment=None):
        self.values, self.name, self.environment = values, name, environment

    def __repr__(self):
        return f"Secret({self.name or ', '.join(self.values)})"  # never a value

    @classmethod
    def from_name(cls, name, *, required_keys=(), environment=None):
        """The stored secret. NotFoundError names every required variable that it lacks."""
        with _Vault(environment) as vault:
            vault.open()
            required = _array(required_keys)
            values = vault.dict_from(
                "secret_get", vault.env, name.encode(), required, len(required)
            )
        return cls(values, name, environment)

    @classmethod
    def from_dict(cls, values):
        return cls({name: value for name, value in values.items() if value is not None})

    @classmethod
    def from_dotenv(cls, path=None, *, filename=".env"):
        """A dotenv file, searched for upward from the folder `path`; it is not run."""
        start = None if path is None else os.fsencode(path)
        with _Vault() as vault:
            return cls(vault.dict_from("kv_from_dotenv", os.fsencode(filename), start, None))

    @classmethod
    def from_local_environ(cls, names):
        with _Vault() as vault:
            return cls(vault.dict_from("kv_from_environ", _array(names), len(names)))

    @staticmethod
    def create(name, values, *, allow_existing=False, environment=None):
        with _Vault(environment) as vault:
            vault.open()
            kv = vault.set_of(values)
            try:
                existing = LEAVE if allow_existing else ERROR
                vault.call("secret_create", vault.env, name.encode(), kv, existing)
            finally:
                _lib.vault_kv_free(kv)
            vault.call("save")

    def update(self, values):
        """Sets these variables in the vault, and leaves the others alone."""
        with _Vault(self.environment) as vault:
            vault.open()
            kv = vault.set_of(values)
            try:
                vault.call("secret_update", vault.env, self.name.encode(), kv)
            finally:
                _lib.vault_kv_free(kv)
            vault.call("save")
        self.values.update((name, value) for name, value in values.items() if value is not None)

    @staticmethod
    def delete(name, *, allow_missing=False, environment=None):
        with _Vault(environment) as vault:
            vault.open()
            vault.call("secret_delete", vault.env, name.encode(), int(allow_missing))
            vault.call("save")

    @staticmethod
    def list(*, max_objects=0, created_before=None, environment=None):
        """The names of the secrets. Needs no key; they are unverified."""
        entries, before = c.c_void_p(), c.c_int64()
        with _Vault(environment) as vault:
            vault.open()
            if created_before:
                vault.call("date_read", created_before.encode(), c.byref(before))
            vault.call("secret_list", vault.env, before, max_objects, c.byref(entries))
            names = [
                _lib.vault_secrets_at(entries, place).contents.name.decode()
                for place in range(_lib.vault_secrets_count(entries))
            ]
            _lib.vault_release(entries)
        return names

    def info(self):
        values = c.c_void_p()
        with _Vault(self.environment) as vault:
            vault.open()
            vault.call("secret_info", vault.env, self.name.encode(), c.byref(values))
            about = _lib.vault_values_secret(values).contents
            entries = [
                _lib.vault_values_at(values, place).contents
                for place in range(_lib.vault_values_count(values))
            ]
            info = SecretInfo(
                about.name.decode(),
                _when(about.created_at),
                about.created_by.decode(),
                [
                    KeyInfo(
                        value.name.decode(),
                        value.author.decode(),
                        _when(value.updated_at),
                    )
                    for value in entries
                ],
            )
            _lib.vault_release(values)
        return info


def environ(*secrets):
    """The variables of all secrets; the later one wins."""
    return {name: value for secret in secrets for name, value in secret.values.items()}
