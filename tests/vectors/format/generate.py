#!/usr/bin/env python3
"""Makes the vectors in this folder again, always the same: generate.py [FOLDER]

What a vault holds is written down here, and what its templates make is spelled out: no expectation
was read from a vault. Only the damaged vaults come from tests/independent/hostile.py.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../independent"))

import age  # noqa: E402
import age_write  # noqa: E402
import answer  # noqa: E402
import edits  # noqa: E402
import hostile  # noqa: E402
import selftest  # noqa: E402
import sodium  # noqa: E402
import vaultfmt  # noqa: E402
import write  # noqa: E402
from vaultfmt import encode, pad, seal_value, to_base64  # noqa: E402

START = 1763703000
PASSPHRASE = "correct hørse"
MIB = 1 << 20


def b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


# ---- People. Their keys are in keys/, and open all vaults.


class Stranger:
    """A reader whose kind nobody knows, or knows better."""

    passphrase_file = None

    def __init__(self, public_key, age_file=age_write.to_plugin):
        self.public_key = public_key
        self.wrap = age_file


class LaterPassphrase(Stranger):
    """A post-quantum identity behind a passphrase."""

    def __init__(self):
        super().__init__(age.bech32("age1pq", os.urandom(1216)), age_write.to_post_quantum)
        identity = age.bech32("age-secret-key-pq-", os.urandom(32)).upper() + "\n"
        self.passphrase_file = age_write.to_passphrase("another passphrase", identity.encode(), 10)


def make_people(folder):
    write.repeat("people")
    os.makedirs(folder)
    people = {
        name: write.Person(name, {"kind": kind, "passphrase": PASSPHRASE}, folder, 10)
        for name, kind in [
            ("alice", "X25519"),
            ("bob", "ssh-ed25519"),
            ("carol", "X25519"),
            ("nobody", "X25519"),
            ("team", "passphrase"),
            ("robot", "plugin"),
            ("later", "post-quantum"),
        ]
    }
    os.rename(os.path.join(folder, "team.passphrase"), os.path.join(folder, "team.pass"))
    keys = {name: read(os.path.join(folder, name + ".key")) for name in ("alice", "carol")}
    both = "# two identities\n\n" + keys["carol"] + "\n# and another\n" + keys["alice"]
    write.write_private(os.path.join(folder, "both.key"), both)
    write.write_private(os.path.join(folder, "wrong.pass"), "correct horse\n")
    people["ghost"] = LaterPassphrase()
    for name, public_key in STRANGE_KEYS.items():
        people[name] = Stranger(public_key)
    return people


STRANGE_KEYS = {
    "s1": "x",
    "s2": "~" * 4096,
    "s3": "age2future some other notation = [x] # 'y'",
    "s4": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ",
    "s5": "age1" + "q" * 58,  # of a wrong checksum
    "s6": "ssh-ed25519 AAAA",
    "s7": " ",
}
HOLDERS = {"both.key": ["alice", "carol"]}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


# ---- Descriptions, as write.py takes them.


def value(data="value", kind="plain", author="alice@example.com", date=START, **more):
    data = b64(data)
    return {"value": data, "kind": kind, "author": author, "updated-at": date, **more}


def digest(data):
    """In place of a value that is too long to be written down."""
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def opened(text, **more):
    return value(text, "open", **more)


def template(text, result, **more):
    """`result` is what it makes, or its digest; or an error in a tuple."""
    if isinstance(result, tuple):
        result = {"error": result[0]}
    elif not isinstance(result, dict):
        result = b64(result)
    return value(text, "template", result=result, **more)


def secret(*made, **keys):
    at, by = made or ("2025-11-21T05:30:00Z", "alice@example.com")
    keys = {name: said if isinstance(said, dict) else value(said) for name, said in keys.items()}
    return {"created-at": at, "created-by": by, "keys": keys}


def env(readers="alice", past=(), inbox=None, **secrets):
    rotated = [{"when": when, "author": author} for when, author in past]
    return {
        "readers": readers.split(),
        "rotated-out": rotated,
        "secrets": secrets,
        "inbox": inbox or {},
    }


def proposal(data, *says, past_key=0, author="eve", when=START + 9):
    said = {"value": b64(data), "author": author, "when": when}
    return {**said, "says": list(says), "past-key": past_key}


# ---- Cases: (name, what, environments), and what differs from the usual.

PLAIN = {
    "dev": env(app=secret(A="one", B="two", C=""), web=secret(A="three", LOG=opened("info"))),
    "prod": env(app=secret(A="four")),
}


def sizes(*lengths):
    return {f"LEN_{length}": value(b"x" * length) for length in lengths}


def authors(*lengths):
    return {f"BY_{length}": value(author="a" * length) for length in lengths}


def doubled():
    """Templates whose results grow to 1 MiB, and one past it."""
    sixteen = "{{ T0 }}" * 16
    return secret(
        BASE=value("k" * 1024),
        BYTE="k",
        T0=template("{{ BASE }}" * 16, digest(b"k" * (16 << 10))),
        T1=template(sixteen, digest(b"k" * (256 << 10))),
        T2=template("{{ T1 }}" * 4, digest(b"k" * MIB)),
        T3=template("{{ T1 }}" * 4 + "{{ BYTE }}", ("limit",)),
    )


def chain(length, result):
    """T1 -> T2 -> ... -> the last, which is plain."""
    keys = {f"T{length}": value("end")}
    for i in range(1, length):
        made = result if length - i >= 16 else "end"
        keys[f"T{i}"] = template(f"{{{{ T{i + 1} }}}}", made)
    return secret(**keys)


TEXT_ERRORS = {
    "BARE": "{{",
    "ENDLESS": "{{ A",
    "ONE_BRACE": "{{ A }",
    "EMPTY": "{{}}",
    "SPACES": "{{  }}",
    "TAB": "{{\tA }}",
    "NEWLINE": "{{ A\n}}",
    "TWO_NAMES": "{{ A B }}",
    "DIGIT": "{{ 1A }}",
    "DASH": "{{ A-B }}",
    "SLASH_SPACE": "{{ app / A }}",
    "TWO_SLASHES": "{{ dev/app/A }}",
    "NO_NAME": "{{ app/ }}",
    "NO_SECRET": "{{ /A }}",
    "NO_FILTER": "{{ A | }}",
    "UNKNOWN_FILTER": "{{ A | hex }}",
    "CAPITAL_FILTER": "{{ A | URL }}",
    "TWO_FILTERS": "{{ A | url | json }}",
    "INNER": "{{ {{ A }} }}",
    "THREE": "{{{ A }}}",
    "LATE": "{{ A }} and {{",
    "NOT_UTF8": b"{{ \xff }}",
}


def url_of(byte):
    return (
        chr(byte)
        if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "-._~")
        else f"%{byte:02X}"
    )


HARD = b"a b/c?d=e&f+g%h~i-j_k.l'm\"n\\o\np\tq\xc3\xa9\xe2\x80\xae\x7f"

TEMPLATES = {
    "template-basic": (
        "holes of the same secret and of another",
        {
            "dev": env(
                db=secret(USER="u", PASSWORD="p@ss'w/rd", HOST=opened("db.example.com")),
                web=secret(
                    PORT=opened("80"),
                    URL=template("http://{{ db/HOST }}:{{ PORT }}/", "http://db.example.com:80/"),
                    DB=template(
                        "postgres://{{ db/USER | url }}:{{ db/PASSWORD | url }}@{{ db/HOST }}/app",
                        "postgres://u:p%40ss%27w%2Frd@db.example.com/app",
                    ),
                ),
            )
        },
    ),
    "template-spaces": (
        "any number of spaces in a hole",
        {
            "dev": env(
                app=secret(
                    A="x",
                    NONE=template("{{A}}{{app/A|url}}", "xx"),
                    MANY=template("{{     A     |     url     }}", "x"),
                    SOME=template("{{A }}{{ A}}{{A| url}}{{A |url}}", "xxxx"),
                )
            )
        },
    ),
    "template-braces": (
        "braces that are no hole",
        {
            "dev": env(
                app=secret(
                    A="x",
                    FOUR=template("{{{{", "{{"),
                    EIGHT=template("{{{{{{{{", "{{{{"),
                    SIX=template("{{{{{{ A }}", "{{x"),
                    FIVE=template("{{{{{ A }}", "{{{ A }}"),
                    QUOTED=template("{{{{ A }}", "{{ A }}"),
                    CLOSING=template("}} } {{ A }}}} }", "}} } x}} }"),
                    SINGLE=template("{ A } {", "{ A } {"),
                    EMPTY=template("", ""),
                    TEXT=template("no hole", "no hole"),
                )
            )
        },
    ),
    "template-one-pass": (
        "what was inserted is not read for holes",
        {
            "dev": env(
                app=secret(
                    A="x",
                    TRAP="{{ A }} {{{{ {{",
                    HALF="{",
                    T=template("{{ TRAP }}", "{{ A }} {{{{ {{"),
                    JOIN=template("{{ HALF }}{{ HALF }} A }}", "{{ A }}"),
                )
            )
        },
    ),
    "template-filters": (
        "each filter, of each kind of byte",
        {
            "dev": env(
                app=secret(
                    EMPTY="",
                    HARD=HARD,
                    BYTES=bytes(range(256)),
                    PLAIN=template("{{ HARD }}", HARD),
                    URL=template(
                        "{{ HARD | url }}",
                        "a%20b%2Fc%3Fd%3De%26f%2Bg%25h~i-j_k.l%27m%22n%5Co%0Ap%09q%C3%A9%E2%80%AE%7F",
                    ),
                    BASE64=template("{{ HARD | base64 }}", base64.b64encode(HARD)),
                    JSON=template(
                        "{{ HARD | json }}",
                        '"a b/c?d=e&f+g%h~i-j_k.l\'m\\"n\\\\o\\np\\u0009qé\\u202e\\u007f"',
                    ),
                    SHELL=template(
                        "{{ HARD | shell }}", b"'" + HARD.replace(b"'", b"'\\''") + b"'"
                    ),
                    EMPTIES=template(
                        "{{ EMPTY }},{{EMPTY|url}},{{EMPTY|base64}},{{EMPTY|json}},{{EMPTY|shell}}",
                        ",,,\"\",''",
                    ),
                    BYTES_URL=template("{{ BYTES|url }}", "".join(map(url_of, range(256)))),
                    BYTES_BASE64=template(
                        "{{ BYTES|base64 }}", base64.b64encode(bytes(range(256)))
                    ),
                    BYTES_JSON=template("{{ BYTES | json }}", ("filter",)),
                    BYTES_SHELL=template("{{ BYTES | shell }}", ("filter",)),
                )
            )
        },
    ),
    "template-nested": (
        "templates of templates, and the same name more than once",
        {
            "dev": env(
                app=secret(
                    A="x",
                    B=template("<{{ A }}>", "<x>"),
                    C=template("{{ B }}{{ web/D | url }}{{ B }}", "<x>%3Cx%3E%3Cx%3E<x>"),
                ),
                web=secret(D=template("{{ app/B }}{{ app/B }}", "<x><x>")),
            )
        },
    ),
    "template-binary": (
        "a text of any bytes",
        {
            "dev": env(
                app=secret(A=b"\xff\0", T=template(b"\x80{{ A }}\0\xfe", b"\x80\xff\0\0\xfe"))
            )
        },
    ),
    "template-16-names": ("the longest path", {"dev": env(app=chain(16, "end"))}),
    "template-17-names": ("a path too long by one", {"dev": env(app=chain(17, ("limit",)))}),
    "template-holes": (
        "256 holes, and 257",
        {
            "dev": env(
                app=secret(
                    A="x",
                    MOST=template("{{A}}" * 256, "x" * 256),
                    MORE=template("{{A}}" * 257, ("limit",)),
                    QUOTED=template("{{{{" * 300, "{{" * 300),
                )
            )
        },
    ),
    "template-size": ("results of 1 MiB, and of a byte more", {"dev": env(app=doubled())}),
    "template-missing": (
        "names that are not there",
        {
            "dev": env(
                app=secret(
                    A="x",
                    KEY=template("{{ GONE }}", ("missing",)),
                    SECRET=template("{{ gone/A }}", ("missing",)),
                    OTHER=template("{{ only/B }}", ("missing",)),
                    THROUGH=template("{{ KEY }}", ("missing",)),
                    CASE=template("{{ a }}", ("missing",)),
                    GOOD=template("{{ A }}", "x"),
                )
            ),
            "prod": env(only=secret(B="y")),
        },
    ),
    "template-circles": (
        "templates that need themselves",
        {
            "dev": env(
                app=secret(
                    SELF=template("{{ SELF }}", ("circular",)),
                    LONG=template("{{ app/LONG }}", ("circular",)),
                    ONE=template("{{ web/TWO }}", ("circular",)),
                    INTO=template("{{ ONE }}", ("circular",)),
                ),
                web=secret(TWO=template("{{ app/ONE | url }}", ("circular",))),
            )
        },
    ),
    "template-syntax": (
        "texts that are no template",
        {
            "dev": env(
                app=secret(A="x", **{n: template(t, ("syntax",)) for n, t in TEXT_ERRORS.items()})
            )
        },
    ),
}

LONG = "x" * 63
VALUES = {
    "empty": ("no environment", {}),
    "plain": ("two environments", PLAIN),
    "no-secrets": (
        "an environment without secrets, and a secret without variables",
        {
            "dev": env(),
            "prod": env(none=secret()),
        },
    ),
    "value-sizes": (
        "around each multiple of 32",
        {
            "dev": env(app=secret(**sizes(0, 1, 15, 30, 31, 32, 33, 63, 64, 65, 1000))),
        },
    ),
    "value-bytes": (
        "every byte, and ends like padding",
        {
            "dev": env(
                app=secret(
                    ALL=bytes(range(256)),
                    ZERO=b"\0",
                    ZEROS=bytes(64),
                    MARK=b"\x80",
                    MARKED=b"x\x80\0\0",
                    LINES="one\r\n two\n",
                )
            ),
        },
    ),
    "author-sizes": (
        "around each multiple of 32, up to the longest",
        {
            "dev": env(
                app=secret(
                    **authors(0, 1, 21, 22, 23, 53, 54, 55, 254, 255),
                    UTF8=value(author="Zoë ☃ \U0001f511"),
                    ODD=value(author='" \\ = [x] #\n'),
                )
            ),
        },
    ),
    "dates": (
        "from the first second to the last",
        {
            "dev": env(
                app=secret(
                    **{
                        f"AT_{date}": value(date=date)
                        for date in [0, 1, (1 << 31) - 1, 1 << 32, 253402300799, (1 << 63) - 1]
                    }
                )
            ),
        },
    ),
    "last-date": (
        "the largest date that 8 bytes can have",
        {
            "dev": env(app=secret(A=value(date=(1 << 64) - 1))),
        },
    ),
    "names-longest": (
        "the longest names",
        {
            "e" + LONG: env(**{"s" + LONG: secret(**{"V" + "x" * 255: "value"})}),
        },
    ),
    "names-shortest": ("the shortest names", {"e": env(s=secret(V="value", _="value"))}),
    "names-alike": (
        "names that differ in case or in an end",
        {
            "dev": env(
                app=secret(A="1", a="2", A_="3", A0="4"), App=secret(A="5"), app_=secret(A="6")
            ),
            "Dev": env(app=secret(A="7")),
            "dev-": env(app=secret(A="8")),
        },
    ),
    "names-of-tables": (
        "names that mean something elsewhere",
        {
            "env": env(env=secret(format="1", id="2"), vault=secret(inbox="3")),
            "readers": {**env(), "secrets": {"past": secret(readers="4")}},
            "passphrases": {**env(), "secrets": {"inbox": secret(past="5")}},
            "Vault": env(vault=secret(vault="6")),
            "0": env(**{"1-_": secret(true="7")}),
        },
    ),
    "created-at": (
        "dates of a secret",
        {
            "dev": env(
                **{
                    f"s{i}": secret(at, "alice")
                    for i, at in enumerate(
                        [
                            "1970-01-01T00:00:00Z",
                            "2000-02-29T23:59:59Z",
                            "2024-02-29T12:00:00Z",
                            "2100-02-28T00:00:00Z",
                            "9999-12-31T23:59:59Z",
                        ]
                    )
                }
            ),
        },
    ),
    "created-by": (
        "who made a secret, with every kind of spelling",
        {
            "dev": env(
                **{
                    f"s{i}": secret("2025-11-21T05:30:00Z", by, A="x")
                    for i, by in enumerate(
                        [
                            "",
                            " ",
                            "a" * 255,
                            "é" * 127,
                            "\U0001f511" * 63,
                            '"Zoë" \\ x',
                            "one\ntwo\tthree",
                            "\x01\r\x1f\x7f\x85\u202e\u2066\ufeff\uffff\U0010ffff",
                            "# [x] = 'y'",
                            "аlice",
                        ]
                    )
                }
            ),
        },
    ),
    "same-value": (
        "the same value everywhere",
        {
            "dev": env(app=secret(A="same", B="same"), web=secret(A="same")),
            "prod": env(app=secret(A="same")),
        },
    ),
    "many": ("300 variables", {"dev": env(app=secret(**{f"K{i:03}": "v" for i in range(300)}))}),
}

OPEN = {
    "open-basic": (
        "open values beside sealed ones",
        {
            "dev": env(app=secret(A="one", LOG=opened("info"), PORT=opened("80"), Z="two")),
        },
    ),
    "open-only": (
        "nothing but open values",
        {"dev": env(app=secret(A=opened("1"), B=opened("2")))},
    ),
    "open-empty": ("an empty text", {"dev": env(app=secret(A=opened(""), B=""))}),
    "open-spelling": (
        "every kind of spelling",
        {
            "dev": env(
                app=secret(
                    ASCII=opened("".join(map(chr, range(32, 127)))),
                    LOW=opened("".join(map(chr, range(1, 32)))),
                    C1=opened("\x7f\x80\x85\x9f\xa0"),
                    LINES=opened("one\r\n\ttwo\n"),
                    BIDI=opened("\u061c\u200e\u200f\u202a\u202e\u2066\u2069"),
                    ALIKE=opened("раypal"),
                    EDGES=opened("\u07ff\u0800\ud7ff\ue000\ufffd\ufffe\uffff\U00010000\U0010ffff"),
                    SNOW=opened("naïve “quotes” ☃ \U0001f511"),
                    ESCAPES=opened('\\u0041 \\n \\\\ "'),
                )
            ),
        },
    ),
    "open-4096": (
        "the longest texts, of characters of 1 to 4 bytes",
        {
            "dev": env(
                app=secret(
                    ONE=opened("x" * 4096),
                    TWO=opened("é" * 2048),
                    THREE=opened("☃" * 1365 + "x"),
                    FOUR=opened("\U0001f511" * 1024),
                    SHORT=opened('"' * 4096),
                )
            ),
        },
    ),
    "open-authors": (
        "headers with long authors and odd dates",
        {
            "dev": env(
                app=secret(
                    A=opened("x", author=""),
                    B=opened("x", author="a" * 22),
                    C=opened("x", author="a" * 23),
                    D=opened("x", author="é" * 127, date=0),
                    E=opened("x", date=(1 << 63) - 1),
                )
            ),
        },
    ),
    "open-like-toml": (
        "texts that look like another part of the file",
        {
            "dev": env(
                app=secret(
                    A=opened('"]\n[dev.web]\nB = ["'),
                    B=opened("# x"),
                    C=opened("<<<<<<< HEAD\n"),
                    D=opened("{{ A }}"),
                    E=opened("format = 2"),
                )
            ),
        },
    ),
    "open-rotated": (
        "open values under a key that was rotated",
        {
            "dev": env(past=[(START + 1, "bob")], app=secret(LOG=opened("info", date=START - 1))),
        },
    ),
    "open-two-environments": (
        "the same text in two environments",
        {
            "dev": env(app=secret(LOG=opened("info"))),
            "prod": env(app=secret(LOG=opened("info"))),
        },
    ),
}

READERS = {
    "reader-ssh": ("an SSH key", {"dev": env("bob", app=secret(A="x"))}, ["bob.key"]),
    "reader-ssh-beside": (
        "an SSH key, beside others",
        {
            "dev": env("alice bob carol", app=secret(A="x")),
        },
        ["bob.key"],
    ),
    "reader-passphrase": ("a passphrase", {"dev": env("team", app=secret(A="x"))}, ["team.pass"]),
    "reader-passphrase-twice": (
        "a passphrase for two environments, and not for a third",
        {
            "dev": env("alice team", app=secret(A="x")),
            "prod": env("team", app=secret(A="y")),
            "test": env("alice", app=secret(A="z", LOG=opened("info"))),
        },
        ["team.pass"],
    ),
    "reader-wrong-passphrase-first": (
        "a wrong passphrase, and a right one",
        {
            "dev": env("alice team", app=secret(A="x")),
        },
        ["wrong.pass", "team.pass"],
    ),
    "reader-plugin": (
        "a plugin's reader beside one's own",
        {"dev": env("alice robot", app=secret(A="x"))},
    ),
    "reader-post-quantum": (
        "a post-quantum reader beside one's own",
        {
            "dev": env("alice later", app=secret(A="x")),
        },
    ),
    "reader-post-quantum-passphrase": (
        "a post-quantum identity behind somebody's passphrase",
        {
            "dev": env("alice ghost", app=secret(A="x")),
        },
    ),
    "reader-unknown": (
        "public keys that nobody knows, up to the longest",
        {
            "dev": env("alice " + " ".join(STRANGE_KEYS), app=secret(A="x")),
        },
    ),
    "reader-second": (
        "the last of many readers",
        {
            "dev": env("alice bob later robot team carol", app=secret(A="x")),
        },
        ["carol.key"],
    ),
    "reader-of-one": (
        "one environment opens, another does not",
        {
            "dev": env("alice carol", app=secret(A="x")),
            "prod": env("carol", app=secret(A="y")),
        },
    ),
    "reader-identity-file": (
        "a file of comments and two identities",
        {
            "dev": env("alice", app=secret(A="x")),
            "prod": env("carol", app=secret(A="y")),
        },
        ["both.key"],
    ),
    "reader-two-files": (
        "two identity files, for an environment each",
        {
            "dev": env("alice", app=secret(A="x")),
            "prod": env("bob", app=secret(A="y")),
        },
        ["alice.key", "bob.key"],
    ),
    "reader-stranger-too": (
        "a key that opens nothing, and one that does",
        {
            "dev": env("alice", app=secret(A="x")),
        },
        ["nobody.key", "alice.key"],
    ),
    "no-key": (
        "what anyone sees: fingerprints and open values",
        {
            "dev": env("alice", app=secret(A="x", LOG=opened("info"), MOTD=opened("é\n"))),
            "prod": env("alice", app=secret(A="y", T=template("{{ A }}", "y"))),
        },
        [],
    ),
    "names-of-readers": (
        "the longest name of a reader, and names of tables",
        {
            "dev": env("alice r" + LONG + " vault 0-_", app=secret(A="x")),
        },
    ),
}

PAST = {
    "past-1": ("one rotation", {"dev": env(past=[(START, "bob")], app=secret(A="x"))}),
    "past-12": (
        "twelve rotations, in the order of their numbers",
        {
            "dev": env(past=[(START + i, f"author {i}") for i in range(12)], app=secret(A="x")),
        },
    ),
    "past-authors": (
        "rotations by long names, long ago and not yet",
        {
            "dev": env(
                past=[(0, ""), (1, "a" * 255), ((1 << 63) - 1, "é" * 11)], app=secret(A="x")
            ),
        },
    ),
    "past-without-secrets": ("a rotation of nothing", {"dev": env(past=[(START, "bob")])}),
}

INBOX = {
    "inbox": (
        "proposals: for a variable, for a new one, for a new secret",
        {
            "dev": env(
                app=secret(A="x"),
                inbox={
                    "app/A/00000000": proposal("y", "dev", "app", "A"),
                    "app/NEW/0123abcd": proposal("", "dev", "app", "NEW", author="", when=0),
                    "new/KEY/ffffffff": proposal(
                        bytes(range(256)), "dev", "new", "KEY", author="é" * 127
                    ),
                },
            ),
        },
    ),
    "inbox-twice": (
        "two proposals for the same variable",
        {
            "dev": env(
                app=secret(A="x"),
                inbox={
                    "app/A/00000001": proposal("y", "dev", "app", "A"),
                    "app/A/00000002": proposal("z", "dev", "app", "A"),
                },
            ),
        },
    ),
    "inbox-open": (
        "proposals for an open value and for a template",
        {
            "dev": env(
                app=secret(LOG=opened("info"), T=template("{{ LOG }}", "info")),
                inbox={
                    "app/LOG/00000001": proposal("debug", "dev", "app", "LOG"),
                    "app/T/00000002": proposal("{{ LOG }}", "dev", "app", "T"),
                },
            ),
        },
    ),
    "inbox-old": (
        "proposals from before a rotation, and before two",
        {
            "dev": env(
                past=[(START, "bob"), (START + 1, "bob")],
                app=secret(A="x"),
                inbox={
                    "app/A/00000000": proposal("now", "dev", "app", "A"),
                    "app/A/00000001": proposal("before two", "dev", "app", "A", past_key=1),
                    "app/A/00000002": proposal("before one", "dev", "app", "A", past_key=2),
                },
            ),
        },
    ),
    "inbox-elsewhere": (
        "proposals that are for another place",
        {
            "dev": env(
                app=secret(A="x"),
                inbox={
                    "app/A/00000001": proposal("y", "prod", "app", "A"),
                    "app/A/00000002": proposal("y", "dev", "App", "A"),
                    "app/A/00000003": proposal("y", "dev", "app", "B"),
                    "app/A/00000004": proposal("y", "dev", "app", "A"),
                },
            ),
            "prod": env(),
        },
    ),
    "inbox-of-others": (
        "an inbox that one's key does not open",
        {
            "dev": env(app=secret(A="x")),
            "prod": env("carol", inbox={"app/A/00000001": proposal("y", "prod", "app", "A")}),
        },
    ),
    "inbox-names": (
        "the longest names",
        {
            "dev": env(
                inbox={
                    f"s{LONG}/V{'x' * 255}/89abcdef": proposal(
                        "y", "dev", "s" + LONG, "V" + "x" * 255
                    ),
                }
            ),
        },
    ),
}

LAYOUTS = {
    f"layout-{seed:02}": (
        f"an order and spacing that only a reader meets, the {nth}",
        PLAIN
        | {
            "rotated": env("alice", past=[(START, "bob")], app=secret(A="x")),
        },
        ["alice.key"],
        seed,
    )
    for seed, nth in enumerate(["first", "second", "third", "fourth", "fifth", "sixth"])
}


# ---- What is changed after it was written: proposals that are none, sizes that nobody publishes.


def with_junk(text, environments):
    """An inbox in which every proposal is wrong in another way."""
    dev = environments["dev"]
    keys, place = dev.keys, dev.fields("proposal", "app", "A")
    rest = ("eve", bytes(8), b"x")
    whole, mine = encode(*place, *rest), keys.inbox_key

    def to(text, *recipients):
        file_key = os.urandom(16)
        stanzas = [age_write.x25519(file_key, recipient) for recipient in recipients]
        return age_write.file(file_key, stanzas, text)

    other = age.recipient_of(os.urandom(32))
    junk = [
        b"",
        b"junk",
        bytes(65536),
        to(pad(whole), other),
        to(pad(whole), mine, other),
        to(pad(whole), mine)[:-1],
        to(whole, mine),
        to(b"", mine),
        to(pad(encode(place[0], "x" * 22, *place[2:], *rest)), mine),
        to(pad(encode("vault/2 proposal", *place[1:], *rest)), mine),
        to(pad(encode(*place, *rest[:2])), mine),
        to(pad(encode(*place, *rest, "")), mine),
        to(pad(whole + bytes(4)), mine),
        to(pad(whole + b"\xff" * 8), mine),
        to(pad(encode(*place, "eve", bytes(7), b"x")), mine),
        to(pad(encode(*place, b"\xff", *rest[1:])), mine),
        to(pad(encode(*place, "x" * 256, *rest[1:])), mine),
    ]
    lines = "".join(
        f'"app/A/{i:08x}" = "{to_base64(age_file)}"\n' for i, age_file in enumerate(junk)
    )
    expected = {f"app/A/{i:08x}": None for i in range(len(junk))}
    return (
        text.replace(b"[vault.env.dev.inbox]\n", b"[vault.env.dev.inbox]\n" + lines.encode()),
        expected,
    )


def with_large(text, environments, size):
    """A value of this size, of which nearly all ciphertext is zero: it need not be published. The
    text, where the zeros go, how many groups of AAAA they are, and the value's SHA-256."""
    dev, nonce = environments["dev"], os.urandom(24)
    plain = bytearray(seal_value(vaultfmt.Value(START, "", bytes(size))))
    fields = encode(*dev.fields("value", "app", "A"))

    def sealed():
        return nonce + sodium.xchacha_encrypt(dev.keys.value_key, nonce, bytes(plain), fields)

    stream = sealed()[24:-16]  # of zeros, except at both ends
    first, last = 72, len(plain) - 96
    last -= (last - first) % 3
    plain[first:last] = bytes(stream[first:last])
    value_of_it = bytes(plain[32 : 32 + size])
    whole = to_base64(sealed())
    at, groups = whole.index("A" * 4000), (last - first) // 3 - 8
    short = whole[:at] + whole[at + 4 * groups :]
    (old,) = re.findall(rb'^A = \["([^"]*)"', text, re.MULTILINE)
    text = text.replace(old, short.encode())
    return text, text.index(short.encode()) + at, groups, digest(value_of_it)


# ---- What is expected of a reader.


def expected_of(vault_id, environments, people, keys):
    holders = {name for key in keys for name in HOLDERS.get(key, [key.split(".")[0]])}
    mine = {people[name].public_key for name in holders & set(people)}
    return {
        "id": vault_id,
        "environments": {name: expected_env(env, mine) for name, env in environments.items()},
    }


def is_open(said):
    return said.get("kind") == "open"


def expected_env(env, mine):
    shown = {"fingerprint": env.keys.fingerprint}
    if not mine & {person.public_key for person in env.people.values()}:
        opened = {
            name: {key: said["value"] for key, said in content["keys"].items() if is_open(said)}
            for name, content in env.secrets.items()
        }
        opened = {name: keys for name, keys in opened.items() if keys}
        return {**shown, "locked": True, "open": opened}
    return {
        **shown,
        "readers": {name: person.public_key for name, person in env.people.items()},
        "past": [
            {
                "fingerprint": key.fingerprint,
                "rotated-at": str(out["when"]),
                "rotated-by": out["author"],
            }
            for key, out in zip(env.past, env.rotated_out)
        ],
        "secrets": {name: expected_secret(content) for name, content in env.secrets.items()},
        "inbox": {place: expected_proposal(env, place) for place in env.inbox},
    }


def expected_secret(content):
    return {
        "created-at": content["created-at"],
        "created-by": content["created-by"],
        "variables": {
            name: {
                "kind": said.get("kind", "plain"),
                "value": said["value"],
                "author": said["author"],
                "date": str(said["updated-at"]),
                **({"result": said["result"]} if "result" in said else {}),
            }
            for name, said in content["keys"].items()
        },
    }


def expected_proposal(env, place):
    said = env.shown_proposal(place)
    return said and {
        "value": said["value"],
        "author": said["author"],
        "date": str(said["when"]),
        "fingerprint": said["sealed-to"],
    }


# ---- Good vaults.


class Vectors:
    def __init__(self, folder):
        self.folder = folder
        self.people = make_people(os.path.join(folder, "keys"))
        for name in ["r" + LONG, "vault", "0-_"]:
            self.people[name] = self.people["carol"]
        self.good, self.damaged = [], []
        os.makedirs(os.path.join(folder, "good"))

    def compose(self, name, environments, layout=None):
        write.repeat(name)
        used = {reader for env in environments.values() for reader in env["readers"]}
        people = {name: person for name, person in self.people.items() if name in used}
        described = {"environments": environments, "layout": layout}
        vault_id = to_base64(os.urandom(16))
        return (*write.compose(described, people, vault_id), vault_id)

    def write(self, name, text):
        path = f"good/{name}.toml"
        with open(os.path.join(self.folder, path), "wb") as file:
            file.write(text)
        return path

    def add(self, name, what, environments, keys=("alice.key",), layout=None):
        text, made, vault_id = self.compose(name, environments, layout)
        expected = expected_of(vault_id, made, self.people, keys)
        if name == "inbox-junk":
            text, junk = with_junk(text, made)
            expected["environments"]["dev"]["inbox"] = junk
        case = {"name": name, "what": what, "file": self.write(name, text), "keys": list(keys)}
        self.good.append({**case, "expected": expected})

    def add_values_of(self, size, error=None):
        name = f"value-{size}"
        text, made, vault_id = self.compose(name, {"dev": env(app=secret(A="x"))})
        text, at, groups, value_of_it = with_large(text, made, size)
        expected = expected_of(vault_id, made, self.people, ["alice.key"])
        variable = expected["environments"]["dev"]["secrets"]["app"]["variables"]["A"]
        variable.update(value=value_of_it, author="")
        case = {"name": name, "what": f"a value of {size:,} bytes", "file": self.write(name, text)}
        case["edits"] = [insertion(at, "AAAA", groups)]
        expected = {"error": error} if error else expected
        (self.damaged if error else self.good).append(
            {**case, "keys": ["alice.key"], "expected": expected}
        )

    def add_limits(self):
        """Each limit of the file's text, and one more. A stranger's key is enough to see it."""
        text = self.text_of("plain")
        end, entries, tables = len(text), len(re.findall(rb"^[A-Za-z]\w* = \[", text, re.M)), 10
        inbox = text.index(b"[vault.env.dev.inbox]\n") + len(b"[vault.env.dev.inbox]\n")
        seal = "A" * 22
        table = f'next-secret = "{seal}"\ncreated-at = 2025-11-21T05:30:00Z\ncreated-by = ""\n'
        table = f'[dev.t{{}}]\n{table}first-key = "{seal}"\n'
        inbox_key = re.search(rb'inbox-key = "(.*)"', text)[1].decode()
        head = f'[vault.env.e{{}}]\ninbox-key = "{inbox_key}"\nfirst-secret = "{seal}"\n'
        assert text.count(b"\n[") == tables
        for name, most, there, at, inserted in [
            ("bytes", 32 * MIB, end, end, "#"),
            ("entries", 262144, entries, inbox, '"s/K{}/00000000" = ""\n'),
            ("tables", 100000, tables, end, table),
            ("environments", 4096, 2, end, head),
        ]:
            for count, error in [(most, "locked"), (most + 1, "format")]:
                self.damaged.append(
                    {
                        "name": f"limit-{name}" + "-more" * (error == "format"),
                        "what": f"{count:,} {name}",
                        "file": "good/plain.toml",
                        "edits": [insertion(at, inserted, count - there)],
                        "keys": ["nobody.key"],
                        "expected": {"error": error},
                    }
                )

        proposal_at = text.index(b"[vault.env.dev.inbox]\n") + len(b"[vault.env.dev.inbox]\n")
        line = [insertion(proposal_at, '"s/K/00000000" = ""\n', 1)]
        for bytes_of_it, error in [(65535, "locked"), (65538, "format")]:
            self.damaged.append(
                {
                    "name": f"limit-proposal-{bytes_of_it}",
                    "what": f"a proposal of {bytes_of_it:,} zero bytes",
                    "file": "good/plain.toml",
                    "edits": [*line, insertion(proposal_at + 18, "AAAA", bytes_of_it // 3)],
                    "keys": ["nobody.key"],
                    "expected": {"error": error},
                }
            )

    def text_of(self, base):
        with open(os.path.join(self.folder, "good", base + ".toml"), "rb") as file:
            return file.read()

    def add_base(self):
        """The vault that most damaged ones are made of."""
        self.people["ci"] = self.people["carol"]
        self.add("base", "what the damaged vaults are made of", BASE)
        self.base = Base(self)
        self.base_expected = self.good[-1]["expected"]
        self.names = {case["name"]: 1 for case in self.good}

    def add_case(self, what, text, error, keys=("alice.key",)):
        """One that is the base with an edit. If it is not damaged, nothing else has changed."""
        name = slug(what)
        self.names[name] = self.names.get(name, 0) + 1
        if self.names[name] > 1:
            name += f"-{self.names[name]}"
        case = {"name": name, "what": what, "file": "good/base.toml", "keys": list(keys)}
        case["edits"] = [difference(self.base.text.encode(), text)]
        paths = [os.path.join(self.folder, "keys", key) for key in keys]
        if error:
            self.damaged.append({**case, "expected": {"error": error}})
        elif answer.answer(text, paths) == self.base_expected:
            self.good.append({**case, "expected-of": "base"})

    def add_hostile(self):
        write.repeat("hostile")
        for what, text, _, error in hostile.cases(self.base):
            if what not in LEFT_OUT:
                self.add_case(what, text, error and WORDS[error])

    def add_strangers(self):
        """What cannot be opened, and is not damaged: and what only looks like that."""
        write.repeat("strangers")
        good, mine, team = self.base, ["alice.key"], ["team.pass"]
        foreign = to_base64(hostile.wrapped(b"x", age.recipients_of(good.alice)[0]))
        other_team = rf'(?<=^team = \["){re.escape(self.people["team"].public_key)}'
        plain = self.text_of("plain").decode()
        entry = re.compile(r"^A = .*\n.*\n", re.M)
        reader = re.compile(r"^alice = .*\n.*\n.*\n", re.M)
        for what, edit, keys, error in [
            ("a stranger's key", None, ["nobody.key"], "locked"),
            ("a wrong passphrase", None, ["wrong.pass"], "locked"),
            ("no passphrase", (r'^team = "[^"]*"\n', ""), team, "locked"),
            ("another reader's passphrase", (r'^team = (?=")', "other = "), team, "locked"),
            ("a salt of one byte", selftest.short_salt(good), team, "locked"),
            ("a work factor of 23", selftest.work_factor(good, "23"), team, "locked"),
            ("a work factor of 64", selftest.work_factor(good, "64"), team, "locked"),
            ("a work factor of 010", selftest.work_factor(good, "010"), team, "locked"),
            ("a work factor of 0", selftest.work_factor(good, "0"), team, "locked"),
            ("a passphrase to a key", (r'^(team = )"[^"]*"', rf'\1"{foreign}"'), team, "locked"),
            ("a passphrase of nothing", (r'^(team = )"[^"]*"', r'\1""'), team, "locked"),
            ("another key for a passphrase", (other_team, selftest.new_key()), team, "integrity"),
            (
                "another vault's value",
                (entry.pattern, edits.literally(entry.search(plain)[0])),
                mine,
                "integrity",
            ),
            (
                "another vault's reader",
                (reader.pattern, edits.literally(reader.search(plain)[0])),
                mine,
                "integrity",
            ),
        ]:
            text = edits.edit(good.text, *edit) if edit else good.text
            self.add_case(what, text.encode(), error, keys)


class Base(hostile.Good):
    def __init__(self, vectors):
        self.folder = os.path.join(vectors.folder, "keys")
        self.text = vectors.text_of("base").decode()
        self.alice = self.file("alice.key")


BASE = hostile.GOOD["environments"]
WORDS = {
    vaultfmt.FormatError: "format",
    vaultfmt.NewerError: "newer",
    vaultfmt.ConflictError: "conflict",
    vaultfmt.IntegrityError: "integrity",
}


# Too large, and made in another way above.
LEFT_OUT = {
    "a value: over 1 MiB",
    "a proposal over 64 KiB",
    "the past key " + "9" * 5000,
}


def slug(what):
    return re.sub("[^a-z0-9]+", "-", what.lower()).strip("-")[:50].strip("-")


def insertion(at, text, times):
    return {"at": at, "remove": 0, "insert": text, "times": times}


def difference(old, new):
    """The one edit that makes new of old."""
    start = len(os.path.commonprefix([old, new]))
    end = len(os.path.commonprefix([old[start:][::-1], new[start:][::-1]]))
    edit, inserted = {"at": start, "remove": len(old) - start - end}, new[start : len(new) - end]
    try:
        return {**edit, "insert": inserted.decode("utf-8")}
    except UnicodeDecodeError:
        return {**edit, "insert64": b64(inserted)}


def write_cases(path, cases):
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else HERE
    for name in ("good", "keys"):
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
    vectors = Vectors(folder)
    for group in (VALUES, OPEN, TEMPLATES, READERS, PAST, INBOX, LAYOUTS):
        for name, case in group.items():
            vectors.add(name, *case)
    vectors.add("inbox-junk", "proposals that are none", {"dev": env(app=secret(A="x"))})
    vectors.add_values_of(MIB)
    vectors.add_values_of(MIB + 1, "integrity")
    vectors.add_base()
    vectors.add_hostile()
    vectors.add_strangers()
    vectors.add_limits()
    write_cases(os.path.join(folder, "good.json"), vectors.good)
    write_cases(os.path.join(folder, "damaged.json"), vectors.damaged)


if __name__ == "__main__":
    main()
