"""No leak over many calls: the process has reached its size after the first part of them."""

import os
import resource

import pytest

import vaultfile
from vaultfile import Secret, Vault

CALLS = int(os.environ.get("VAULTFILE_LEAK_CALLS", "100000"))


def size():
    """Kilobytes of memory that the process has now."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize() // 1024
    except FileNotFoundError:
        pytest.skip("there is no /proc")


def rounds(vault, number):
    for _ in range(number):
        dict(vault.from_name("db"))  # 1
        try:  # 2
            dict(vault.from_name("none"))
        except vaultfile.NotFoundError:
            pass
        fixed = Secret.from_dict({"A": "1", "B": "2"})  # 3
        try:  # 4
            Secret.from_dict({"A-B": "1"})
        except vaultfile.InvalidError:
            pass
        vaultfile.environ(fixed)  # 5
        vault.objects.list()  # 6
        vault.from_name("db").info()  # 7
        with vaultfile.redact(Sink(), fixed) as stream:  # 8, 9
            stream.write("text")
        with vaultfile.inject(fixed):  # 10
            pass


class Sink:
    def write(self, text):
        return len(text)

    def flush(self):
        pass


def test_calls(world):
    vault = Vault()
    rounds(vault, CALLS // 100)
    before = size()
    rounds(vault, CALLS // 10 - CALLS // 100)
    assert size() - before < 4096  # a leak of a set in one call of ten would be ten times that


def test_handles(world):
    for count in range(400):
        if count == 100:
            before = size()
        dict(Vault().from_name("db"))
    assert size() - before < 4096
