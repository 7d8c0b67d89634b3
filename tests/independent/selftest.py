"""What selftest.t runs: the reader opens what it should, and refuses the rest for its true reason.

A vault that somebody edited may be met with an error, or with the values it had. Another value, or
an exception that is no VaultError, is a failure here.
"""

import ctypes
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile

import age
import age_write
import edits
import hostile
import read
import sodium
import vaultfmt
import write
from vaultfmt import (
    ConflictError,
    FormatError,
    IntegrityError,
    LockedError,
    MissingError,
    encode,
    pad,
    to_base64,
)

HERE = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.environ.get("VECTORS", os.path.join(HERE, "../../../shared/vectors"))
SEEDS = range(20)
BIT_FLIPS = 1000


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def check(self, good, name, note=""):
        self.count += 1
        self.failed += not good
        print("ok" if good else "not ok", self.count, "-", name)
        if not good and note:
            print("#", str(note)[:2000].replace("\n", "\n# "))

    def none(self, bad, name):
        """Of many cases in one check: `bad` lists those that went wrong."""
        self.check(not bad, name, "\n".join(map(str, bad[:20])))

    def skip(self, name, reason):
        self.count += 1
        print("ok", self.count, "-", name, "# SKIP", reason)

    def done(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


class Reading:
    """What becomes of a text when alice reads it, all environments of the good vault."""

    def __init__(self, good):
        self.identity = good.alice
        self.values = self.read(good.text.encode())

    def read(self, data, verify=False):
        vault, found = vaultfmt.parse(data), {}
        for name in hostile.GOOD["environments"]:
            env = vaultfmt.unlock(vault, name, [self.identity])
            if verify:
                env.verify()
            found[name] = env.values()
        return found

    def outcome(self, data, verify=False):
        """None if nothing is lost, else the class of the error, else what should never be."""
        try:
            return None if self.read(data, verify) == self.values else "another value"
        except vaultfmt.VaultError as error:
            return type(error)


def credentials_in(folder):
    """[(reader, what unlock() wants of them)]"""
    found = []
    for name in sorted(os.listdir(folder)):
        stem, suffix = os.path.splitext(name)
        path = os.path.join(folder, name)
        if suffix == ".key":
            found.append((stem, {"identities": [read.read_text(path)]}))
        elif suffix == ".passphrase":
            found.append((stem, {"passphrases": [read.read_text(path).rstrip("\n")]}))
    return found


def error_of(function, *arguments, **named):
    try:
        function(*arguments, **named)
    except vaultfmt.VaultError as error:
        return type(error)
    return None


# ---- The ground: what is done here in Python is what libsodium and age do.


def test_ground(tap):
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    kdf = (pointer, size, ctypes.c_uint64, ctypes.c_char_p, ctypes.c_char_p)
    derive = sodium.declare("crypto_kdf_derive_from_key", *kdf)
    bad = []
    for subkey_id, length in itertools.product([1, 2, 3, 4, 5, 1 << 40], [16, 32]):
        out, key = ctypes.create_string_buffer(length), os.urandom(32)
        derive(out, length, subkey_id, b"vaultenv", key)
        if out.raw != vaultfmt.derive(key, subkey_id, length):
            bad.append((subkey_id, length))
    tap.none(bad, "derive() is libsodium's crypto_kdf_derive_from_key")

    sodium_pad = sodium.declare("sodium_pad", pointer, pointer, size, size, size)
    bad = []
    for length in range(100):
        text = b"\x80" * length
        out, padded = ctypes.create_string_buffer(text, 200), size()
        sodium_pad(ctypes.byref(padded), out, length, 32, 200)
        if out.raw[: padded.value] != pad(text) or vaultfmt.unpad(pad(text)) != text:
            bad.append(length)
    tap.none(bad, "pad() is libsodium's sodium_pad, and unpad() undoes it")

    identity = age.identity_text(os.urandom(32))
    command = ["age-keygen", "-y"]
    done = subprocess.run(command, input=identity.encode(), capture_output=True, check=False)
    (recipient,) = age.recipients_of(identity)
    tap.check(done.stdout.decode() == recipient + "\n", "age-keygen sees the same public key")
    public_key, identity_of_ssh = age_write.ssh_key("a comment")
    made = age_write.to_ssh(public_key, b"text")
    opened = age.decrypt(identity_of_ssh, made)
    tap.check(opened == b"text", "age opens what is sealed to an SSH key")
    public = public_of(identity_of_ssh)
    tap.check(public == public_key + " a comment\n", "ssh-keygen sees the same public key")
    for length in [0, 65536, 65537]:
        text = os.urandom(length)
        made = age_write.to_x25519(recipient, text)
        tap.check(age.decrypt(identity, made) == text, f"age opens {length} bytes sealed here")


def public_of(identity):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(identity)
        file.flush()
        command = ["ssh-keygen", "-y", "-f", file.name]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout


# ---- What should open.


def test_vectors(tap):
    folder = os.path.join(VECTORS, "vault-final")
    if not os.path.isdir(folder):
        tap.skip("vaults made elsewhere", f"there is no {folder}")
        return
    for sample in sorted(os.listdir(folder)):
        path = os.path.join(folder, sample)
        vault = vaultfmt.parse(read.read_file(os.path.join(path, "vault.toml")))
        plain = json.loads(read.read_text(os.path.join(path, "plain.json")))
        opened = set()
        for reader, credentials in credentials_in(path):
            for name, env in vault.environments.items():
                if reader in env.readers:
                    env = vaultfmt.unlock(vault, name, **credentials)
                    env.verify()
                    tap.check(read.values(env) == plain[name], f"{sample}: {reader} opens {name}")
                    opened.add(name)
        tap.check(opened == set(plain), f"{sample}: each environment was opened")
        if "URL" in plain.get("dev", {}).get("stripe", {}):
            env = vaultfmt.unlock(vault, "dev", **dict(credentials_in(path))["alice"])
            made = env.resolved("stripe", "URL")
            expected = b"https://sk-dev-1@it's/{{"
            tap.check(made == expected, f"{sample}: the template is resolved", made)


def test_random(tap):
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            described = write.Chance(seed).vault()
            described["work-factor"] = 10
            text = write.make(described, folder)
            bad = wrong_in(folder, text)
            tap.none(bad, f"seed {seed}: each reader reads what was written, and only they")


def wrong_in(folder, text):
    vault, bad, opened = vaultfmt.parse(text), [], set()
    plain = json.loads(read.read_text(os.path.join(folder, "plain.json")))
    info = json.loads(read.read_text(os.path.join(folder, "info.json")))
    for reader, credentials in credentials_in(folder):
        for name, content in vault.environments.items():
            if reader not in content.readers:
                if error_of(vaultfmt.unlock, vault, name, **credentials) is not LockedError:
                    bad.append(f"{reader} is no reader of {name}, and yet opens it")
                continue
            env = vaultfmt.unlock(vault, name, **credentials)
            if name not in opened:
                opened.add(name)
                env.verify()
                if read.values(env) != plain[name]:
                    bad.append(f"{reader}: the values of {name}")
                if read.info(env) != info["environments"][name]:
                    bad.append(f"{reader}: the info of {name}")
    if opened != set(plain) or vault.id != info["id"]:
        bad.append("not every environment was opened")
    return bad


# ---- Edits: chosen ones, then every line, every string, and bits here and there.


def test_cases(tap, good, reading):
    found, names = {}, set()
    for what, data, error, verified in hostile.cases(good):
        assert what not in names, f"two cases are called {what}"
        names.add(what)
        group = found.setdefault(error, [])
        outcome = reading.outcome(data), reading.outcome(data, verify=True)
        group.append((what, outcome, outcome == (error, verified)))
    for error, group in found.items():
        expected = f"refused as {error.__name__}" if error else "read as before"
        bad = [(what, outcome) for what, outcome, right in group if not right]
        tap.none(bad, f"{len(group)} edits of one kind or another: {expected}")


def test_toml(tap, good):
    try:
        import tomllib
    except ImportError:
        tap.skip("what is accepted is TOML", "this python3 has no tomllib")
        return
    bad, count = [], 0
    for what, data, *_ in hostile.cases(good):
        if error_of(vaultfmt.parse, data) is None:
            count += 1
            try:
                tomllib.loads(data.decode("utf-8-sig"))
            except tomllib.TOMLDecodeError as error:
                bad.append((what, error))
    tap.none(bad, f"{count} accepted texts are TOML")


def test_another_value(tap, good, reading):
    for size in [0, 1, vaultfmt.MAX_VALUE]:
        text = hostile.with_value(good, pad(hostile.head() + bytes(size)))
        found = reading.outcome(text.encode())
        tap.check(found == "another value", f"another value of {size} bytes is noticed", found)


def test_sizes(tap, good, reading):
    data = good.text.encode()
    filler = b"#" * (vaultfmt.MAX_FILE - len(data) - 1) + b"\n"
    tap.check(reading.outcome(data + filler) is None, "32 MiB are read")
    tap.check(reading.outcome(data + b"#" + filler) is FormatError, "a byte more is refused")
    tap.check(reading.outcome(b"") is FormatError, "an empty file is refused")
    there = vaultfmt.entries_of(good.vault())
    head = "[vault.env.dev.inbox]\n"
    more = "".join(f'"s/K{i}/00000000" = ""\n' for i in range(vaultfmt.MAX_ENTRIES - there))
    most = good.text.replace(head, head + more).encode()
    tap.check(len(vaultfmt.parse(most).environments) == 3, "262,144 entries are read")
    one = good.text.replace(head, head + '"s/OTHER/00000000" = ""\n' + more).encode()
    tap.check(reading.outcome(one) is FormatError, "one more is refused")


def test_missing(tap, good):
    env = good.unlocked("dev")
    for place in [("gone", "A"), ("app", "GONE"), ("none", "A")]:
        tap.check(error_of(env.value, *place) is MissingError, f"not there: {'/'.join(place)}")


def test_lines_of_errors(tap, good):
    lines = good.text.splitlines()
    bad = []
    for number, line in enumerate(lines, 1):
        if line.startswith("  "):  # inside an entry: the line where that begins is named
            continue
        text = "\n".join([*lines[: number - 1], "?", *lines[number - 1 :]])
        try:
            vaultfmt.parse(text.encode())
            bad.append(number)
        except FormatError as error:
            if error.line != number:
                bad.append((number, error.line))
    tap.none(bad, "an error names its line")


ANY = {None, FormatError, IntegrityError, LockedError, MissingError}


def check_outcomes(tap, outcomes, what, must=frozenset([None, FormatError])):
    found = set(outcomes)
    name = f"{len(outcomes)} times {what}: an error, or the same values"
    tap.check(must <= found <= ANY, name, found)


def test_lines(tap, good, reading):
    lines = good.text.splitlines(keepends=True)
    numbers = range(len(lines))
    headers = [i for i in numbers if lines[i].startswith("[")]

    def moved(i, to):
        rest = [*lines[:i], "", *lines[i + 1 :]]
        return [*rest[: to + 1], lines[i], *rest[to + 1 :]]

    deleted = [[*lines[:i], *lines[i + 1 :]] for i in numbers]
    for what, texts in {
        "a line deleted": deleted,
        "a line repeated": [[*lines[: i + 1], *lines[i:]] for i in numbers],
        "a line swapped with the next": [
            [*lines[:i], lines[i + 1], lines[i], *lines[i + 2 :]] for i in numbers[:-1]
        ],
        "a line moved into another table": [
            moved(i, to) for i in numbers for to in headers if to not in (i, i - 1)
        ],
    }.items():
        check_outcomes(tap, [reading.outcome("".join(text).encode()) for text in texts], what)

    free = re.compile(r'#|\n|\[vault\.env\.\w+\.inbox\]|"app|\[vault\.passphrases|team = "')
    bad = [
        lines[i]
        for i in numbers
        if not free.match(lines[i]) and reading.outcome("".join(deleted[i]).encode()) is None
    ]
    tap.none(bad, "only comments, blank lines, passphrases and the inbox can be missing unnoticed")


def test_strings(tap, good, reading):
    text = good.text
    places = [m.span() for m in re.finditer('"[^"]*"', text)]
    outcomes = [
        reading.outcome((text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]).encode())
        for (a, b), (c, d) in itertools.combinations(places, 2)
        if text[a:b] != text[c:d]
    ]
    must = {None, FormatError, IntegrityError}
    check_outcomes(tap, outcomes, "two strings exchanged", must)


def test_bits(tap, good, reading):
    data, outcomes = good.text.encode(), []
    for bit in random.Random(1).sample(range(len(data) * 8), BIT_FLIPS):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        outcomes.append(reading.outcome(bytes(flipped)))
    check_outcomes(tap, outcomes, "a bit flipped", {None, FormatError, IntegrityError})


# ---- Who opens dev, and who does not.


def test_credentials(tap, good):
    ci, bob = good.file("ci.key"), good.file("bob.key")
    for what, credentials, expected in [
        ("alice's key", {"identities": [good.alice]}, None),
        ("alice's key with CRLF", {"identities": [good.alice.replace("\n", "\r\n")]}, None),
        ("a file of two keys", {"identities": [ci + good.alice]}, None),
        ("a key of SSH", {"identities": [bob]}, None),
        ("two files", {"identities": [ci, good.alice]}, None),
        ("a passphrase", {"passphrases": [hostile.PASSPHRASE]}, None),
        ("two passphrases", {"passphrases": ["wrong", hostile.PASSPHRASE]}, None),
        ("another's key", {"identities": [ci]}, LockedError),
        ("a wrong passphrase", {"passphrases": ["correct horse"]}, LockedError),
        ("an empty passphrase", {"passphrases": [""]}, LockedError),
        ("an empty file", {"identities": [""]}, LockedError),
        ("a file that holds no key", {"identities": ["x\n"]}, LockedError),
        ("nothing", {}, LockedError),
    ]:
        found = error_of(vaultfmt.unlock, good.vault(), "dev", **credentials)
        tap.check(found is expected, f"dev, opened with {what}: {name_of(expected)}", found)


def test_entries_exchanged(tap, good):
    """What is not sealed: the passphrases, and readers as far as they are only read."""
    passphrase = {"passphrases": [hostile.PASSPHRASE]}
    alice = {"identities": [good.alice]}
    age_file = to_base64(hostile.wrapped(b"x", age.recipients_of(good.alice)[0]))
    for what, how, credentials, expected in [
        ("no passphrase", (r'^team = "[^"]*"\n', ""), passphrase, LockedError),
        ("no reader's passphrase", (r'^team = (?=")', "other = "), passphrase, LockedError),
        ("a salt of one byte", short_salt(good), passphrase, LockedError),
        ("a work factor of 21", work_factor(good, "21"), passphrase, LockedError),
        ("a work factor of 010", work_factor(good, "010"), passphrase, LockedError),
        ("to a key", (r'^(team = )"[^"]*"', rf'\1"{age_file}"'), passphrase, LockedError),
        ("an empty file", (r'^(team = )"[^"]*"', r'\1""'), passphrase, LockedError),
        ("another key for team", (r'(?<=^team = \[")[^"]*', new_key()), passphrase, IntegrityError),
        ("no entry of alice", (r"^alice = .*\n.*\n.*\n", ""), alice, LockedError),
        ("another key for alice", (r'(?<=^alice = \[")[^"]*', new_key()), alice, None),
        ("a key of SSH for alice", (r'(?<=^alice = \[")[^"]*', edits.SSH_KEY), alice, LockedError),
    ]:
        vault = vaultfmt.parse(edits.edit(good.text, *how).encode())
        found = error_of(vaultfmt.unlock, vault, "dev", **credentials)
        tap.check(found is expected, f"{what}: {name_of(expected)}", found)


def name_of(error):
    return error.__name__ if error else "it opens"


def new_key():
    return age.recipient_of(os.urandom(32))


def work_factor(good, number):
    return edit_passphrase(good, rb"( \S+ )10\n", rb"\g<1>" + number.encode() + b"\n")


def short_salt(good):
    return edit_passphrase(good, rb"scrypt \S+ ", rb"scrypt AA ")


def edit_passphrase(good, pattern, replacement):
    """How to edit the vault's text, for the age file of team to be edited like this."""
    age_file = good.vault().passphrases["team"]
    edited = re.sub(pattern, replacement, age_file, count=1)
    return re.escape(to_base64(age_file)), to_base64(edited)


def test_proposals(tap, good):
    env = good.unlocked("prod")
    expected = vaultfmt.Value(5, "eve", b"proposed")
    for key, sealed_to in [
        ("NEW/0123abcd", env.keys),
        ("OLD/00000000", env.past[0][0]),
        ("STRAY/ffffffff", None),
    ]:
        found = env.proposal("app", *key.split("/"))
        right = found == ((expected, sealed_to.fingerprint) if sealed_to else None)
        tap.check(right, f"the proposal {key}", found)

    def proposal(text, recipient=env.keys.inbox_key):
        age_file = to_base64(age_write.to_x25519(recipient, text))
        edited = edits.edit(good.text, r'(?<=^"app/NEW/0123abcd" = ")[^"]*', age_file)
        vault = vaultfmt.parse(edited.encode())
        return vaultfmt.unlock(vault, "prod", [good.alice]).proposal("app", "NEW", "0123abcd")

    place = env.fields("proposal", "app", "NEW")
    rest = ("eve", bytes(8), b"x")
    whole = encode(*place, *rest)
    tap.check(proposal(pad(whole)) is not None, "a proposal made anew")
    tap.check(proposal(pad(whole), new_key()) is None, "a proposal refused: to another key")
    most = 65312 - len(encode(*place, "x" * 255, bytes(8), b"")) - 1
    text = pad(encode(*place, "x" * 255, bytes(8), bytes(most)))
    size = len(age_write.to_x25519(env.keys.inbox_key, text))
    tap.check(vaultfmt.MAX_PROPOSAL - 32 < size <= vaultfmt.MAX_PROPOSAL, "close to 64 KiB", size)
    tap.check(proposal(text) is not None, "the largest proposal")
    for what, text in {
        "without padding": whole,
        "with nothing in it": b"",
        "for another vault": pad(encode(place[0], "x", *place[2:], *rest)),
        "for another environment": pad(encode(*place[:2], "dev", *place[3:], *rest)),
        "with a field too few": pad(encode(*place, *rest[:2])),
        "with a field too many": pad(encode(*place, *rest, "")),
        "with a field past the end": pad(whole[:-1]),
        "with a length past the end": pad(whole + b"\xff" * 8),
        "with half a length": pad(whole + b"\0" * 4),
        "with a time of 7 bytes": pad(encode(*place, "eve", bytes(7), b"x")),
        "with an author not in UTF-8": pad(encode(*place, b"\xff", *rest[1:])),
        "with an author of 256 bytes": pad(encode(*place, "x" * 256, *rest[1:])),
    }.items():
        found = proposal(text)
        tap.check(found is None, f"a proposal refused: {what}", found)


# ---- The commands.


def run(script, *arguments):
    command = [sys.executable, os.path.join(HERE, script), *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_commands(tap, good):
    folder = good.folder
    path = os.path.join(folder, "vault.toml")
    alice = ["--identity", os.path.join(folder, "alice.key")]

    done = run("read.py", path, *alice, "--all", "--verify")
    plain = read.read_text(os.path.join(folder, "plain.json"))
    tap.check(done.stdout == plain, "read.py prints plain.json", done.stderr)
    tap.check("dev: 9 next-key seals ok\n" in done.stderr, "--verify counts", done.stderr)
    done = run("read.py", path, *alice, "--all", "--info")
    info = read.read_text(os.path.join(folder, "info.json"))
    tap.check(done.stdout == info, "--info prints info.json", done.stdout)
    done = run("read.py", path, "--passphrase-file", os.path.join(folder, "team.passphrase"))
    tap.check(list(json.loads(done.stdout)) == ["dev"], "what opens is printed", done.stdout)

    bob = ["--identity", os.path.join(folder, "bob.key")]
    conflict = write_edit(good, edits.CONFLICTS[0])
    malformed = write_edit(good, edits.MALFORMED[0])
    forged = write_edit(good, edits.FORGED[0])
    for status, what, arguments in [
        (3, "no key", [path]),
        (3, "a reader of some, with --all", [path, *bob, "--all"]),
        (0, "a reader of some", [path, *bob]),
        (3, "a reader of another", [path, *bob, "--env", "prod"]),
        (4, "an environment that is not there", [path, *alice, "--env", "gone"]),
        (4, "a file that is not there", [path + "-", *alice]),
        (5, "a seal", [forged, *alice]),
        (0, "a seal of another environment", [forged, *alice, "--env", "prod"]),
        (6, "a conflict", [conflict, *alice]),
        (1, "a format error", [malformed, *alice]),
    ]:
        done = run("read.py", *arguments)
        right = done.returncode == status and bool(done.stdout) == (status == 0)
        tap.check(right, f"read.py exits with {status}: {what}", done)

    for arguments in [["--keys", "50"], ["--random", "4", "--no-passphrases"]]:
        made = os.path.join(folder, arguments[0])
        done = run("write.py", "--dir", made, *arguments)
        keys = [os.path.join(made, name) for name in os.listdir(made) if name.endswith(".key")]
        done = run("read.py", os.path.join(made, "vault.toml"), "--identity", *keys)
        right = done.stdout == read.read_text(os.path.join(made, "plain.json"))
        tap.check(right, f"read.py reads what write.py wrote: {' '.join(arguments)}", done)

    made = os.path.join(folder, "hostile")
    run("hostile.py", "--dir", made)
    table = read.read_text(os.path.join(made, "cases.tsv")).splitlines()
    files = [name for name in os.listdir(made) if re.fullmatch("[0-9]+\\.toml", name)]
    tap.check(len(table) == len(files) > 300, "hostile.py writes its cases", len(table))


def write_edit(good, case):
    what, pattern, replacement = case
    path = os.path.join(good.folder, re.sub("[^a-z]", "-", what) + ".toml")
    with open(path, "wb") as file:
        file.write(edits.edit(good.text, pattern, replacement).encode())
    return path


def main():
    tap = Tap()
    test_ground(tap)
    test_vectors(tap)
    test_random(tap)
    with tempfile.TemporaryDirectory() as folder:
        good = hostile.Good(folder)
        reading = Reading(good)
        test_cases(tap, good, reading)
        test_toml(tap, good)
        test_another_value(tap, good, reading)
        test_sizes(tap, good, reading)
        test_missing(tap, good)
        test_lines_of_errors(tap, good)
        test_lines(tap, good, reading)
        test_strings(tap, good, reading)
        test_bits(tap, good, reading)
        test_credentials(tap, good)
        test_entries_exchanged(tap, good)
        test_proposals(tap, good)
        test_commands(tap, good)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
