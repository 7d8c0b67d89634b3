#!/usr/bin/env python3
"""Tests a reader of vaults with the vectors in this folder: see the README.

run.py [--batch N] [--without NAME,…] [--only WORD] COMMAND [ARGUMENT…]
run.py --write FOLDER
"""

import argparse
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


# ---- The cases.


def load():
    cases = []
    for name in ("good.json", "damaged.json"):
        with open(os.path.join(HERE, name), encoding="utf-8") as file:
            cases += json.load(file)
    expected = {case["name"]: case["expected"] for case in cases if "expected" in case}
    for case in cases:
        if "expected-of" in case:
            case["expected"] = expected[case["expected-of"]]
    return cases


def text_of(case):
    """The bytes of a case's vault."""
    with open(os.path.join(HERE, case["file"]), "rb") as file:
        text = file.read()
    for edit in case.get("edits", []):
        if "insert64" in edit:
            inserted = base64.b64decode(edit["insert64"])
        elif "{}" in edit["insert"] and "times" in edit:
            parts = (edit["insert"].replace("{}", str(i)) for i in range(edit["times"]))
            inserted = "".join(parts).encode()
        else:
            inserted = edit["insert"].encode() * edit.get("times", 1)
        text = text[: edit["at"]] + inserted + text[edit["at"] + edit["remove"] :]
    return text


def keys_of(case):
    return [os.path.join(HERE, "keys", key) for key in case["keys"]]


# ---- What a reader said, and what it should have said.


def without(value, names):
    """The value, but for the members of these names."""
    if isinstance(value, dict):
        return {k: without(v, names) for k, v in value.items() if k not in names}
    return [without(v, names) for v in value] if isinstance(value, list) else value


def differences(said, expected, place=""):
    """Where the two are not the same."""
    if isinstance(expected, dict) and "sha256" in expected and isinstance(said, str):
        data = base64.b64decode(said)
        said = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    if isinstance(expected, dict) and isinstance(said, dict):
        for name in sorted({*said, *expected}):
            if name not in said or name not in expected:
                yield f"{place}/{name}: only {'expected' if name in expected else 'said'}"
            else:
                yield from differences(said[name], expected[name], f"{place}/{name}")
    elif isinstance(expected, list) and isinstance(said, list) and len(said) == len(expected):
        for i, (one, other) in enumerate(zip(said, expected)):
            yield from differences(one, other, f"{place}/{i}")
    elif said != expected or isinstance(said, bool) != isinstance(expected, bool):
        yield f"{place}: {shortened(said)}, expected {shortened(expected)}"


def shortened(value):
    text = json.dumps(value)
    return text if len(text) <= 200 else text[:200] + "…"


# ---- Running it.


def ask(command, cases, folder):
    """What the command says of each case: an answer, or None and why there is none."""
    arguments = []
    for case in cases:
        path = os.path.join(folder, case["name"] + ".toml")
        with open(path, "wb") as file:
            file.write(text_of(case))
        arguments += ["--", path, *keys_of(case)]
    try:
        done = subprocess.run(
            [*command, *arguments[1:]], capture_output=True, timeout=600, check=False
        )
    except OSError as error:
        sys.exit(f"run.py: {command[0]}: {error.strerror}")
    answers, lines = [], done.stdout.splitlines()
    for line in lines[: len(cases)]:
        try:
            answers.append((json.loads(line), ""))
        except ValueError:
            answers.append((None, f"not JSON: {line[:200]!r}"))
    why = done.stderr.decode(errors="replace").strip()[-500:]
    why = f"no answer; exit status {done.returncode}; {why}"
    if done.returncode != 0 and len(answers) == len(cases):
        answers[-1] = None, why
    for case in cases:
        os.unlink(os.path.join(folder, case["name"] + ".toml"))
    return answers, why


def run(command, cases, batch, names):
    failed = number = 0
    with tempfile.TemporaryDirectory() as folder:
        while cases:
            some = cases[:batch]
            answers, why = ask(command, some, folder)
            if len(answers) < len(some):  # it stopped at the next one: the others are asked again
                answers.append((None, why))
            for case, (said, why) in zip(some, answers):
                expected = without(case["expected"], names)
                found = [why] if why else list(differences(without(said, names), expected))
                number, failed = number + 1, failed + bool(found)
                print("not ok" if found else "ok", number, "-", f"{case['name']}: {case['what']}")
                for difference in found[:10]:
                    print("#", difference.replace("\n", "\n# "))
            cases = cases[len(answers) :]
    print(f"1..{number}")
    return failed


def write(folder, cases):
    os.makedirs(folder, exist_ok=True)
    for case in cases:
        with open(os.path.join(folder, case["name"] + ".toml"), "wb") as file:
            file.write(text_of(case))
        with open(os.path.join(folder, case["name"] + ".json"), "w", encoding="utf-8") as file:
            shown = {"what": case["what"], "keys": keys_of(case), "expected": case["expected"]}
            print(json.dumps(shown, indent=1), file=file)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--batch", type=int, default=1, metavar="N", help="cases for one run")
    parser.add_argument("--without", default="", metavar="NAME,…", help="members not compared")
    parser.add_argument("--only", default="", metavar="WORD", help="cases whose name has it")
    parser.add_argument("--write", metavar="FOLDER", help="all cases as files, instead")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    cases = [case for case in load() if options.only in case["name"]]
    if options.write:
        return write(options.write, cases)
    if not options.command or not cases or options.batch < 1:
        parser.error("no command, or no cases")
    names = set(filter(None, options.without.split(",")))
    return 1 if run(options.command, cases, options.batch, names) else 0


if __name__ == "__main__":
    sys.exit(main())
