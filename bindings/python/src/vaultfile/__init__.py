"""Secrets from a vault file, with the calls of a hosted secret manager.

    import vaultfile
    from vaultfile import Secret

    db = Secret.from_name("db", required_keys=["PGHOST", "PGPASSWORD"])

    with vaultfile.inject(db):
        connect()

A vault is one encrypted file, vault.toml, that is committed to git. This package reads and writes it
with libvault, as the program `vault` does, and finds the file, the environment, the credentials, the
pins and the author in the same way. It uses no network.
"""

from . import errors
from ._library import lib as _lib
from ._library import text as _text
from ._secret import Done, KeyInfo, ListedSecret, Objects, Secret, SecretInfo, SecretList
from ._use import Mount, Redacted, environ, inject, mount, redact, secrets
from ._vault import Vault
from .errors import (
    AlreadyExistsError,
    CancelledError,
    ClosedError,
    ConflictError,
    CredentialError,
    DamagedError,
    DangerousNameError,
    FailedError,
    IntegrityError,
    InvalidError,
    LockedError,
    LockHeldError,
    MissingKeysError,
    NewerFormatError,
    NoCredentialError,
    NotFoundError,
    PinError,
    ReadOnlyError,
    TemplateError,
    VaultError,
    VaultWarning,
    WrongTypeError,
    ZeroByteError,
)

__version__ = _text(_lib.version())
__all__ = [
    "AlreadyExistsError",
    "CancelledError",
    "ClosedError",
    "ConflictError",
    "CredentialError",
    "DamagedError",
    "DangerousNameError",
    "Done",
    "FailedError",
    "IntegrityError",
    "InvalidError",
    "KeyInfo",
    "ListedSecret",
    "LockHeldError",
    "LockedError",
    "MissingKeysError",
    "Mount",
    "NewerFormatError",
    "NoCredentialError",
    "NotFoundError",
    "Objects",
    "PinError",
    "ReadOnlyError",
    "Redacted",
    "Secret",
    "SecretInfo",
    "SecretList",
    "TemplateError",
    "Vault",
    "VaultError",
    "VaultWarning",
    "WrongTypeError",
    "ZeroByteError",
    "environ",
    "errors",
    "inject",
    "mount",
    "redact",
    "secrets",
]
