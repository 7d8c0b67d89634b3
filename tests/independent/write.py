#!/usr/bin/env python3
"""Makes vaults for others to read, from a description or by chance.

Into a folder go vault.toml, what opens it (NAME.key, NAME.passphrase), plain.json with the
values in base64 by environment, secret and key, and info.json: what read.py --info says of it.
A description is JSON:

    {"layout": null, "work-factor": 12,
     "readers": {NAME: {"kind": "X25519" | "ssh-ed25519" | "passphrase" | "post-quantum" | "plugin",
                        "passphrase": TEXT}},
     "environments": {E: {"readers": [NAME, …],
        "rotated-out": [{"when": UNIX SECONDS, "author": …}, …],
        "secrets": {S: {"created-at": …, "created-by": …,
                        "keys": {KEY: {"kind": "plain" (or absent) | "template" | "open",
                                       "value": BASE64, "author": …, "updated-at": SECONDS}}}},
        "inbox": {"S/KEY/TAG": {"value": BASE64, "author": …, "when": SECONDS,
                                "past-key": NUMBER or 0 for today's, "says": [E, S, KEY]}}}}}

With the layout null the file has the order and the look that vault(5) prescribes for writing;
with a number it has some other that vault(5) lets a reader meet. Keys and nonces are fresh: the
seed of --random decides the shape of a vault, not its bytes. Only repeat() makes those repeatable.
"""

import argparse
import base64
import hashlib
import itertools
import json
import os
import random
import sys

import age
import age_write
import sodium
from vaultfmt import (
    MAX_OPEN_TEXT,
    MAX_VALUE,
    OPEN,
    PAST_KEY,
    PLAIN,
    TEMPLATE,
    Keys,
    Value,
    encode,
    pad,
    seal_value,
    spell,
    to_base64,
)

KINDS = {"plain": PLAIN, "template": TEMPLATE, "open": OPEN}


def repeat(seed):
    """From here on what is random depends on the seed alone: for vaults that are published."""
    count = itertools.count()
    os.urandom = lambda size: hashlib.shake_256(f"{seed} {next(count)}".encode()).digest(size)


# ---- People, and what opens for them.


class Person:
    """A reader: a public key, and the file in the folder that holds what opens it."""

    def __init__(self, name, described, folder, work_factor):
        self.kind = described["kind"]
        self.passphrase_file = None
        path = os.path.join(folder, name)
        if self.kind == "ssh-ed25519":
            self.public_key, identity = age_write.ssh_key(name)
            write_private(path + ".key", identity)
        elif self.kind == "post-quantum":
            self.public_key = age.bech32("age1pq", os.urandom(1216))
        elif self.kind == "plugin":
            self.public_key = age.bech32("age1example", os.urandom(32))
        else:
            scalar = os.urandom(32)
            self.public_key, identity = age.recipient_of(scalar), age.identity_text(scalar)
            if self.kind == "passphrase":
                passphrase = described["passphrase"]
                self.passphrase_file = age_write.to_passphrase(
                    passphrase, identity.encode(), work_factor
                )
                write_private(path + ".passphrase", passphrase + "\n")
            else:
                write_private(path + ".key", f"# public key: {self.public_key}\n{identity}")

    def wrap(self, text):
        if self.kind == "ssh-ed25519":
            return age_write.to_ssh(self.public_key, text)
        if self.kind == "post-quantum":
            return age_write.to_post_quantum(text)
        if self.kind == "plugin":
            return age_write.to_plugin(text)
        return age_write.to_x25519(self.public_key, text)

    def shown(self):
        kind = {"passphrase": "X25519"}.get(self.kind, self.kind)
        return {"public-key": self.public_key, "kind": kind, "sealed": True}


def write_private(path, text):
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(text)


# ---- Order and look.


class Layout:
    """How the same content may be laid out: as vault(5) writes it."""

    first_line_end = "\n"
    last_line_end = True
    bom = ""

    def order(self, names):
        return names

    def line_end(self):
        return "\n"

    def before_table(self):
        return [""]

    def before_item(self):
        return []

    def entry(self, strings):
        head, *tail = (f'"{string}"' for string in strings)
        return "[" + ",\n  ".join([head, *tail]) + "]"


class ChanceLayout(Layout):
    """As a reader may meet it: other orders, comments, line ends and spacing."""

    COMMENTS = [
        "#",
        "# rotated when Bob left",
        "#\tünïcödé ☃ \U0001f511",
        '# API_KEY = ["not", "a value"]',
        "# [dev.app]",
        "# <<<<<<< not a conflict",
        '# an open " and [ and \\',
    ]

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.line_ends = self.random.choice([["\n"], ["\n"], ["\r\n"], ["\n", "\r\n"]])
        self.last_line_end = self.random.random() < 0.8
        self.bom = self.random.choice(["", "", "\ufeff"])
        self.shuffles = self.random.random() < 0.7
        self.comments = self.random.choice([0, 0.1, 0.5])

    def order(self, names):
        return self.random.sample(names, len(names)) if self.shuffles else names

    def line_end(self):
        return self.random.choice(self.line_ends)

    def before_table(self):
        return self.before_item() + [""] * self.random.choice([0, 1, 1, 2]) + self.before_item()

    def before_item(self):
        if self.random.random() >= self.comments:
            return []
        return self.random.choices([*self.COMMENTS, "", ""], k=self.random.randint(1, 3))

    def gap(self):
        return self.random.choice(["", "", " ", "\n", "\n  ", "  \n\n "])

    def entry(self, strings):
        if self.random.random() < 0.5:
            return super().entry(strings)
        text = ("," + self.gap()).join(f'"{string}"' + self.gap() for string in strings)
        return "[" + self.gap() + text + self.random.choice(["", "," + self.gap()]) + "]"


def render(tables, layout):
    """Tables are (path, [(name, a str as it stands, or a list of strings)])."""
    lines = [
        "# Encrypted by vault. Names are readable, values are sealed: commit this file.",
        "# Change it with `vault set` or `vault edit`.",
    ]
    for path, items in tables:
        lines += [*layout.before_table(), f"[{'.'.join(path)}]"]
        for name, value in items:
            text = layout.entry(value) if isinstance(value, list) else value
            lines += [*layout.before_item(), *f"{name} = {text}".split("\n")]
    lines += layout.before_item()
    text = "".join(line + layout.line_end() for line in lines)
    return (layout.bom + (text if layout.last_line_end else text.rstrip("\r\n"))).encode()


# ---- Content.


class EnvironmentWriter:
    def __init__(self, vault_id, name, described, people):
        self.vault_id = vault_id
        self.name = name
        self.described = described
        self.people = {reader: people[reader] for reader in described["readers"]}
        self.rotated_out = described.get("rotated-out", [])
        self.past = [Keys(os.urandom(32)) for _ in self.rotated_out]
        self.keys = Keys(os.urandom(32))
        self.secrets = described.get("secrets", {})
        self.inbox = described.get("inbox", {})

    def fields(self, label, *rest):
        return ("vault/1 " + label, self.vault_id, self.name, *rest)

    def seal(self, label, *rest):
        return to_base64(self.keys.seal(*self.fields(label, *rest)))

    def encrypt(self, key, text, *fields):
        nonce = os.urandom(24)
        return to_base64(nonce + sodium.xchacha_encrypt(key, nonce, text, encode(*fields)))

    def head(self, secret_order):
        first = secret_order[0] if secret_order else ""
        seal = self.seal("first-secret", self.keys.inbox_key, str(len(self.past)), first)
        return {"inbox-key": quoted(self.keys.inbox_key), "first-secret": quoted(seal)}

    def readers(self):
        return {name: self.reader(name, person) for name, person in self.people.items()}

    def reader(self, name, person):
        wrapped = to_base64(person.wrap(self.keys.key))
        seal = self.seal("reader", name, person.public_key, wrapped)
        return [person.public_key, wrapped, seal]

    def past_keys(self):
        return {
            str(i): quoted(
                self.encrypt(
                    self.keys.past_key,
                    seal_value(Value(out["when"], out["author"], old.key, PAST_KEY)),
                    *self.fields("past", str(i)),
                )
            )
            for i, (old, out) in enumerate(zip(self.past, self.rotated_out), 1)
        }

    def proposals(self):
        return {f'"{place}"': quoted(self.proposal(said)) for place, said in self.inbox.items()}

    def proposal(self, said):
        keys = [self.keys, *self.past][said.get("past-key", 0)]
        place = ("vault/1 proposal", self.vault_id, *said["says"])
        value, when = base64.b64decode(said["value"]), said["when"].to_bytes(8, "little")
        text = encode(*place, said["author"], when, value)
        return to_base64(age_write.to_x25519(keys.inbox_key, pad(text)))

    def secret(self, name, following, key_order):
        described = self.secrets[name]
        at, by = described["created-at"], described["created-by"]
        first_key = key_order[0] if key_order else ""
        return {
            "next-secret": quoted(self.seal("next-secret", name, following)),
            "created-at": at,
            "created-by": quoted(spell(by)),
            "first-key": quoted(self.seal("first-key", name, at, by, first_key)),
            **{
                key: [*self.value(name, key), self.seal("next-key", name, key, next_key)]
                for key, next_key in zip(key_order, [*key_order[1:], ""])
            },
        }

    def value(self, secret, key):
        """The strings before the seal: an open text and its header, or the sealed value alone."""
        said = self.secrets[secret]["keys"][key]
        kind, data = KINDS[said.get("kind", "plain")], base64.b64decode(said["value"])
        value = Value(said["updated-at"], said["author"], data, kind)
        fields = self.fields("value", secret, key)
        if kind == OPEN:
            fields = self.fields("open", secret, key, data)
            value.data = b""
        sealed = self.encrypt(self.keys.value_key, seal_value(value), *fields)
        return [spell(data.decode()), sealed] if kind == OPEN else [sealed]

    def shown(self):
        """What read.py --info says of it."""
        return {
            "fingerprint": self.keys.fingerprint,
            "inbox-key": self.keys.inbox_key,
            "past": [
                {
                    "fingerprint": key.fingerprint,
                    "rotated-out": out["when"],
                    "author": out["author"],
                }
                for key, out in zip(self.past, self.rotated_out)
            ],
            "readers": {name: person.shown() for name, person in self.people.items()},
            "secrets": {name: shown_secret(secret) for name, secret in self.secrets.items()},
            "inbox": {place: self.shown_proposal(place) for place in self.inbox},
        }

    def shown_proposal(self, place):
        said = self.inbox[place]
        if [self.name, *place.split("/")[:2]] != said["says"]:
            return None
        keys = [self.keys, *self.past][said.get("past-key", 0)]
        shown = {name: said[name] for name in ("when", "author", "value")}
        return {**shown, "sealed-to": keys.fingerprint}


def quoted(text):
    return f'"{text}"'


def shown_secret(secret):
    keys = {
        name: {
            "updated-at": key["updated-at"],
            "author": key["author"],
            "size": len(base64.b64decode(key["value"])),
            "kind": key.get("kind", "plain"),
        }
        for name, key in secret["keys"].items()
    }
    return {"created-at": secret["created-at"], "created-by": secret["created-by"], "keys": keys}


def make_tables(vault_id, people, environments, layout):
    """Orders come first: of the tables, of the items in each. The seals follow them."""
    passphrases = {
        name: quoted(to_base64(person.passphrase_file))
        for name, person in people.items()
        if person.passphrase_file
    }
    content = {("vault",): {"format": "1", "id": quoted(vault_id)}}
    if passphrases:
        content["vault", "passphrases"] = passphrases
    for name, env in sorted(environments.items()):
        content["vault", "env", name] = None
        content["vault", "env", name, "readers"] = env.readers()
        if env.past:
            content["vault", "env", name, "past"] = env.past_keys()
        content["vault", "env", name, "inbox"] = env.proposals()
    for name, env in sorted(environments.items()):
        content.update({(name, secret): None for secret in sorted(env.secrets)})

    paths = layout.order(list(content))
    tables = []
    for path in paths:
        if content[path] is not None:
            items = content[path]
            names = sorted(items) if path != ("vault",) else list(items)
        elif len(path) == 3:
            items = environments[path[2]].head(secrets_in(paths, path[2]))
            names = list(items)
        else:
            items, names = None, ["next-secret", "created-at", "created-by", "first-key"]
            names += sorted(environments[path[0]].secrets[path[1]]["keys"])
        names = layout.order(names)
        if items is None:
            key_order = [name for name in names if "-" not in name]
            secrets = [*secrets_in(paths, path[0]), ""]
            following = secrets[secrets.index(path[1]) + 1]
            items = environments[path[0]].secret(path[1], following, key_order)
        tables.append((path, [(name, items[name]) for name in names]))
    return tables


def secrets_in(paths, environment):
    return [path[1] for path in paths if len(path) == 2 and path[0] == environment]


def compose(described, people, vault_id):
    """The text of the vault that is described, and an EnvironmentWriter by each name."""
    seed = described.get("layout")
    environments = {
        name: EnvironmentWriter(vault_id, name, env, people)
        for name, env in described["environments"].items()
    }
    layout = Layout() if seed is None else ChanceLayout(seed)
    text = render(make_tables(vault_id, people, environments, layout), layout)
    return text, environments


def make(described, folder):
    """Writes the vault that is described and what belongs to it. Returns the text."""
    os.makedirs(folder, exist_ok=True)
    vault_id = to_base64(os.urandom(16))
    people = {
        name: Person(name, person, folder, described.get("work-factor", 12))
        for name, person in described["readers"].items()
    }
    text, environments = compose(described, people, vault_id)
    with open(os.path.join(folder, "vault.toml"), "wb") as file:
        file.write(text)
    plain = {
        name: {
            secret: {key: value["value"] for key, value in content["keys"].items()}
            for secret, content in env.secrets.items()
        }
        for name, env in environments.items()
    }
    info = {
        "id": vault_id,
        "passphrases": sorted(name for name, person in people.items() if person.passphrase_file),
        "environments": {name: env.shown() for name, env in environments.items()},
    }
    for name, content in [("plain.json", plain), ("info.json", info)]:
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            print(json.dumps(content, indent=1, sort_keys=True), file=file)
    return text


# ---- Descriptions by chance: the edges of what vault(5) allows more often than chance has it.


class Chance:
    WORD = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    NAMES = ["env", "vault2", "Vault", "readers", "past", "inbox", "passphrases", "1", "a-b", "0_"]
    KEYS = ["_", "format", "id", "API_KEY", "api_key", "A", "A0", "A_"]
    TEXTS = ["", "\0", "\x80", "\n", " spaced ", "naïve “quotes” $HOME #no\n2nd", "a" * 4096]
    TIMES = [0, 1, 1763703000, 1 << 31, 1 << 32, 253402300799, (1 << 64) - 1]
    DATES = ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2026-11-21T05:30:00Z"]

    def __init__(self, seed, passphrases=True):
        self.random = random.Random(seed)
        self.kinds = ["X25519", "X25519", "ssh-ed25519", "post-quantum", "plugin"]
        self.kinds += ["passphrase"] * passphrases

    def often(self, probability):
        return self.random.random() < probability

    def word(self, first, rest, longest):
        length = self.random.choice([0, 1, 3, 8, 20, longest - 1])
        return self.random.choice(first) + "".join(self.random.choices(rest, k=length))

    def name(self):
        if self.often(0.3):
            return self.random.choice(self.NAMES)
        return self.word(self.WORD, self.WORD + "_-", 64)

    def key(self):
        if self.often(0.3):
            return self.random.choice(self.KEYS)
        return self.word(self.WORD[:-10] + "_", self.WORD + "_", 256)

    def names(self, make, most):
        return {make() for _ in range(self.random.randint(0, most))} - {"vault"}

    def author(self):
        sizes = [0, 1, 17, 22, 23, 24, 54, 55, 56, 254, 255]
        size = self.random.choice(sizes)
        return self.random.choice(["a" * size, "é" * (size // 2), "alice@example.com", "# = [x]"])

    def creator(self):
        return self.random.choice([self.author(), '"Zoë" \\ \u202e\U0001f511'])

    def value(self):
        size = self.random.choice([0, 1, 15, 30, 31, 32, 33, 63, 64, 65, 1000])
        if self.often(0.01):
            size = self.random.choice([MAX_VALUE, MAX_VALUE - 1, 65536])
        texts = [self.random.choice(self.TEXTS).encode(), os.urandom(size), bytes(size)]
        return base64.b64encode(self.random.choice(texts)).decode()

    def time(self):
        return self.random.choice(self.TIMES)

    def secret(self):
        keys = {key: self.variable() for key in sorted(self.names(self.key, 8))}
        created = {"created-at": self.random.choice(self.DATES), "created-by": self.creator()}
        return {**created, "keys": keys}

    def variable(self):
        kind = self.random.choice(["plain", "plain", "template", "open"])
        value = self.open_text() if kind == "open" else self.value()
        if kind == "template":  # without a hole, which a change could not resolve
            value = base64.b64encode(base64.b64decode(value).replace(b"{{", b"{.")).decode()
        said = {"value": value, "author": self.author(), "updated-at": self.time()}
        return said if kind == "plain" else {**said, "kind": kind}

    def open_text(self):
        size = self.random.choice([0, 1, 30, MAX_OPEN_TEXT])
        texts = [text for text in self.TEXTS if text.isprintable() or "\n" in text]
        texts += ['#\x01\x7f\x85\u202e\ufffe\U0010ffff"\\\t', "x" * size, "é" * (size // 2)]
        return base64.b64encode(self.random.choice(texts).encode()).decode()

    def proposal(self, place, past):
        says = place if self.often(0.8) else [place[0], place[1], "OTHER"]
        return {
            "value": base64.b64encode(base64.b64decode(self.value())[:60000]).decode(),
            "author": self.author(),
            "when": self.time(),
            "past-key": self.random.randint(0, past),
            "says": says,
        }

    def environment(self, name, readers, able):
        some = self.random.sample(readers, self.random.randint(0, len(readers)))
        past = self.random.choice([0, 0, 1, 2, 12])
        places = {
            (self.name(), self.key(), f"{self.random.randrange(1 << 32):08x}")
            for _ in range(self.random.choice([0, 0, 1, 3]))
        }
        return {
            "readers": sorted({*some, self.random.choice(able)}),
            "rotated-out": [{"when": self.time(), "author": self.author()} for _ in range(past)],
            "secrets": {secret: self.secret() for secret in sorted(self.names(self.name, 4))},
            "inbox": {
                "/".join(place): self.proposal([name, *place[:2]], past) for place in sorted(places)
            },
        }

    def vault(self):
        """Each environment has a reader that can be made here."""
        kinds = ["X25519"] + [self.random.choice(self.kinds) for _ in range(3)]
        readers = {}
        for kind in kinds:
            passphrase = {"passphrase": "correct hørse " + self.name()}
            readers[self.name()] = {"kind": kind, **(passphrase if kind == "passphrase" else {})}
        unable = ["plugin", "post-quantum"]
        able = [name for name, reader in readers.items() if reader["kind"] not in unable]
        if not able:
            return self.vault()
        names = sorted({self.name() for _ in range(self.random.randint(1, 4))})
        return {
            "layout": self.random.randrange(1 << 32) if self.often(0.8) else None,
            "readers": readers,
            "environments": {name: self.environment(name, list(readers), able) for name in names},
        }


def many_keys(count):
    """One environment, one secret, `count` keys, laid out as vault(5) writes it."""
    keys = {
        f"KEY_{i:07}": {
            "value": base64.b64encode(b"value %d" % i).decode(),
            "author": "alice@example.com",
            "updated-at": 1763703000 + i,
        }
        for i in range(count)
    }
    secret = {"created-at": Chance.DATES[0], "created-by": "alice@example.com", "keys": keys}
    env = {"readers": ["alice"], "secrets": {"app": secret}}
    return {"readers": {"alice": {"kind": "X25519"}}, "environments": {"dev": env}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--description", metavar="JSON", help="a file, - for standard input")
    what.add_argument("--random", type=int, metavar="SEED")
    what.add_argument("--keys", type=int, metavar="N", help="one environment of N keys")
    parser.add_argument("--dir", required=True, help="is made; holds no key files yet")
    parser.add_argument("--no-passphrases", action="store_true", help="with --random")
    parser.add_argument("--work-factor", type=int, default=12, metavar="N", help="with --random")
    options = parser.parse_args()
    if options.description:
        with open(0 if options.description == "-" else options.description, encoding="utf-8") as f:
            described = json.load(f)
    elif options.keys is not None:
        described = many_keys(options.keys)
    else:
        described = Chance(options.random, not options.no_passphrases).vault()
        described["work-factor"] = options.work_factor
    make(described, options.dir)


if __name__ == "__main__":
    sys.exit(main())
