"""The examples in the docstrings."""

import doctest
import importlib
import pkgutil

import pytest

import vaultfile

MODULES = ["vaultfile"] + [
    f"vaultfile.{module.name}" for module in pkgutil.iter_modules(vaultfile.__path__)
    if module.name != "libvault"
]
WITH_EXAMPLES = {"vaultfile.errors", "vaultfile._secret", "vaultfile._use"}


@pytest.mark.parametrize("name", MODULES)
def test_examples(world, name):
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert failed == 0 and (tried > 0) == (name in WITH_EXAMPLES)


def test_everything_is_documented():
    for name in vaultfile.__all__:
        thing = getattr(vaultfile, name)
        assert thing.__doc__, name
        if isinstance(thing, type):
            for member, value in vars(thing).items():
                if callable(value) and not member.startswith("_"):
                    assert value.__doc__ or issubclass(thing, vaultfile.Redacted), (name, member)
