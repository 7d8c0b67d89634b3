"""What ctypes was told of libvault is what vault.h says. It needs the tree that the package is from."""

import ctypes
import os
import re

import pytest

from vaultfile import _library, _secret

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
if not os.path.exists(os.path.join(TOP, "vault.h")):
    pytest.skip("there is no vault.h", allow_module_level=True)
with open(os.path.join(TOP, "vault.h")) as file:
    HEADER = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)


def test_functions():
    for name, _, *arguments in _library._DECLARED + _library._DECLARED_HELD:
        found = re.search(rf"\bvault_{name}\(([^;]*)\)(?: VAULT_CHECKED)?;", HEADER)
        assert found, name
        given = [] if found.group(1) == "void" else found.group(1).split(",")
        assert len(given) == len(arguments), name


def test_sizes():
    with open(os.path.join(TOP, "build-aux/libvault.abi")) as recorded:
        sizes = dict(re.findall(r"^size (\w+) (\d+)$", recorded.read(), re.MULTILINE))
    for name, struct in {
        "vault_pair": _library.Pair,
        "vault_secret_entry": _library.SecretEntry,
        "vault_value_entry": _library.ValueEntry,
        "vault_credential_file": _library.CredentialFile,
        "vault_overrides": _library.Overrides,
        "vault_environ_rules": _library.EnvironRules,
    }.items():
        assert ctypes.sizeof(struct) == int(sizes[name]), name


def test_numbers():
    errors = re.findall(r"VAULT_\w+", re.search(r"\{([^{}]*)\} vault_err;", HEADER).group(1))
    assert errors[0] == "VAULT_OK"
    assert errors[_library.FAILED] == "VAULT_FAILED" and errors[_library.NO_MEMORY] == "VAULT_NO_MEMORY"
    details = re.findall(r"VAULT_DETAIL_(\w+)", HEADER)
    assert [d.lower() for d in details] == ["env", *_library.DETAILS[1:]]
    kinds = re.search(r"\{([^{}]*)\} vault_kind;", HEADER).group(1)
    assert [k.lower() for k in re.findall(r"VAULT_KIND_(\w+)", kinds)] == list(_secret._KINDS)
    assert re.findall(r"VAULT_EXISTING_\w+", HEADER)[_library.KEEP] == "VAULT_EXISTING_KEEP"
    assert int(re.search(r"VAULT_NOBODY = (-\d+)", HEADER).group(1)) == _library.NOBODY


def test_reasons():
    from vaultfile import errors

    body = re.search(r"\{([^{}]*)\} vault_reason;", HEADER).group(1)
    known = {name.lower().replace("_", "-") for name in re.findall(r"VAULT_REASON_(\w+)", body)}
    assert set(errors.HINTS) <= known and set(errors.BY_REASON) <= known
    codes = {name[6:].lower().replace("_", "-") for name in
             re.findall(r"VAULT_\w+", re.search(r"\{([^{}]*)\} vault_err;", HEADER).group(1))}  # fmt: skip
    assert set(errors.BY_CODE) == codes - {"ok", "no-memory"}
