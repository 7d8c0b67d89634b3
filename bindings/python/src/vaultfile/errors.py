"""The exceptions of the package. No message contains a value, a passphrase or a key.

>>> import vaultfile
>>> try:
...     vaultfile.Secret.from_dict({"NO-NAME": "x"})
... except vaultfile.InvalidError as error:
...     print(error.code)
invalid
"""

from __future__ import annotations

from typing import Optional


class VaultError(Exception):
    """Any error of a vault. `str()` gives the message and, on a second line, the hint."""

    code: str = "failed"  #: as vault_err_name of vault(3): "absent", "integrity"
    reason: str = ""  #: as vault_reason_name: "key-replaced"; "" if there is none
    hint: str = ""  #: what to do about it

    #: What the error is about; "" where it does not say.
    environment_name: str = ""
    secret: str = ""
    name: str = ""  #: of a variable or a reader
    found: str = ""  #: the fingerprint of the key that the environment has
    known: str = ""  #: the fingerprint of the key that it should have
    subject: str = ""  #: a path or a public key
    number: str = ""

    def __init__(self, message: str, hint: Optional[str] = None) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class FailedError(VaultError):
    """A system error: a disk, a permission."""


class LockHeldError(FailedError):
    """Another program holds the lock on the vault, and did not release it in time."""


class ReadOnlyError(FailedError):
    """The vault is read-only."""


class DamagedError(VaultError):
    """The file is not a vault, or is damaged."""

    code = "format"


class NewerFormatError(VaultError):
    """The file was written by a newer version."""

    code = "newer"


class ConflictError(VaultError):
    """The file has conflict markers from a merge."""

    code = "conflict"


class IntegrityError(VaultError):
    """A seal, a value or a pin does not match."""

    code = "integrity"


class PinError(IntegrityError):
    """It is not the vault, or not the environment key, that this machine has accepted."""


class CredentialError(VaultError):
    """The environment could not be opened."""


class NoCredentialError(CredentialError):
    """No credential was given that could open the environment."""

    code = "no-credential"


class LockedError(CredentialError):
    """No credential that was given opens the environment, or one cannot be used."""

    code = "locked"


class NotFoundError(VaultError):
    """There is no such file, environment, secret or variable."""

    code = "absent"


class MissingKeysError(NotFoundError):
    """Required variables are not there; `missing` has the names of all of them."""

    def __init__(self, message: str, missing: tuple[str, ...], hint: Optional[str] = None) -> None:
        super().__init__(message, hint)
        self.missing = missing


class AlreadyExistsError(VaultError):
    """It exists already."""

    code = "exists"


class InvalidError(VaultError, ValueError):
    """An argument that can never be valid."""

    code = "invalid"


class WrongTypeError(InvalidError, TypeError):
    """An argument of the wrong type."""


class ZeroByteError(InvalidError):
    """A zero byte in a name, or in a value for an environment."""


class DangerousNameError(InvalidError):
    """A variable through which programs run other code; `allow` permits it."""


class TemplateError(VaultError):
    """A template cannot be resolved."""


class ClosedError(VaultError, ValueError):
    """The vault was closed."""

    code = "invalid"


class CancelledError(VaultError):
    """The person declined."""

    code = "cancelled"


class VaultWarning(UserWarning):
    """What a person should know but is no error, such as a key seen for the first time."""


BY_CODE: dict[str, type[VaultError]] = {
    "failed": FailedError,
    "format": DamagedError,
    "newer": NewerFormatError,
    "conflict": ConflictError,
    "integrity": IntegrityError,
    "no-credential": NoCredentialError,
    "locked": LockedError,
    "absent": NotFoundError,
    "exists": AlreadyExistsError,
    "invalid": InvalidError,
    "cancelled": CancelledError,
}

_PINS = (
    "other-vault new-vault new-environment key-taken-back key-older key-goes-back key-replaced"
    " key-not-asked-for"
)

BY_REASON: dict[str, type[VaultError]] = {
    "lock-held": LockHeldError,
    "read-only": ReadOnlyError,
    "dangerous": DangerousNameError,
    "zero-byte": ZeroByteError,
    **dict.fromkeys(_PINS.split(), PinError),
}

# As the program words them; {} is a detail of the error.
HINTS = {
    "names": "a name has letters, digits and _, and does not begin with a digit",
    "ssh-passphrase": "vault unlock keeps the key for programs that cannot ask",
    "markers": "vault merge",
    "changed": "git log -p shows who changed it",
    "no-passphrase": "Vault(ask=getpass.getpass) asks; VAULT_PASSPHRASE_FILE names a file",
    "file-passphrase": "Vault(ask=getpass.getpass) asks; vault unlock keeps the key",
    "not-granted": "ask a reader: vault grant NAME {subject} -e {environment_name}",
    "other-vault": "ask the person who replaced the file, over another channel; if they did: "
    "vault trust {environment_name}",
    "new-vault": "if you expect it: vault trust {environment_name}",
    "new-environment": "if you expect it, name it: environment_name={environment_name!r}",
    "key-taken-back": "if you restored the old file yourself: vault trust {environment_name}",
    "key-older": "git pull; or, to read the older one once: VAULT_PIN={environment_name}={found}",
    "key-replaced": "ask a reader, outside the repository, what vault verify -e "
    "{environment_name} prints; if it is the same: vault trust {environment_name}",
    "key-not-asked-for": "was it rotated? ask a reader what vault verify -e {environment_name} "
    "prints, and set VAULT_PIN to that",
    "lock-held": "fuser -v {subject} shows which process; then try again",
    "read-only": "chmod u+w {subject}",
    "file-absent": "vault init makes one; Vault(file=...) or VAULT_FILE names another",
    "file-of-another": "if you trust it: Vault(file={subject!r})",
    "readable-by-others": "chmod 600 {subject}",
    "key-for-path": "VAULT_IDENTITY takes the key itself",
    "identity-variable": "VAULT_IDENTITY takes the key itself; VAULT_IDENTITY_FILE names a file",
    "dangerous": "allow=[{subject!r}] sets it",
    "zero-byte": "vaultfile.mount puts the values into files",
    "too-long": "vaultfile.mount puts the values into files",
    "template-missing": "vault set {secret}/{name} -e {environment_name}",
    "template-circular": "vault edit -e {environment_name} shows the templates",
    "template-uses": "vault edit -e {environment_name} changes the template and the rest at once",
}
