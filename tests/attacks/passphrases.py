#!/usr/bin/env python3
"""Writes hostile entries to [vault.passphrases], with the second implementation.

usage: passphrases.py seal PASSPHRASE IDENTITY-FILE FACTOR
           prints the identity encrypted to the passphrase, as the file stores it
       passphrases.py crowd VAULT ENV COUNT FACTOR PUBLIC-KEY
           prints the vault with COUNT more passphrases as readers of ENV, each claiming FACTOR
"""

import base64
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "independent"))

import age_write  # noqa: E402 pylint: disable=wrong-import-position


def text(data):
    return base64.b64encode(data).rstrip(b"=").decode()


def seal(passphrase, path, factor):
    with open(path, encoding="utf-8") as file:
        lines = [line for line in file if not line.startswith("#")]
    return text(age_write.to_passphrase(passphrase, lines[0].encode(), int(factor)))


def claim(factor):
    """An age file that claims this work factor, made without doing the work."""
    salt = text(os.urandom(16))
    stanza = age_write.stanza(["scrypt", salt, str(factor)], os.urandom(32))
    return text(age_write.file(os.urandom(16), [stanza], os.urandom(75)))


def crowd(path, env, count, factor, public_key):
    with open(path, encoding="utf-8") as file:
        vault = file.read()
    names = [f"x{i:03}" for i in range(int(count))]
    sealed = "".join(f'{name} = "{claim(factor)}"\n' for name in names)
    readers = "".join(f'{name} = ["{public_key}", "AAAA", "{"A" * 22}"]\n' for name in names)
    table, header = "[vault.passphrases]\n", f"[vault.env.{env}.readers]\n"
    if table in vault:
        vault = vault.replace(table, table + sealed)
    else:
        vault = vault.replace("\n[vault.env.", f"\n{table}{sealed}\n[vault.env.", 1)
    return vault.replace(header, header + readers).rstrip("\n")


if __name__ == "__main__":
    print({"seal": seal, "crowd": crowd}[sys.argv[1]](*sys.argv[2:]))
