"""What c-reads.t runs: the library and the reader and writer in Python meet the same files.

Vaults of the one are opened by the other, changed by the library, and read again; and both say
the same of every hostile edit.
"""

import base64
import glob
import json
import os
import subprocess
import sys
import tempfile

import answer
import hostile
import read
import vaultfmt
import write
from selftest import Tap

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../vectors/format"))

import run  # noqa: E402

TOOL = os.path.join(os.environ["BUILD"], "tests", "vectors", "vault-tool")
SEEDS = range(100, 130)
SHAPES = ["empty", "plain", "limits", "open", "shared", "rotated", "deleted", "passphrase"]
UNANSWERED = {"result", "inbox", "rotated-by"}  # what the library does not tell
NEW = base64.b64encode(b"new").decode()


def tool(*arguments):
    run = subprocess.run([TOOL, *arguments], capture_output=True, check=False)
    return run.returncode, run.stdout, run.stderr.decode(errors="replace").strip()


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def keys_in(folder):
    return sorted(glob.glob(os.path.join(glob.escape(folder), "*.key")))


def values(output):
    return json.loads(output) if output else None


def answers_differ(folder):
    """Where the two answer run.py differently of the vault in this folder and all its keys."""
    path, keys = os.path.join(folder, "vault.toml"), keys_in(folder)
    status, output, why = tool("answer", path, *keys)
    if status != 0:
        return [why]
    here = run.without(answer.answer(read.read_file(path), keys), UNANSWERED)
    return list(run.differences(run.without(values(output), UNANSWERED), here))


def said(verb, envs, folder, file="vault.toml", keys=None):
    status, output, why = tool(verb, envs, os.path.join(folder, file), *(keys or keys_in(folder)))
    return status, values(output) if status == 0 else None, why


# ---- Written in Python, read and changed in C.


def changed(plain):
    """What vault-tool change makes of it."""
    return {
        env: {
            **{name: {**keys, "NEW": NEW} for name, keys in secrets.items()},
            "m-new": {"NEW": NEW},
        }
        for env, secrets in plain.items()
    }


def read_in_python(folder, *options):
    command = [sys.executable, os.path.join(HERE, "read.py"), os.path.join(folder, "vault.toml")]
    run = subprocess.run([*command, *options], capture_output=True, check=False)
    return values(run.stdout), run.stderr.decode(errors="replace")


def test_written_here(tap, top):
    differ, lost, other = [], [], []
    for seed in SEEDS:
        folder = os.path.join(top, f"seed-{seed}")
        write.make(write.Chance(seed, passphrases=False).vault(), folder)
        plain = load(os.path.join(folder, "plain.json"))
        status, found, why = said("verify", "-", folder)
        if found != plain:
            differ.append(f"seed {seed}: status {status}, {why}")
        status, _, why = said("change", "-", folder)
        found, errors = read_in_python(folder, "--all", "--verify", "--identity", *keys_in(folder))
        if found != changed(plain):
            lost.append(f"seed {seed}: status {status}, {why}, {errors}")
        other += [f"seed {seed}: {where}" for where in answers_differ(folder)]
    tap.none(differ, f"{len(SEEDS)} vaults by chance: C reads what was written")
    tap.none(lost, f"{len(SEEDS)} vaults by chance, changed in C: Python reads old and new")
    tap.none(other, f"{len(SEEDS)} vaults by chance, changed in C: both tell the same of them")


# ---- Written in C, read in Python.


def test_written_there(tap, top):
    for shape in SHAPES:
        folder = os.path.join(top, shape)
        os.mkdir(folder)
        status, _, why = tool("make", shape, folder)
        tap.check(status == 0, f"{shape}: C makes it", why)
        plain = load(os.path.join(folder, "plain.json"))
        alice = os.path.join(folder, "alice.key")
        found, errors = read_in_python(folder, "--all", "--verify", "--identity", alice)
        tap.check(found == plain, f"{shape}: Python reads and verifies it", errors)
        tap.none(answers_differ(folder), f"{shape}: both tell the same of it")
        secret = os.path.join(folder, "team.passphrase")
        if os.path.exists(secret):
            found, errors = read_in_python(folder, "--all", "--passphrase-file", secret)
            tap.check(found == plain, f"{shape}: Python opens it with the passphrase", errors)


# ---- Hostile edits, to both.


def test_hostile(tap, top):
    folder = os.path.join(top, "hostile")
    good = hostile.Good(folder)
    plain = load(os.path.join(folder, "plain.json"))
    envs, alice = ",".join(hostile.GOOD["environments"]), [os.path.join(folder, "alice.key")]
    bad, count = [], 0
    for what, text, error, verified in hostile.cases(good):
        with open(os.path.join(folder, "case.toml"), "wb") as file:
            file.write(text)
        for verb, wanted in [("read", error), ("verify", verified)]:
            wanted = 0 if wanted is None else hostile.status(wanted)
            status, found, why = said(verb, envs, folder, "case.toml", alice)
            count += 1
            if status != wanted or (status == 0 and found != plain):
                bad.append(f"{verb}, {what}: status {status} and not {wanted}; {why}")
    tap.check(count > 300, f"{count} hostile readings")
    tap.none(bad, "hostile edits: C says what Python says")


def test_newer(tap, top):
    """Status 1 is of two kinds: a newer format says so."""
    folder = os.path.join(top, "hostile")
    text = hostile.Good(os.path.join(top, "newer")).text
    for what, edited in {
        "a newer format": text.replace("format = 1", "format = 2"),
        "a newer format behind a BOM": "\ufeff[vault]\nformat = 2\n",
        "a newer format of 30 digits": text.replace("format = 1", "format = " + "9" * 30),
    }.items():
        with open(os.path.join(folder, "case.toml"), "w", encoding="utf-8") as file:
            file.write(edited)
        _, _, why = said("read", "-", folder, "case.toml")
        tap.check("newer vault" in why, what, why)
        try:
            vaultfmt.parse(edited.encode())
            tap.check(False, f"{what}, in Python")
        except vaultfmt.VaultError as error:
            tap.check(isinstance(error, vaultfmt.NewerError), f"{what}, in Python", error)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as top:
        test_written_here(tap, top)
        test_written_there(tap, top)
        test_hostile(tap, top)
        test_newer(tap, top)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
