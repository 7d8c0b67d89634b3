"""libvault, as ctypes sees it.

ctypes releases the interpreter's lock during a call. What reads this process's environment keeps
it (`held`), since another thread may change the environment.
"""

from __future__ import annotations

import ctypes as c
import os
import sys
from typing import Any, Callable, Optional

from . import errors

OK, FAILED, NO_MEMORY = 0, 1, 12
KEEP = 1  # vault_existing
NOBODY = -2  # what a prompt answers
DETAILS = ("environment_name", "secret", "name", "found", "known", "subject", "number")


class Pair(c.Structure):
    _fields_ = [("name", c.c_char_p), ("value", c.c_void_p), ("len", c.c_size_t)]


class SecretEntry(c.Structure):
    _fields_ = [
        ("name", c.c_char_p),
        ("created_by", c.c_char_p),
        ("created_at", c.c_int64),
        ("values", c.c_size_t),
    ]


class ValueEntry(c.Structure):
    _fields_ = [
        ("name", c.c_char_p),
        ("author", c.c_char_p),
        ("updated_at", c.c_int64),
        ("kind", c.c_int),
    ]


class CredentialFile(c.Structure):
    _fields_ = [("path", c.c_char_p), ("is_passphrase", c.c_int)]


class Overrides(c.Structure):
    _fields_ = [
        ("size", c.c_size_t),
        ("purpose", c.c_uint),
        ("file", c.c_char_p),
        ("author", c.c_char_p),
        ("credentials", c.POINTER(CredentialFile)),
        ("credential_count", c.c_size_t),
        ("pins", c.POINTER(c.c_char_p)),
        ("pin_count", c.c_size_t),
    ]


class EnvironRules(c.Structure):
    _fields_ = [
        ("size", c.c_size_t),
        ("is_clean", c.c_int),
        ("keeps_present", c.c_int),
        ("allowed", c.POINTER(c.c_char_p)),
        ("allowed_count", c.c_size_t),
        ("files", c.POINTER(c.c_char_p)),
    ]


NOTICE = c.CFUNCTYPE(None, c.c_void_p, c.c_char_p)
PROMPT = c.CFUNCTYPE(
    c.c_int, c.c_void_p, c.c_char_p, c.c_char_p, c.c_int, c.POINTER(c.c_char), c.c_size_t
)
FILE_PROMPT = c.CFUNCTYPE(
    c.c_int, c.c_void_p, c.c_char_p, c.c_int, c.POINTER(c.c_char), c.c_size_t
)

_ptr, _str, _size, _int = c.c_void_p, c.c_char_p, c.c_size_t, c.c_int
_names, _out = c.POINTER(c.c_char_p), c.POINTER(c.c_void_p)
_DECLARED: tuple[tuple[Any, ...], ...] = (
    ("new", _ptr),
    ("free", None, _ptr),
    ("version", _str),
    ("error", _str, _ptr),
    ("error_reason", _int, _ptr),
    ("error_detail", _str, _ptr, _int),
    ("err_name", _str, _int),
    ("reason_name", _str, _int),
    ("release", None, _ptr),
    ("set_notice", None, _ptr, NOTICE, _ptr),
    ("set_prompt", None, _ptr, PROMPT, _ptr),
    ("set_file_prompt", None, _ptr, FILE_PROMPT, _ptr),
    ("pin", _int, _ptr, _str, _str),
    ("open", _int, _ptr, _str),
    ("lock", _int, _ptr, _int),
    ("save", _int, _ptr),
    ("discard", None, _ptr),
    ("fingerprint", _int, _ptr, _str, c.c_char_p),
    ("env_list", _int, _ptr, c.POINTER(_names), c.POINTER(_size)),
    ("kv_from_pairs", _int, _ptr, c.POINTER(Pair), _size, _out),
    ("kv_from_dotenv", _int, _ptr, _str, _str, _str, _out),
    ("kv_from_dotenv_expanded", _int, _ptr, _str, _str, _out),
    ("kv_block", _int, _ptr, _ptr, _out),
    ("kv_count", _size, _ptr),
    ("kv_at", Pair, _ptr, _size),
    ("kv_get", _ptr, _ptr, _str, c.POINTER(_size)),
    ("kv_free", None, _ptr),
    ("kv_set_kind", _int, _ptr, _ptr, _str, _int),
    ("secret_get", _int, _ptr, _str, _str, _names, _size, _out),
    ("secret_create", _int, _ptr, _str, _str, _ptr, _int),
    ("secret_update", _int, _ptr, _str, _str, _ptr),
    ("secret_delete", _int, _ptr, _str, _str, _int),
    ("secret_list", _int, _ptr, _str, c.c_int64, _size, _out),
    ("secrets_count", _size, _ptr),
    ("secrets_at", c.POINTER(SecretEntry), _ptr, _size),
    ("secret_info", _int, _ptr, _str, _str, _out),
    ("values_count", _size, _ptr),
    ("values_at", c.POINTER(ValueEntry), _ptr, _size),
    ("values_secret", c.POINTER(SecretEntry), _ptr),
    ("select_sets", _int, _ptr, _names, _out, _size, _int, _out),
    ("selection_free", None, _ptr),
    ("variables_list", _names, _ptr),
    ("variables_free", None, _ptr),
    ("redact_new", _int, _ptr, _ptr, _out),
    ("redact_feed", _int, _ptr, _str, _size, _out, c.POINTER(_size)),
    ("redact_finish", _int, _ptr, _out, c.POINTER(_size)),
    ("redact_free", None, _ptr),
    ("default_file", _str, _ptr),
    ("default_env", _str, _ptr),
)
_DECLARED_HELD: tuple[tuple[Any, ...], ...] = (
    ("open_default", _int, _ptr, _str, c.POINTER(Overrides)),
    ("kv_from_dotenv_expanded", _int, _ptr, _str, _str, _out),
    ("environ", _int, _ptr, _ptr, c.POINTER(EnvironRules), _out),
)


class Functions:
    """The functions of libvault, without the prefix vault_."""

    def __init__(self, library: c.CDLL, declared: tuple[tuple[Any, ...], ...]) -> None:
        for name, result, *arguments in declared:
            function = getattr(library, "vault_" + name)
            function.restype = result
            function.argtypes = arguments
            setattr(self, name, function)

    def __getattr__(self, name: str) -> Callable[..., Any]:  # for type checkers
        raise AttributeError(name)


def _path() -> str:
    suffix = "dylib" if sys.platform == "darwin" else "so"
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libvault." + suffix)
    if not os.path.exists(path):
        raise ImportError(f"vaultfile was installed without its library: there is no {path}")
    return path


lib = Functions(c.CDLL(_path()), _DECLARED)
held = Functions(c.PyDLL(_path()), _DECLARED_HELD)


def text(data: Optional[bytes]) -> str:
    """What is no UTF-8 survives, as in os.fsdecode."""
    return (data or b"").decode("utf-8", "surrogateescape")


def data(what: str, value: object) -> bytes:
    """The bytes of a str argument, which must not have a zero byte."""
    if not isinstance(value, str):
        raise errors.WrongTypeError(f"{what} must be a str, not {type(value).__name__}")
    if "\0" in value:
        raise errors.ZeroByteError(f"{what} has a zero byte")
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise errors.InvalidError(f"{what} has characters that are no Unicode text") from None


def array(items: list[bytes]) -> Any:
    return (c.c_char_p * len(items))(*items)


def failure(handle: c.c_void_p, err: int) -> BaseException:
    """The exception for an error of a handle."""
    if err == NO_MEMORY:
        return MemoryError("libvault is out of memory")
    code = text(lib.err_name(err))
    number = lib.error_reason(handle)
    reason = text(lib.reason_name(number)) if number else ""
    if reason.startswith("template-") or reason.startswith("place-"):
        kind: type[errors.VaultError] = errors.TemplateError
    else:
        kind = errors.BY_REASON.get(reason) or errors.BY_CODE.get(code, errors.FailedError)
    error = kind(text(lib.error(handle)))
    details = {name: text(lib.error_detail(handle, i)) for i, name in enumerate(DETAILS)}
    error.__dict__.update(details, code=code, reason=reason)
    error.hint = errors.HINTS.get(reason, "").format(**details)
    return error
