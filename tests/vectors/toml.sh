#!/bin/sh
# Runs a folder of toml-test's files, and ends with "N passed, N failed": below valid/ each .toml is
# read as the tagged .json beside it says, below invalid/ each one is refused.
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
import json, os, re, subprocess, sys

program, folder = sys.argv[1:]
DATES = ("datetime", "datetime-local", "date-local", "time-local")


def is_leaf(v):
    return isinstance(v, dict) and v.keys() == {"type", "value"} and isinstance(v["type"], str)


def date(text):
    """Its parts, however they were written, with the fraction to the nanosecond."""
    parts = re.fullmatch(r"(.*?)(?:\.(\d+))?([zZ]|[+-]\d\d:\d\d)?", text)
    day_and_time = re.sub("[ t]", "T", parts[1])
    offset = parts[3] and re.sub("[zZ]|-00:00", "+00:00", parts[3])
    return day_and_time, (parts[2] or "")[:9].rstrip("0"), offset


def number(text):
    return "nan" if "nan" in text else float(text)


def leaf(v):
    kind, text = v["type"], v["value"]
    if kind == "float":
        return kind, number(text)
    if kind == "integer":
        return kind, int(text)
    return kind, date(text) if kind in DATES else text


def plain(v):
    if is_leaf(v):
        return leaf(v)
    if isinstance(v, dict):
        return {name: plain(item) for name, item in v.items()}
    return [plain(item) for item in v]


def unique(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError("a name twice in an object")
    return dict(pairs)


def load(data):
    return plain(json.loads(data.decode("utf-8"), object_pairs_hook=unique))


def trouble(path, valid):
    """What is not as it should be with a file, or None."""
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
    with open(path[: -len("toml")] + "json", "rb") as f:
        expected = load(f.read())
    got = load(ran.stdout)
    return None if got == expected else f"read as {got}, and not as {expected}"


def tried(path, valid):
    try:
        return trouble(path, valid)
    except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired) as e:
        return f"{type(e).__name__}: {e}"


passed = failed = 0
for kind in ("valid", "invalid"):
    for at, _, names in sorted(os.walk(os.path.join(folder, kind))):
        for name in sorted(names):
            if not name.endswith(".toml"):
                continue
            path = os.path.join(at, name)
            why = tried(path, kind == "valid")
            if why:
                print(f"FAIL {os.path.relpath(path, folder)}: {why}")
                failed += 1
            else:
                passed += 1
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0 or passed == 0)
PYTHON
