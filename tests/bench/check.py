#!/usr/bin/env python3
"""Compares the instructions and system calls of ten commands with the numbers in check.txt.

    tests/bench/check.py VAULT PEAK [record]

Fails above 3 %, and says what became cheaper by as much. The numbers are of one compiler, libc,
libsodium and valgrind, on a processor with the same vector instructions; elsewhere it is skipped
(77). `record` writes the numbers of this machine.
"""
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

import growth

BAR = 1.03
SLACK = {"instructions": 0, "system calls": 8}  # a lock, or a pipe that is read in other pieces
VALUES = 1000
NUMBERS = pathlib.Path(__file__).with_name("check.txt")
COMMANDS = [
    ("get", ["get", "s0/K500"], None),
    ("list", ["list"], None),
    ("exec", ["exec", "--", "./absent"], None),
    ("export json", ["export", "--format=json"], None),
    ("export dotenv", ["export", "--format=dotenv"], None),
    ("verify", ["verify"], None),
    ("hook", ["scan", "--staged", "--hook"], None),
    ("set", ["set", "s0/K500=another"], None),
    ("edit", ["edit", "-"], "half.toml"),
    ("merge", ["merge", "base", "ours", "theirs", "--path", "vault.toml"], None),
]


def first_line(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()[0]


def machine(program):
    """What the numbers depend on, beside the source."""
    flags = set()
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        flags = set(re.search(r"flags\s*: (.*)", cpuinfo.read_text() + "flags : ").group(1).split())
    vectors = [name for name in ("ssse3", "sse4_1", "aes", "avx", "avx2", "erms", "bmi2") if name in flags]
    libsodium = re.search(rb"libsodium (\S+)", subprocess.run([program, "version"], stdout=subprocess.PIPE,
                                                                     check=True).stdout)
    return [first_line(os.environ.get("CC", "cc"), "--version"), "CFLAGS " + os.environ.get("CFLAGS", ""),
            " ".join(platform.libc_ver()), "libsodium " + (libsodium.group(1).decode() if libsodium else "?"),
            first_line("valgrind", "--version"), " ".join([platform.machine(), *vectors])]


def calls(place, arguments, given):
    """The system calls of the program; those of git do not count."""
    trace = place.folder / "trace"
    place.run(["strace", "-qq", "-o", str(trace), place.program, *arguments], given, statuses=growth.STATUSES)
    return sum(1 for line in trace.read_text(errors="replace").splitlines() if re.match(r"\w+\(", line))


def measure(program, peak, folder):
    place = growth.Place([program, peak], folder / "place")
    growth.make_values(0)(place, VALUES)
    numbers = {}
    for name, arguments, stdin in COMMANDS:
        instructions, system = growth.measure(place, arguments, stdin, (growth.count, calls))
        numbers[name] = (int(instructions), system)
    return numbers


def read_numbers():
    """The machine's lines, and the numbers by name."""
    lines = NUMBERS.read_text().splitlines()
    rows = [line.rsplit(None, 2) for line in lines if line and not line.startswith("#")]
    return [line[2:] for line in lines if line.startswith("# ")], {r[0].strip(): (int(r[1]), int(r[2])) for r in rows}


def record(here, numbers):
    rows = ["%-16s %12d %6d" % (name, *both) for name, both in numbers.items()]
    NUMBERS.write_text("\n".join(["# " + line for line in here] + rows) + "\n")


def judge(known, numbers):
    good = True
    for name, _, _ in COMMANDS:
        for what, old, new in zip(("instructions", "system calls"), known[name], numbers[name]):
            ratio = new / old
            over = new > old * BAR + SLACK[what]
            verdict = "FAIL" if over else "less" if ratio < 1 / BAR else ""
            good = good and not over
            print("%-4s %-16s %-12s %10d, recorded %10d: %.3f" % (verdict, name, what, new, old, ratio), flush=True)
    return good


def main():
    program, peak = (os.path.abspath(path) for path in sys.argv[1:3])
    for tool in ("valgrind", "strace"):
        if not shutil.which(tool):
            print("check: there is no %s" % tool)
            return 77
    here = machine(program)
    known, numbers = read_numbers() if NUMBERS.exists() else ([], {})
    recording = sys.argv[3:] == ["record"]
    if not recording and known != here:
        print("check: skipped, the numbers are of another machine:")
        for line in set(known) ^ set(here):
            print("  %s %s" % ("here:" if line in here else "recorded:", line))
        return 77
    folder = pathlib.Path(tempfile.mkdtemp(prefix="check."))
    try:
        measured = measure(program, peak, folder)
    finally:
        shutil.rmtree(folder)
    if recording:
        record(here, measured)
        return 0
    return 0 if judge(numbers, measured) else 1


if __name__ == "__main__":
    sys.exit(main())
