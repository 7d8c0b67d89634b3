"""Each format against those who read it: what the program writes they must read as it was, and what
it refuses no quoting must carry. Prints TAP, and how many pairs of parser and value were run.

usage: prove.py FOLDER    with VAULT_FILE's vault in it; SEED=N for other values than usual"""
import base64
import json
import os
import re
import subprocess
import sys

import readers
import values

PAIRS = 5000  # of parser and value, for each format
CHUNK = 500  # values in a secret: an environment has room for their variables
BIN = os.environ["BIN"]
SEED = int(os.environ.get("SEED", "20261121"))

DIALECTS = ("dotenv", "node", "python", "ruby", "compose", "godotenv")

tests = failures = 0


def ok(good, name, why=""):
    global tests, failures
    tests += 1
    failures += not good
    print(("ok" if good else "not ok"), tests, "-", name)
    for line in ([] if good else str(why).splitlines()[:12]):
        print("#", ascii(line))


def skip(name, why):
    global tests
    tests += 1
    print(f"ok {tests} - {name} # SKIP {why}")


def vault(*arguments, text=None):
    return subprocess.run([BIN, *arguments], input=text, capture_output=True)


def store(secret, kept):
    """Makes a secret of the values, and gives them by name."""
    pairs = {f"K{i:04}": value for i, value in enumerate(kept)}
    done = vault("create", secret, "--from-json", "-", text=json.dumps(pairs).encode())
    assert done.returncode == 0, done.stderr
    return pairs


def export(format, secret, path, but=()):
    more = ["--except", ",".join(but)] if but else []
    return vault("export", secret, f"--format={format}", "-o", path, *more)


def write(format, secret, path):
    """Writes what can be carried, and gives the names of the rest, and of what a note was made."""
    done = export(format, secret, path)
    refused = []
    if done.returncode != 0:
        message = done.stderr.decode().splitlines()[0]
        refused = re.findall(r"K\d{4}", message)
        ok(done.returncode == 1 and refused and "cannot carry" in message,
           f"{format}: {secret}: what is refused is named", done.stderr.decode())
        done = export(format, secret, path, refused)
    ok(done.returncode == 0, f"{format}: {secret}: the rest is written", done.stderr.decode())
    noted = re.findall(r"K\d{4}", done.stderr.decode())
    return set(refused), set(noted)


def write_unnoted(format, secret, path, refused, noted):
    """Writes what no note is made of; a value may be noted for what now follows it."""
    more = noted
    while more:
        done = export(format, secret, path, refused | noted)
        more = set(re.findall(r"K\d{4}", done.stderr.decode())) - noted
        noted |= more


def differences(expected, found):
    if not isinstance(found, dict):
        return [str(found)]
    return [f"{name}: wrote {value!r}, read {found.get(name)!r}" for name, value in expected.items()
            if found.get(name) != value] + [f"{name}: not written" for name in found
                                            if re.fullmatch(r"K\d{4}", name)
                                            and name not in expected]


QUOTES = "'\"`"


# How else a value could be written in a dotenv file: none of it may be read right, if it is refused.
def spellings(value):
    def escape(text, which):
        return re.sub(which, lambda found: "\\" + found.group(), text)

    ends = value.replace("\r", "\\r")
    texts = {value, *(q + value + q for q in QUOTES), *(q + ends + q for q in QUOTES),
             "'" + escape(value, "'") + "'", "'" + escape(value, r"['\\]") + "'",
             *('"' + e + '"' for v in (value, ends, ends.replace("\n", "\\n"))
               for e in (escape(v, '"'), escape(v, r'["\\]'), escape(v, r'["\\$]'),
                         escape(v, r'["\\$`]'), escape(v, r'["\\]').replace("$", "$$"))),
             escape(value, r"\\"), escape(value, r"[\\$]"), escape(value, r"\$"),
             "'" + value.replace("'", "'\\''") + "'"}
    return sorted(texts)


def check_refusals(format, refused, folder):
    """That no other spelling would be read right, by all who read the format."""
    everybody = readers.READERS[format]
    absent = [name for name, read in everybody.items() if not read and name != "ruby"]
    if absent:
        skip(f"{format}: what is refused cannot be carried", f"without {', '.join(absent)}")
        return
    used = {name: read for name, read in everybody.items()
            if read and name not in ("dash", "env-file")}
    sample = sorted(refused, key=lambda value: (len(value), value))[:60]
    paths, place = [], {}
    for value in sample:
        for text in spellings(value):
            path = os.path.join(folder, f"spelling{len(paths)}")
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(f"K0000={text}\nK0001=\"'x\" # y\nK0002='`\"'\n")
            place.setdefault(value, []).append(len(paths))
            paths.append(path)
    if not used or not sample:
        return
    results = {name: read(paths) for name, read in used.items()}
    good = {"K0001": "'x", "K0002": '`"'}
    carried = [value for value in sample if any(
        all(isinstance(found[i], dict) and found[i].items() >= {"K0000": value, **good}.items()
            for found in results.values()) for i in place[value])]
    ok(not carried, f"{format}: of {len(sample)} values that are refused, none can be carried: "
       f"{len(paths)} spellings", "\n".join(map(repr, carried)))


def prove(format, stored, folder):
    used = readers.READERS[format]
    here = {name: read for name, read in used.items() if read}
    for name in used.keys() - here.keys():
        skip(f"{format}: {name}", f"there is no {name}")
    if not here:
        return
    pairs = 0
    all_refused = set()
    for secret, expected in stored.items():
        if pairs >= PAIRS:
            break
        path = os.path.join(folder, f"{format}-{secret}")
        refused, noted = write(format, secret, path)
        all_refused |= {expected[name] for name in refused}
        carried = {name: value for name, value in expected.items() if name not in refused}
        for name, read in here.items():
            mine = carried
            if name == "env-file" and noted:
                path += "-env-file"
                write_unnoted(format, secret, path, refused, noted)
                mine = {key: value for key, value in carried.items() if key not in noted}
            wrong = differences(mine, read([path])[0])
            pairs += len(mine)
            if wrong:
                ok(False, f"{format}: {secret}: {name}", "\n".join(wrong))
    ok(pairs >= PAIRS, f"{format}: {PAIRS} pairs of parser and value, and more", pairs)
    print(f"# {format}: {pairs} pairs of parser and value, read by {', '.join(here)}; "
          f"{len(all_refused)} values refused")
    if format in DIALECTS:
        check_refusals(format, {v for v in all_refused if "\0" not in v}, folder)


def count_passwords(folder):
    kept = values.passwords(SEED, 1000)
    pairs = store("passwords", kept)
    for format in readers.READERS:
        refused, _ = write(format, "passwords", os.path.join(folder, f"passwords-{format}"))
        print(f"# {format}: of {len(kept)} random passwords of 24 printable characters, "
              f"{len(refused)} are refused")
        most = {"dotenv": 200, "node": 10, "godotenv": 10}.get(format, 0)
        ok(len(refused) <= most, f"{format}: refuses no more than {most} of {len(kept)} passwords",
           [pairs[name] for name in refused])
        if format in DIALECTS:
            check_refusals(format, {pairs[name] for name in refused}, folder)


def prove_bytes(folder):
    """Values that are no text, in shells."""
    drawn = values.any_bytes(SEED, 100)
    text = "".join(f"K{i:04} = {{ base64 = \"{base64.b64encode(value).decode()}\" }}\n"
                   for i, value in enumerate(drawn))
    vault("env", "create", "bytes")
    done = vault("edit", "-", "-e", "bytes", text=("[b]\n" + text).encode())
    assert done.returncode == 0, done.stderr
    expected = {f"K{i:04}": value.decode("utf-8", "surrogateescape")
                for i, value in enumerate(drawn)}
    for format in ("sh", "fish"):
        path = os.path.join(folder, f"bytes-{format}")
        done = vault("export", "-e", "bytes", f"--format={format}", "-o", path)
        ok(done.returncode == 0, f"{format}: any bytes are written", done.stderr)
        for name, read in readers.READERS[format].items():
            if read:
                wrong = differences(expected, read([path])[0])
                ok(not wrong, f"{format}: any bytes: {name}", "\n".join(wrong))


def main():
    folder = sys.argv[1]
    print(f"# SEED={SEED}")
    drawn = values.draw(SEED, 14 * CHUNK)
    stored = {f"s{i}": store(f"s{i}", drawn[i * CHUNK:(i + 1) * CHUNK]) for i in range(14)}
    only = os.environ.get("FORMATS", " ".join(readers.READERS)).split()
    for format in only:
        prove(format, stored, folder)
    if len(only) > 1:
        prove_bytes(folder)
        count_passwords(folder)
    print(f"1..{tests}")
    sys.exit(failures > 0)


main()
