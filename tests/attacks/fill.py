#!/usr/bin/env python3
"""Fills an honest vault file up to a limit of vault(5), with what is cheap to write and dear to read.

fill.py KIND COUNT [MARK] <honest.toml >hostile.toml

COUNT is of lines or tables, or of bytes for a comment. MARK makes other names of them, for another
version of the file. The honest file has the environment dev with the readers alice and bob."""

import re
import sys

BYTES = 32 << 20
SEAL = "A" * 22


def secret(env, name, keys=""):
    return (
        f'\n[{env}.{name}]\nnext-secret = "{SEAL}"\ncreated-at = 2026-01-01T00:00:00Z\n'
        f'created-by = ""\nfirst-key = "{SEAL}"\n{keys}'
    )


class Honest:
    def __init__(self, text):
        self.text = text
        self.alice = self.find(r"^alice = \[[^]]*\]\n")
        self.bob = self.find(r"^bob = \[[^]]*\]\n")
        self.bob_key = re.search(r'"(age1\w+)"', self.bob).group(1)

    def find(self, pattern):
        return re.search(pattern, self.text, re.M).group(0)

    def below(self, header, lines):
        """The lines as the first ones of a table that is there."""
        at = self.text.index(header + "\n") + len(header) + 1
        return self.text[:at] + lines + self.text[at:]

    def before(self, header, lines):
        return self.text.replace(header, lines + "\n" + header, 1)

    def environment(self, name, inbox=""):
        """One that alice cannot open, so that she cannot tell that its seals are wrong."""
        return (
            f'\n[vault.env.{name}]\ninbox-key = "{self.bob_key}"\nfirst-secret = "{SEAL}"\n'
            f"\n[vault.env.{name}.readers]\n{self.bob}\n[vault.env.{name}.inbox]\n{inbox}"
        )


def fitting(lines, room):
    for line in lines:
        room -= len(line)
        if room < 0:
            return
        yield line


def fill(honest, kind, count, mark):
    def lines(make):
        return "".join(fitting(map(make, range(count)), BYTES - len(honest.text) - 4096))

    def entry(number):
        return f'K{mark}{number} = ["","{SEAL}"]\n'

    other = honest.text + honest.environment("x")
    if kind == "secrets":
        return other + lines(lambda i: secret("x", f"s{mark}{i:06}"))
    if kind == "secrets-out-of-order":
        return other + lines(lambda i: secret("x", f"s{mark}{i}"))
    if kind == "secrets-of-dev":
        return honest.text + lines(lambda i: secret("dev", f"s{mark}{i}"))
    if kind == "environments":
        return honest.text + lines(lambda i: honest.environment(f"e{mark}{i}"))
    if kind == "copied-environments":
        inbox = honest.find(r"^inbox-key = .*\n")
        return honest.text + lines(
            lambda i: f'\n[vault.env.e{mark}{i}]\n{inbox}first-secret = "{SEAL}"\n'
            f"\n[vault.env.e{mark}{i}.readers]\n{honest.alice}"
        )
    if kind == "full-environments":
        return honest.text + lines(
            lambda i: honest.environment(f"e{mark}{i}", '"s/K" = ""\n')
            + "".join(secret(f"e{mark}{i}", f"s{j}", entry(0)) for j in range(21))
        )
    if kind == "entries":
        return other + secret("x", "s", lines(entry))
    if kind == "entries-of-dev":
        return honest.below("[dev.db]", lines(entry))
    if kind == "values":
        value = "A" * ((BYTES // count - 64) // 4 * 4)
        return other + secret("x", "s", lines(lambda i: f'K{mark}{i:06} = ["{value}","{SEAL}"]\n'))
    if kind == "long-names":
        width = 255 - len(mark)
        return other + secret("x", "s", lines(lambda i: f'K{mark}{i:0{width}} = ["","{SEAL}"]\n'))
    if kind == "copied-readers":
        copy = honest.alice.removeprefix("alice")
        return honest.below("[vault.env.dev.readers]", lines(lambda i: f"r{mark}{i}{copy}"))
    if kind == "readers":
        return honest.below(
            "[vault.env.dev.readers]", lines(lambda i: f'r{mark}{i} = ["","","{SEAL}"]\n')
        )
    if kind == "passphrases":
        table = "[vault.passphrases]\n" + lines(lambda i: f'p{mark}{i} = ""\n')
        return honest.before("[vault.env.dev]", table)
    if kind == "proposals":
        return honest.below("[vault.env.dev.inbox]", lines(lambda i: f'"s{mark}/K{i}/00000000" = ""\n'))
    if kind == "past":
        return other + "\n[vault.env.x.past]\n" + lines(lambda i: f'{i + 1} = ""\n')
    if kind == "past-of-dev":
        table = "[vault.env.dev.past]\n" + lines(lambda i: f'{i + 1} = ""\n')
        return honest.before("[vault.env.dev.inbox]", table)
    room = count - len(honest.text)
    if kind == "empty-lines":
        return f"#{mark}\n" + "\n" * (room - len(mark) - 2) + honest.text
    if kind == "comment-line":
        return "#" + mark + "x" * (room - len(mark) - 2) + "\n" + honest.text
    sys.exit(f"fill.py: no kind {kind}")


if __name__ == "__main__":
    sys.stdout.write(
        fill(Honest(sys.stdin.read()), sys.argv[1], int(sys.argv[2]), "".join(sys.argv[3:]))
    )
