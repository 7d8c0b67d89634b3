#!/usr/bin/env python3
"""Reads a vault: prints its values, or all that is known about it, or what is wrong with it.

The values are {environment: {secret: {key: base64}}}. Exit status: 0 done, 1 not a vault of
format 1, 3 locked, 4 not there, 5 integrity, 6 conflict markers.
"""

import argparse
import base64
import json
import shutil
import sys

import age
import vaultfmt


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("file")
    several = {"action": "extend", "nargs": "*", "default": []}
    parser.add_argument("--identity", **several, metavar="KEY")
    parser.add_argument("--passphrase-file", **several, metavar="F")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--env", help="this one (otherwise: those that open, and at least one)")
    which.add_argument("--all", action="store_true", help="each environment must open")
    parser.add_argument("--verify", action="store_true", help="also the readers; count on stderr")
    parser.add_argument("--info", action="store_true", help="all that is known, but no value")
    parser.add_argument("--json", action="store_true", help="the default, and the only output")
    return parser.parse_args()


KINDS = {vaultfmt.PLAIN: "plain", vaultfmt.TEMPLATE: "template", vaultfmt.OPEN: "open"}


def read_file(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise vaultfmt.MissingError(f"there is no file {path}") from None


def read_text(path):
    try:
        return read_file(path).decode()
    except UnicodeDecodeError:
        raise vaultfmt.VaultError(f"{path}: not UTF-8") from None


def unlock(vault, options):
    if not shutil.which("age"):
        raise vaultfmt.VaultError("there is no age command")
    identities = [read_text(path) for path in options.identity]
    passphrases = [read_text(path).rstrip("\r\n") for path in options.passphrase_file]
    opened = []
    for name in [options.env] if options.env else sorted(vault.environments):
        try:
            opened.append(vaultfmt.unlock(vault, name, identities, passphrases))
        except vaultfmt.LockedError:
            if options.env or options.all:
                raise
    if vault.environments and not opened:
        raise vaultfmt.LockedError("nothing that was given opens any environment")
    return opened


def values(env):
    return {
        name: {key: base64.b64encode(value.data).decode() for key, value in keys.items()}
        for name, keys in env.values().items()
    }


def info(env):
    """Values are shown by their size alone; what people claimed in the inbox in full."""
    secrets = {
        name: {
            "created-at": secret.created_at,
            "created-by": secret.created_by,
            "keys": {key: value_info(env.value(name, key)) for key in secret.keys},
        }
        for name, secret in env.env.secrets.items()
    }
    return {
        "fingerprint": env.keys.fingerprint,
        "inbox-key": env.keys.inbox_key,
        "past": [
            {"fingerprint": keys.fingerprint, "rotated-out": out.updated_at, "author": out.author}
            for keys, out in env.past
        ],
        "readers": {name: reader_info(env, name) for name in env.env.readers},
        "secrets": secrets,
        "inbox": {"/".join(place): proposal_info(env.proposal(*place)) for place in env.env.inbox},
    }


def value_info(value):
    shown = {"updated-at": value.updated_at, "author": value.author, "size": len(value.data)}
    return {**shown, "kind": KINDS[value.kind]}


def reader_info(env, name):
    reader = env.env.readers[name]
    try:
        env.check_reader(name)
        sealed = True
    except vaultfmt.IntegrityError:
        sealed = False
    return {
        "public-key": reader.public_key,
        "kind": age.kind_of(reader.public_key),
        "sealed": sealed,
    }


def proposal_info(proposal):
    if not proposal:
        return None
    value, fingerprint = proposal
    return {
        "when": value.updated_at,
        "author": value.author,
        "value": base64.b64encode(value.data).decode(),
        "sealed-to": fingerprint,
    }


def main():
    options = arguments()
    try:
        vault = vaultfmt.parse(read_file(options.file))
        opened = unlock(vault, options)
        for env in opened if options.verify else []:
            env.verify()
            for what, count in sorted(env.checked.items()):
                print(f"{env.name}: {count} {what} ok", file=sys.stderr)
        if options.info:
            output = {
                "id": vault.id,
                "passphrases": sorted(vault.passphrases),
                "environments": {env.name: info(env) for env in opened},
            }
        else:
            output = {env.name: values(env) for env in opened}
    except vaultfmt.VaultError as error:
        print(f"read.py: {error}", file=sys.stderr)
        return error.status
    print(json.dumps(output, indent=1, sort_keys=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
