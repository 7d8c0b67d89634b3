#!/usr/bin/env python3
"""measured.py SECONDS MEGABYTES FILE COMMAND…: runs the command, and whatever it runs.

Fails if they took more processor time together, if one of them took more memory, if a signal ended
the command, or if it found no memory. FILE receives a line with what it took. Memory is what was
really there: a limit of addresses would count guard pages and shadow memory."""

import os
import resource
import subprocess
import sys

seconds, megabytes, told = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
command = sys.argv[4:]


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (3 * seconds, 3 * seconds))


run = subprocess.Popen(command, preexec_fn=limit, stderr=subprocess.PIPE)
said = run.stderr.read().decode(errors="replace")
_, status, usage = os.wait4(run.pid, 0)
status = os.waitstatus_to_exitcode(status)
took = usage.ru_utime + usage.ru_stime
there = usage.ru_maxrss >> 10
with open(told, "a", encoding="ascii") as file:
    file.write(f"{there} MB {took:.2f} s, status {status}: {' '.join(command[1:])}\n")
print(f"{there} MB, {took:.2f} s, exit status {status}")
print(said[-500:])
ended = 0 <= status <= 7 or status == 125
sys.exit(not (ended and took <= seconds and there <= megabytes and "out of memory" not in said))
