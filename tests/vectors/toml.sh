#!/bin/sh
# Runs a folder of toml-test's files: below valid/ each .toml must be read as the tagged .json beside it
# says, below invalid/ each one must be refused. lib/text/toml reads a part of TOML, so a valid file
# with a date, an array, inf or nan must be refused too, and a file below invalid/ that tests the
# digits of numbers is skipped: those are returned as written. Ends with "N passed, N failed, N skipped".
# usage: tests/vectors/toml.sh [DIR]    (default: those of make deps-test, or $VECTORS/toml)
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
build=${BUILD:-$top/build}
vectors=${1:-$("$top/tests/vectors/find.sh" toml)} || exit 2

if [ ! -d "$vectors" ]; then
    echo "toml.sh: there is no folder $vectors" >&2
    exit 2
fi
make -s -C "$top" BUILD="$build" "${build#"$top/"}/tests/vectors/toml" >&2

exec python3 - "$build/tests/vectors/toml" "$vectors" <<'PYTHON'
import json, math, os, re, subprocess, sys

program, folder = sys.argv[1:]
NUMBERS = ("invalid/integer/", "invalid/float/")


def is_leaf(v):
    return isinstance(v, dict) and v.keys() == {"type", "value"} and isinstance(v["type"], str)


def is_read(v):
    """Whether the reader accepts all of these values."""
    if is_leaf(v):
        return v["type"] in ("string", "integer", "bool", "bare") or (
            v["type"] == "float" and math.isfinite(float(v["value"])))
    return isinstance(v, dict) and all(is_read(item) for item in v.values())


def number(text):
    try:
        return int(re.sub("^([+-]?)0+(?=[0-9])", r"\1", text), 0)
    except ValueError:
        return float(text)


def leaf(v):
    kind, text = v["type"], v["value"]
    if kind == "string" or text in ("true", "false"):
        return kind == "string", text
    return number(text)


def plain(v):
    return leaf(v) if is_leaf(v) else {name: plain(item) for name, item in v.items()}


def unique(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError("a name twice in an object")
    return dict(pairs)


def load(data):
    return json.loads(data.decode("utf-8"), object_pairs_hook=unique)


def trouble(path, valid):
    """What is wrong with a file, or None."""
    expected = None
    if valid:
        with open(path[: -len("toml")] + "json", "rb") as f:
            expected = load(f.read())
        valid = is_read(expected)
    ran = subprocess.run([program, path], capture_output=True, timeout=300)
    said = ran.stderr.decode("utf-8", "replace").strip()
    if ran.returncode not in (0, 1):
        return f"exit status {ran.returncode} {said}"
    if not valid:
        if ran.returncode == 0:
            return "taken for valid"
        return None if re.match(r"line \d+, column \d+: .", said) else f"a poor message: {said}"
    if ran.returncode == 1:
        return f"refused: {said}"
    got, expected = plain(load(ran.stdout)), plain(expected)
    return None if got == expected else f"read as {got}, and not as {expected}"


def tried(path, valid):
    try:
        return trouble(path, valid)
    except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired) as e:
        return f"{type(e).__name__}: {e}"


passed = failed = skipped = 0
for kind in ("valid", "invalid"):
    for at, _, names in sorted(os.walk(os.path.join(folder, kind))):
        for name in sorted(names):
            if not name.endswith(".toml"):
                continue
            path = os.path.join(at, name)
            if os.path.relpath(path, folder).startswith(NUMBERS):
                skipped += 1
                continue
            why = tried(path, kind == "valid")
            if why:
                print(f"FAIL {os.path.relpath(path, folder)}: {why}")
                failed += 1
            else:
                passed += 1
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(failed > 0 or passed == 0)
PYTHON
