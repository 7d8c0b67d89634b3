#!/usr/bin/env python3
"""A good vault and many that are not: each an edit of it, with what a reader should say.

Into a folder go the good vault, as write.py makes it, one NUMBER.toml for each case, and
cases.tsv: the file, the exit status when alice reads all environments, the status when she
verifies, what the case is, and what should be seen: 0 plain.json, 1 format, 5 integrity, 6
conflict.
"""

import argparse
import base64
import os
import sys

import age
import age_write
import edits
import sodium
import vaultfmt
import write
from vaultfmt import encode, pad, to_base64

PASSPHRASE = "correct hørse"


def value(text):
    data = base64.b64encode(text.encode()).decode()
    return {"value": data, "author": "alice@example.com", "updated-at": 1763703000}


def variable(kind, text):
    return {**value(text), "kind": kind}


def rotated(when):
    return {"when": when, "author": "alice@example.com"}


def secret(**keys):
    created = {"created-at": "2024-02-29T05:30:00Z", "created-by": "alice@example.com"}
    keys = {name: said if isinstance(said, dict) else value(said) for name, said in keys.items()}
    return {**created, "keys": keys}


def proposal(*says, past_key=0):
    data = base64.b64encode(b"proposed").decode()
    return {"value": data, "author": "eve", "when": 5, "says": list(says), "past-key": past_key}


GOOD = {
    "work-factor": 10,
    "readers": {
        "alice": {"kind": "X25519"},
        "bob": {"kind": "ssh-ed25519"},
        "ci": {"kind": "X25519"},
        "robot": {"kind": "plugin"},
        "team": {"kind": "passphrase", "passphrase": PASSPHRASE},
    },
    "environments": {
        "dev": {
            "readers": ["alice", "bob", "robot", "team"],
            "rotated-out": [rotated(1700000000), rotated(1710000000), rotated(1720000000)],
            "secrets": {
                "app": secret(A="one", B="two", C=""),
                "none": secret(),
                "stripe": secret(A="three", HOOK="x" * 100),
                "web": secret(
                    LOG=variable("open", "info"),
                    MOTD=variable("open", 'é "x"\n\\'),
                    PORT=variable("open", "80"),
                    URL={
                        **variable("template", "http://{{ app/A }}:{{PORT}}/"),
                        "result": base64.b64encode(b"http://one:80/").decode(),
                    },
                ),
            },
        },
        "prod": {
            "readers": ["alice", "ci"],
            "rotated-out": [rotated(1730000000)],
            "secrets": {
                "app": secret(A="four", B="five"),
                "web": secret(LOG=variable("open", "info")),
            },
            "inbox": {
                "app/NEW/0123abcd": proposal("prod", "app", "NEW"),
                "app/OLD/00000000": proposal("prod", "app", "OLD", past_key=1),
                "app/STRAY/ffffffff": proposal("dev", "app", "STRAY"),
            },
        },
        "void": {"readers": ["alice"]},
    },
}


class Good:
    def __init__(self, folder):
        self.folder = folder
        self.text = write.make(GOOD, folder).decode()
        self.alice = self.file("alice.key")

    def file(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()

    def vault(self):
        return vaultfmt.parse(self.text.encode())

    def unlocked(self, name):
        return vaultfmt.unlock(self.vault(), name, [self.alice])


# ---- Written with the key, and still wrong: (what, the whole text).


def reseal(good, secret, key, text, opened=None):
    """The vault with this as the plain text of a value in dev, well sealed; with `opened` as an
    open value."""
    env = good.unlocked("dev")
    entry = env.env.secrets[secret].keys[key]
    fields = env.fields("value", secret, key)
    strings = []
    if opened is not None:
        fields = env.fields("open", secret, key, opened)
        strings = [vaultfmt.spell(opened)]
    nonce = os.urandom(24)
    sealed = nonce + sodium.xchacha_encrypt(env.keys.value_key, nonce, text, encode(*fields))
    strings = "".join(f'"{string}",\n  ' for string in [*strings, to_base64(sealed)])
    before = "" if entry.text is None else f'"{vaultfmt.spell(entry.text)}",\n  '
    before += f'"{to_base64(entry.sealed)}",\n  '
    assert good.text.count(before) == 1
    return good.text.replace(before, strings)


def with_value(good, text):
    return reseal(good, "app", "A", text)


def with_past(good, text):
    """The vault with this as the plain text of dev's third past key, well sealed."""
    env, nonce = good.unlocked("dev"), os.urandom(24)
    fields = encode(*env.fields("past", "3"))
    sealed = nonce + sodium.xchacha_encrypt(env.keys.past_key, nonce, text, fields)
    return good.text.replace(to_base64(env.env.past["3"]), to_base64(sealed))


def head(author=b"", size=None, kind=vaultfmt.PLAIN):
    start = bytes([kind]) + bytes(8) + bytes([len(author) if size is None else size]) + author
    return start + bytes(-len(start) % 32)


BAD_VALUES = {
    "nothing at all": b"",
    "no padding": head() + b"x" * 32,
    "padding alone": pad(b""),
    "padding of 64": head() + b"\x80" + bytes(63),
    "padding with a 1": head() + b"x\x80" + bytes(29) + b"\1",
    "not a multiple of 32": pad(head() + b"x")[:-1],
    "a head cut short": pad(head()[:31]),
    "an author past the end": pad(head(size=255) + bytes(32)),
    "an author past the end by one": pad(head(size=23)),
    "an author not in UTF-8": pad(head(b"\xff")),
    "an author cut in a character": pad(head("é".encode()[:1])),
    "a surrogate as author": pad(head(b"\xed\xa0\x80")),
    "a fill that is not zero": pad(head()[:-1] + b"\1"),
    "over 1 MiB": pad(head() + bytes(vaultfmt.MAX_VALUE + 1)),
    "of the kind of an open one": pad(head(kind=vaultfmt.OPEN)),
    "of the kind of a past key": pad(head(kind=vaultfmt.PAST_KEY) + bytes(32)),
    "of kind 4": pad(head(kind=4)),
    "of kind 255": pad(head(kind=255)),
    "as it was before kinds": pad((1763703000).to_bytes(8, "little") + bytes(24) + b"one"),
}

BAD_HEADERS = {
    "with a value": pad(head(kind=vaultfmt.OPEN) + b"info"),
    "of the kind of a plain value": pad(head()),
    "of the kind of a template": pad(head(kind=vaultfmt.TEMPLATE)),
    "of the kind of a past key": pad(head(kind=vaultfmt.PAST_KEY)),
    "of kind 4": pad(head(kind=4)),
    "without padding": head(kind=vaultfmt.OPEN),
    "with another fill": pad(head(kind=vaultfmt.OPEN)[:-1] + b"\1"),
}

BAD_PASTS = {
    "of the kind of a plain value": pad(head() + bytes(32)),
    "of the kind of an open one": pad(head(kind=vaultfmt.OPEN) + bytes(32)),
    "of 31 bytes": pad(head(kind=vaultfmt.PAST_KEY) + bytes(31)),
    "of 33 bytes": pad(head(kind=vaultfmt.PAST_KEY) + bytes(33)),
    "of 40 bytes, as it was before kinds": bytes(40),
    "with an author not in UTF-8": pad(head(b"\xff", kind=vaultfmt.PAST_KEY) + bytes(32)),
}


def with_reader(good, age_file, reader="alice", name=None):
    """The vault with this age file for a reader of dev, well sealed: in their own entry, or under
    another name before it."""
    env = good.unlocked("dev")
    public_key, text = env.env.readers[reader].public_key, to_base64(age_file)
    seal = to_base64(env.keys.seal(*env.fields("reader", name or reader, public_key, text)))
    entry = f'{name or reader} = ["{public_key}",\n  "{text}",\n  "{seal}"]\n'
    place = rf"^(?={reader} = \[)" if name else rf"^{reader} = \[.*\n.*\n.*\n"
    return edits.edit(good.text, place, entry)


def wrapped(text, *recipients):
    file_key = os.urandom(16)
    stanzas = [age_write.x25519(file_key, recipient) for recipient in recipients]
    return age_write.file(file_key, stanzas, text)


def bad_age_files(good):
    key = good.unlocked("dev").keys.key
    mine, another = age.recipients_of(good.alice)[0], age.recipient_of(os.urandom(32))
    return {
        "of two stanzas": wrapped(key, mine, another),
        "of two stanzas, the second one's own": wrapped(key, another, mine),
        "of one stanza twice": wrapped(key, mine, mine),
        "to another": wrapped(key, another),
        "to a key of SSH": age_write.to_ssh(age.recipients_of(good.file("bob.key"))[0], key),
        "to a passphrase": age_write.to_passphrase(PASSPHRASE, key, 10),
        "of 31 bytes": wrapped(key[:31], mine),
        "of 33 bytes": wrapped(key + b"\0", mine),
        "of nothing": wrapped(b"", mine),
        "of another environment's key": wrapped(good.unlocked("prod").keys.key, mine),
        "with a byte after its end": wrapped(key, mine) + b"\0",
        "cut short": wrapped(key, mine)[:-1],
    }


# ---- All cases.


def edited_cases(good):
    for table, error in [
        (edits.PERMITTED, None),
        (edits.MALFORMED, vaultfmt.FormatError),
        (edits.CONFLICTS, vaultfmt.ConflictError),
        (edits.NEWER, vaultfmt.NewerError),
        (edits.FORGED, vaultfmt.IntegrityError),
    ]:
        for what, pattern, replacement in table:
            verified = vaultfmt.IntegrityError if what in edits.FOUND_BY_VERIFY else error
            yield what, edits.edit(good.text, pattern, replacement), error, verified
    for what, text in {
        "CRLF": good.text.replace("\n", "\r\n"),
        "CRLF and a BOM": "\ufeff" + good.text.replace("\n", "\r\n"),
        "CRLF in one line": good.text.replace("\n", "\r\n", 1),
        "LF in one line": good.text.replace("\n", "\r\n").replace("\r\n", "\n", 1),
        "a trailing comma everywhere": good.text.replace('"]\n', '",]\n'),
        "comments everywhere": edits.everywhere(good.text, "# x\n\n"),
    }.items():
        yield what, text, None, None


def sealed_cases(good):
    key, mine = good.unlocked("dev").keys.key, age.recipients_of(good.alice)[0]
    other = good.unlocked("prod").keys.key
    refused = vaultfmt.IntegrityError
    for what, text in BAD_VALUES.items():
        yield f"a value: {what}", with_value(good, text), refused, refused
    for what, text in BAD_HEADERS.items():
        yield f"a header: {what}", reseal(good, "web", "LOG", text, "info"), refused, refused
    for what, text in BAD_PASTS.items():
        yield f"a past key: {what}", with_past(good, text), refused, refused
    said = 1763703000, "alice@example.com", b"", vaultfmt.OPEN
    again = vaultfmt.seal_value(vaultfmt.Value(*said))
    yield "a header made anew", reseal(good, "web", "LOG", again, "info"), None, None
    for what, age_file in bad_age_files(good).items():
        yield f"one's own age file: {what}", with_reader(good, age_file), refused, refused
    yield "one's own age file made anew", with_reader(good, wrapped(key, mine)), None, None
    for reader, what, age_file in [
        ("bob", "to an age key", wrapped(key, mine)),
        ("bob", "to another key of SSH", age_write.to_ssh(edits.SSH_KEY, key)),
        ("robot", "that is no age file", key),
        ("team", "of two stanzas", wrapped(key, mine, mine)),
        ("team", "to a passphrase", age_write.to_passphrase(PASSPHRASE, key, 10)),
    ]:
        text = with_reader(good, age_file, reader)
        yield f"an age file of {reader}, {what}", text, None, refused
    again = with_reader(good, wrapped(key, mine), name="again")
    yield "a second entry of one's own", again, None, None
    again = with_reader(good, wrapped(other, mine), name="again")
    yield "a second entry of one's own, to another key", again, refused, refused


def cases(good):
    """(what, the text in bytes, class of the error or None: when read, when verified)"""
    for what, text, error, verified in [*edited_cases(good), *sealed_cases(good)]:
        yield what, text.encode("utf-8", "surrogateescape"), error, verified


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--dir", required=True, help="is made; holds no key files yet")
    folder = parser.parse_args().dir
    with open(os.path.join(make_folder(folder), "cases.tsv"), "w", encoding="utf-8") as table:
        for number, (what, text, error, verified) in enumerate(cases(Good(folder)), 1):
            name = f"{number:03}.toml"
            with open(os.path.join(folder, name), "wb") as file:
                file.write(text)
            print(name, status(error), status(verified), what, sep="\t", file=table)


def make_folder(folder):
    os.makedirs(folder, exist_ok=True)
    return folder


def status(error):
    return error.status if error else 0


if __name__ == "__main__":
    sys.exit(main())
