#!/usr/bin/env python3
"""Measures how each verb's instructions and memory grow with the vault, and fails at a cliff.

    tests/bench/growth.py VAULT PEAK [WORD…]

For each axis (values in secrets of one, of ten and one of all; environments; readers; commits) it
makes vaults of growing size and runs each verb on them. What a verb costs beyond the smallest vault
may grow by 2.3 per doubling of the size. Instructions are counted by valgrind, of vault itself and
not of git, so that a busy machine does not matter. GROWTH_MOST limits the sizes, words choose axes,
and VERBS=list,merge chooses verbs.
"""
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BAR = 2.3  # per doubling
CONSTANT = 2e6  # instructions: a difference below this is no cost of size
MEMORY_CONSTANT = 1 << 20  # the same, in bytes
MOST = int(os.environ.get("GROWTH_MOST", 100000))
COUNTER = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
STATUSES = (0, 6, 7, 125, 127)
MOST_OF = {"redact": 10000}  # its automaton has every form that a program may write
VERBS = os.environ.get("VERBS", "").split(",")
LIMIT = 900  # seconds: a verb that takes longer under valgrind is a cliff


class Place:
    """A folder with a home, a repository and a vault."""

    def __init__(self, programs, folder):
        self.program, self.peak = programs
        self.folder = folder
        self.folder.mkdir()
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "LC_ALL": "C",
                    "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com",
                    "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"}
        (folder / "home").mkdir()
        (folder / "work").mkdir()
        self.git("init", "-q")

    def run(self, command, given=None, statuses=(0,), **options):
        done = subprocess.run(command, cwd=self.folder / "work", env=self.env, input=given or b"",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **options)
        if done.returncode not in statuses:
            sys.exit("growth: %s: status %d: %s" % (" ".join(command)[:200], done.returncode,
                                                   done.stderr.decode(errors="replace")[-500:]))
        return done

    def git(self, *arguments, given=None):
        return self.run(["git", *arguments], given).stdout

    def vault(self, *arguments, given=None):
        return self.run([self.program, *arguments], given).stdout

    def path(self, name):
        return self.folder / "work" / name

    def write(self, name, text):
        self.path(name).write_text(text)

    def begin(self):
        self.vault("keygen")
        self.vault("init", "-e", "dev")

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "vault")


def value(i):
    return "%08x-value-%d" % ((i * 2654435761) % 2**32, i)


def toml(count, each, what=value):
    lines = []
    for i in range(count):
        if i % each == 0:
            lines.append("[s%d]" % (i // each))
        lines.append('K%d = "%s"' % (i, what(i)))
    return "\n".join(lines) + "\n"


# ---- the axes: each makes a place of a size ----


def make_values(each):
    def make(place, size):
        step = min(each or size, size)
        place.begin()
        place.write("all.toml", toml(size, step))
        place.write("half.toml", toml(size, step, lambda i: value(i + i % 2)))
        place.vault("edit", "-", given=toml(size, step).encode())
        place.commit()
        shutil.copy(place.path("vault.toml"), place.path("base"))
        place.vault("set", "s0/K0=ours")
        shutil.copy(place.path("vault.toml"), place.path("ours"))
        shutil.copy(place.path("base"), place.path("vault.toml"))
        last = size - 1
        place.vault("set", "s%d/K%d=theirs" % (last // step, last))
        shutil.copy(place.path("vault.toml"), place.path("theirs"))
        shutil.copy(place.path("base"), place.path("vault.toml"))
        place.write("template", "\n".join("{{ s%d/K%d }}" % (i // step, i) for i in range(0, size, 10)))
        place.write("plain.log", "\n".join("line %d of a log" % i for i in range(size)) + value(last))
        place.write("staged.txt", "a small file\n")
        place.git("add", "staged.txt")
        place.last = "s%d/K%d" % (last // step, last)
    return make


def make_environments(place, size):
    place.begin()
    place.vault("set", "app/KEY=a value of this environment")
    for i in range(size):
        place.vault("env", "copy", "dev", "e%d" % i)
    place.commit()


def make_readers(place, size):
    place.begin()
    place.vault("set", "app/KEY=a value of this environment")
    for i in range(size):
        key = place.vault("keygen", "-o", "../home/key%d" % i).decode().split()[-1]
        place.vault("grant", "r%d" % i, key)
    place.commit()


def make_commits(place, size):
    """One value changes in each commit."""
    place.begin()
    place.vault("edit", "-", given=toml(50, 50).encode())
    place.commit()
    stream = []
    for i in range(size):
        place.vault("set", "s0/K%d=%s" % (i % 50, value(i + 1000)))
        text = place.path("vault.toml").read_bytes()
        stream.append(b"commit refs/heads/grown\ncommitter a <a@example.com> %d +0000\ndata 1\nx\n"
                      % (1700000000 + 60 * i))
        if i == 0:
            stream.append(b"from HEAD\n")
        stream.append(b"M 644 inline vault.toml\ndata %d\n%s\n" % (len(text), text))
    place.git("fast-import", "--quiet", given=b"".join(stream))
    place.git("checkout", "-q", "-f", "grown")


# ---- what runs on them: name, arguments, the file of its standard input ----

READS = [
    ("get", ["get", "{last}"], None),
    ("list", ["list"], None),
    ("list --max-age", ["check", "--max-age", "9d"], None),
    ("exec", ["exec", "--", "./absent"], None),  # valgrind counts until a program starts
    ("export json", ["export", "--format=json"], None),
    ("export dotenv", ["export", "--format=dotenv"], None),
    ("render", ["render", "template"], None),
    ("verify", ["verify"], None),
    ("readers", ["readers"], None),
    ("whoami", ["whoami"], None),
    ("doctor", ["doctor"], None),
    ("diff", ["diff"], None),
    ("textconv", ["diff", "--textconv", "vault.toml"], None),
    ("hook", ["scan", "--staged", "--hook"], None),
    ("scan", ["scan", "plain.log"], None),
    ("redact", ["redact"], "plain.log"),
    ("log", ["log"], None),
    ("exposed", ["exposed"], None),
    ("inbox", ["inbox"], None),
]
WRITES = [
    ("set", ["set", "s0/K0=another"], None),
    ("edit nothing", ["edit", "-"], "all.toml"),
    ("edit half", ["edit", "-"], "half.toml"),
    ("delete", ["delete", "s0/K0", "--yes"], None),
    ("rename", ["rename", "s0", "first"], None),
    ("copy", ["copy", "s0", "another"], None),
    ("env copy", ["env", "copy", "dev", "other"], None),
    ("env rename", ["env", "rename", "dev", "other"], None),
    ("env delete", ["env", "delete", "dev", "--yes"], None),
    ("rotate", ["rotate"], None),
    ("import", ["create", "new", "--from-toml", "flat.toml"], None),
    ("merge", ["merge", "base", "ours", "theirs", "--path", "vault.toml"], None),
]
ENVIRONMENTS = [
    ("get", ["get", "app/KEY"], None),
    ("list --all", ["list", "--all"], None),
    ("env", ["env"], None),
    ("readers", ["readers"], None),
    ("readers -e", ["readers", "-e", "dev"], None),
    ("whoami", ["whoami"], None),
    ("doctor", ["doctor"], None),
    ("diff", ["diff"], None),
    ("textconv", ["diff", "--textconv", "vault.toml"], None),
    ("exposed", ["exposed"], None),
    ("hook", ["scan", "--staged", "--hook"], None),
    ("set", ["set", "app/KEY=another"], None),
    ("env copy", ["env", "copy", "dev", "other"], None),
    ("env delete", ["env", "delete", "e0", "--yes"], None),
    ("rotate", ["rotate"], None),
    ("merge", ["merge", "vault.toml", "vault.toml", "vault.toml"], None),
]
READERS = [
    ("get", ["get", "app/KEY"], None),
    ("readers", ["readers"], None),
    ("env", ["env"], None),
    ("whoami", ["whoami"], None),
    ("doctor", ["doctor"], None),
    ("verify", ["verify"], None),
    ("exposed", ["exposed"], None),
    ("textconv", ["diff", "--textconv", "vault.toml"], None),
    ("set", ["set", "app/KEY=another"], None),
    ("rotate", ["rotate"], None),
    ("revoke", ["revoke", "r0"], None),
    ("env copy", ["env", "copy", "dev", "other"], None),
    ("merge", ["merge", "vault.toml", "vault.toml", "vault.toml"], None),
]
COMMITS = [
    ("log", ["log"], None),
    ("log of a value", ["log", "s0/K7"], None),
    ("verify --history", ["verify", "--history"], None),
    ("exposed", ["exposed"], None),
    ("restore", ["restore", "s0/K7"], None),
    ("scan --history", ["scan", "--history"], None),
]

AXES = {
    "values, one secret": (make_values(0), READS + WRITES, (10, 1000, 10000, 100000)),
    "values, secrets of ten": (make_values(10), READS + WRITES, (10, 1000, 10000, 99000)),
    "values, secrets of one": (make_values(1), READS + WRITES, (10, 1000, 10000, 99000)),
    "environments": (make_environments, ENVIRONMENTS, (1, 250, 1000, 4000)),
    "readers": (make_readers, READERS, (1, 100, 400, 1600)),
    "commits": (make_commits, COMMITS, (10, 100, 1000, 5000)),
}


# ---- measuring ----


def count(place, arguments, given):
    """The instructions of the program; those of git do not count."""
    done = place.run([*COUNTER, place.program, *arguments], given, statuses=STATUSES, timeout=LIMIT)
    counts = re.findall(rb"==(\d+)== I\s+refs:\s+([\d,]+)", done.stderr)
    return max(float(number.replace(b",", b"")) for _, number in counts)


def memory(place, arguments, given):
    """The most that the program, or a child of it, has had at once, in bytes."""
    reading, writing = os.pipe()
    place.run(["sh", "-c", 'exec "$@" 3>&%d' % writing, "sh", place.peak, place.program, *arguments], given,
              statuses=STATUSES, pass_fds=[writing])
    used = int(os.read(reading, 32))
    os.close(reading)
    os.close(writing)
    return used


def measure(place, arguments, stdin, ways=(count, memory)):
    """Each way on the same vault; a verb that writes finds it as it was."""
    arguments = [a.format(last=getattr(place, "last", "")) for a in arguments]
    given = place.path(stdin).read_bytes() if stdin else None
    results = []
    for how in ways:
        shutil.copytree(place.folder / "work", place.folder / "kept-work", symlinks=True)
        shutil.copytree(place.folder / "home", place.folder / "kept-home")
        results.append(how(place, arguments, given))
        for name in ("work", "home"):
            shutil.rmtree(place.folder / name)
            os.rename(place.folder / ("kept-" + name), place.folder / name)
    return results


def judge(name, sizes, costs, base, constant):
    """Prints a line; returns whether it grows no more than it may."""
    doublings, worst = [], 0
    for (n, a), (m, b) in zip(list(zip(sizes, costs))[1:], list(zip(sizes, costs))[2:]):
        a, b = max(a - base, constant), max(b - base, constant)
        doublings.append((b / a) ** (1 / math.log2(m / n)))
    worst = max(doublings)
    good = worst <= BAR
    print("%-4s %-18s %s  per doubling %s" % ("" if good else "FAIL", name, " ".join("%9.2f" % (c / 1e6) for c in costs),
                                             " ".join("%.2f" % d for d in doublings)), flush=True)
    return good


def grow(programs, axis, folder):
    make, verbs, sizes = AXES[axis]
    sizes = [size for size in sizes if size <= MOST] if sizes[2] <= MOST else sizes[:3]
    places, good = [], True
    for size in sizes:
        place = Place(programs, folder / str(size))
        make(place, size)
        if place.path("all.toml").exists():
            place.write("flat.toml", toml(size, size).split("\n", 1)[1])
        places.append(place)
    print("# %s: %s; millions of instructions, then MB" % (axis, ", ".join(map(str, sizes))), flush=True)
    base = memory(places[0], ["version"], None)
    for name, arguments, stdin in verbs:
        if not any(word in name for word in VERBS):
            continue
        costs = [measure(place, arguments, stdin) for size, place in zip(sizes, places)
                 if size <= MOST_OF.get(name, size)]
        good = judge(name, sizes, [c[0] for c in costs], costs[0][0], CONSTANT) and good
        good = judge("  memory", sizes, [c[1] for c in costs], base, MEMORY_CONSTANT) and good
    return good


def main():
    programs = [os.path.abspath(path) for path in sys.argv[1:3]]
    if not shutil.which("valgrind"):
        print("growth: there is no valgrind")
        return 77
    words = sys.argv[3:] or [""]
    good = True
    for axis in [axis for axis in AXES if any(word in axis for word in words)]:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="growth."))
        try:
            good = grow(programs, axis, folder) and good
        finally:
            shutil.rmtree(folder)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
