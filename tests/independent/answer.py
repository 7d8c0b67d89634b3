#!/usr/bin/env python3
"""Answers tests/vectors/format/run.py: answer.py VAULT KEY… [-- VAULT KEY…]…

For each vault a line of JSON says what the keys open, or what is wrong with it; the README beside
run.py says in which form.
"""

import base64
import json
import sys

import read
import template
import vaultfmt

WORDS = {
    vaultfmt.FormatError: "format",
    vaultfmt.NewerError: "newer",
    vaultfmt.ConflictError: "conflict",
    vaultfmt.IntegrityError: "integrity",
    vaultfmt.LockedError: "locked",
}


def b64(data):
    return base64.b64encode(data).decode()


def answer(text, keys):
    credentials = {
        "identities": [read.read_text(key) for key in keys if key.endswith(".key")],
        "passphrases": [read.read_text(key).rstrip("\n") for key in keys if key.endswith(".pass")],
    }
    try:
        vault = vaultfmt.parse(text)
        found = {name: answer_env(vault, name, credentials) for name in vault.environments}
    except vaultfmt.VaultError as error:
        return {"error": WORDS[type(error)]}
    if keys and found and all("locked" in env for env in found.values()):
        return {"error": "locked"}
    return {"id": vault.id, "environments": found}


def answer_env(vault, name, credentials):
    env = vault.environments[name]
    shown = {"fingerprint": vaultfmt.fingerprint_of(env.inbox_key)}
    try:
        opened = vaultfmt.unlock(vault, name, **credentials)
    except vaultfmt.LockedError:
        return {**shown, "locked": True, "open": open_texts(env)}
    opened.verify()
    return {
        **shown,
        "readers": {reader: said.public_key for reader, said in env.readers.items()},
        "past": [
            {
                "fingerprint": keys.fingerprint,
                "rotated-at": str(out.updated_at),
                "rotated-by": out.author,
            }
            for keys, out in opened.past
        ],
        "secrets": {secret: answer_secret(opened, secret) for secret in env.secrets},
        "inbox": {"/".join(place): answer_proposal(opened, place) for place in env.inbox},
    }


def open_texts(env):
    """What anyone can read, and nobody can verify without a key."""
    found = {}
    for name, secret in env.secrets.items():
        for key, entry in secret.keys.items():
            if entry.text is not None:
                found.setdefault(name, {})[key] = b64(entry.text.encode())
    return found


def answer_secret(opened, name):
    secret = opened.env.secrets[name]
    return {
        "created-at": secret.created_at,
        "created-by": secret.created_by,
        "variables": {key: answer_value(opened, name, key) for key in secret.keys},
    }


def answer_value(opened, secret, key):
    value = opened.value(secret, key)
    found = {
        "kind": read.KINDS[value.kind],
        "value": b64(value.data),
        "author": value.author,
        "date": str(value.updated_at),
    }
    if value.kind == vaultfmt.TEMPLATE:
        try:
            found["result"] = b64(opened.resolved(secret, key))
        except template.TemplateError as error:
            found["result"] = {"error": error.why}
    return found


def answer_proposal(opened, place):
    found = opened.proposal(*place)
    if not found:
        return None
    value, fingerprint = found
    return {
        "value": b64(value.data),
        "author": value.author,
        "date": str(value.updated_at),
        "fingerprint": fingerprint,
    }


def main():
    arguments = sys.argv[1:]
    while arguments:
        end = arguments.index("--") if "--" in arguments else len(arguments)
        (vault, *keys), arguments = arguments[:end], arguments[end + 1 :]
        print(json.dumps(answer(read.read_file(vault), keys)), flush=True)


if __name__ == "__main__":
    main()
