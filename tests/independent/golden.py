#!/usr/bin/env python3
"""Makes the vaults of tests/golden again, always the same: golden.py FOLDER

features  values, templates and readers of every kind
crlf      the same values, in a layout that only a reader meets
inbox     proposals, and comments wherever there can be one
open      open values, with every kind of escape, under a key that was rotated
"""

import base64
import os
import re
import sys

import write

DAY = 86400
START = 1763703000  # 2025-11-21T05:30:00Z
LARGE = bytes((i * i >> 7) & 255 for i in range(65536))
PEOPLE = {
    "me": {"kind": "X25519"},
    "carol": {"kind": "ssh-ed25519"},
    "robot": {"kind": "plugin"},
    "later": {"kind": "post-quantum"},
    "team": {"kind": "passphrase", "passphrase": "correct horse"},
}


def b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def value(data, kind="plain", author="alice@example.com", at=START):
    return {"value": b64(data), "kind": kind, "author": author, "updated-at": at}


def template(text):
    return value(text, "template")


def secret(created_by="alice@example.com", **keys):
    made = {"created-at": "2025-11-21T05:30:00Z", "created-by": created_by}
    keys = {name: said if isinstance(said, dict) else value(said) for name, said in keys.items()}
    return {**made, "keys": keys}


def rotated(when, author="alice@example.com"):
    return {"when": when, "author": author}


def proposal(data, *says, past_key=0, when=START + DAY):
    said = {"value": b64(data), "author": "eve", "when": when}
    return {**said, "says": list(says), "past-key": past_key}


VALUES = {
    "dev": {
        "readers": ["me", "robot", "later"],
        "secrets": {
            "app": secret(
                EMPTY="",
                LARGE=LARGE,
                LINES="one\n two\r\nthree\n",
                URL=template("https://{{ stripe/API_KEY | url }}@{{EMPTY}}{{{{ {{LINES|json}}"),
            ),
            "nothing": secret(),
            "stripe": secret(API_KEY="sk_test_1", WEBHOOK_KEY='it\'s "quoted" $HOME #1 ä€'),
        },
    },
    "prod": {
        "readers": ["carol", "me", "team"],
        "rotated-out": [rotated(START + DAY), rotated(START + 2 * DAY, "")],
        "secrets": {
            "app": secret(BINARY=bytes(range(256)), _lower=" spaces "),
            "stripe": secret(API_KEY="sk_live_1"),
        },
    },
    "void": {"readers": ["me", "team"]},
}

INBOX = {
    "dev": {
        "readers": ["me", "robot", "team"],
        "secrets": {
            "app": secret(A="one", B=value("", author="", at=0)),
            "none": secret(created_by=""),
        },
        "inbox": {
            "app/A/00000000": proposal("two", "dev", "app", "A"),
            "app/A/5eed5eed": proposal("three", "dev", "app", "A", when=START + DAY + 1),
            "new/KEY/0123abcd": proposal("", "dev", "new", "KEY", when=5),
        },
    },
    "prod": {
        "readers": ["carol", "me"],
        "rotated-out": [rotated(START - 9 * DAY), rotated(START - DAY)],
        "secrets": {"app": secret(A=value("sk_live", author="bob", at=START + 2))},
        "inbox": {
            "app/LATE/89abcdef": proposal("late", "prod", "app", "LATE", past_key=1),
            "app/NEW/ffffffff": proposal("new", "prod", "app", "NEW"),
            "app/STRAY/deadbeef": proposal("stray", "dev", "app", "STRAY"),
        },
    },
    "void": {
        "readers": ["me", "carol"],
        "inbox": {"first/KEY/facade00": proposal("first", "void", "first", "KEY")},
    },
}

OPEN = {
    "dev": {
        "readers": ["me", "carol"],
        "rotated-out": [rotated(START + DAY)],
        "secrets": {
            "app": secret(
                '"Zoë" \\ \U0001f511',
                EMPTY=value("", "open"),
                LOG_LEVEL=value("info", "open", "bob", START + 7),
                MOTD=value('naïve “quotes” \\ "x"\n\tsecond \U0001f511 line', "open"),
                ODD=value("\x01\r\x1f\x7f\x85\u202e\u2028\ufeff\uffff\U0010ffff", "open"),
                PASSWORD="p@ss'w0rd",
                URL=template("postgres://{{ PASSWORD | url }}@{{ web/HOST }}:{{web/PORT}}/app"),
            ),
            "web": secret(HOST=value("db.example.com", "open"), PORT=value("5432", "open")),
        },
        "inbox": {"app/LOG_LEVEL/0badcafe": proposal("debug", "dev", "app", "LOG_LEVEL")},
    },
    "prod": {
        "readers": ["me"],
        "secrets": {
            "app": secret(ESSAY=value("é" * 2048, "open"), LOG_LEVEL=value("warn", "open")),
        },
    },
}


# ---- Looks that vault(5) lets a reader meet.


def plain(text):
    return text


def commented(text):
    """A comment on a table, and one on each of some variables."""
    text = text.replace("[dev.stripe]", "# The account of the shop. ☂\n[dev.stripe]")
    return re.sub("^API_KEY = ", "\n  \t\n#never shared\nAPI_KEY = ", text, flags=re.MULTILINE)


def disturbed(text):
    """A BOM, CRLF, the environments after the secrets, entries on one line and with more commas."""
    parts = re.compile(r"(?=^\[vault\.env\.dev\]|^\[dev\.app\])", re.MULTILINE)
    head, environments, secrets = parts.split(text)
    text = re.sub('A",\n  "', 'A" ,   "', head + secrets + "\n" + environments)
    return "\ufeff" + text.replace('"]\n', '",\n]\n').replace("\n", "\r\n")


def crowded(text):
    """A comment above every line that can have one."""
    lines = []
    for line in text.splitlines():
        if line and not line.startswith("  "):
            number = sum(1 for line in lines if "#" in line and "comment" in line) + 1
            blank = "" if number % 3 else "  \t"
            lines.append(f'{blank}# comment {number}: é "quoted" = [not read] <<<<<<<')
        lines.append(line)
    return "\n".join([*lines, "# the last words", "", "#", ""])


GOLDEN = {
    "features": (VALUES, 18, commented),
    "crlf": (VALUES, 12, disturbed),
    "inbox": (INBOX, 12, crowded),
    "open": (OPEN, 12, plain),
}


def make(name, folder):
    environments, work_factor, look = GOLDEN[name]
    used = {reader for env in environments.values() for reader in env["readers"]}
    described = {
        "work-factor": work_factor,
        "readers": {name: person for name, person in PEOPLE.items() if name in used},
        "environments": environments,
    }
    write.repeat(f"golden {name}")
    text = write.make(described, folder).decode()
    with open(os.path.join(folder, "vault.toml"), "wb") as file:
        file.write(look(text).encode())
    if "team" in used:
        os.rename(os.path.join(folder, "team.passphrase"), os.path.join(folder, "team.pass"))


def main():
    (folder,) = sys.argv[1:]
    for name in GOLDEN:
        make(name, os.path.join(folder, name))


if __name__ == "__main__":
    main()
