#!/usr/bin/env python3
"""Writes, for git fast-import, a history of many commits of a vault: each takes the line of one
key's value from the next of the given files, which hold the same keys with other values.
usage: many.py COMMITS FILE..."""
import sys

commits = int(sys.argv[1])
versions = [open(path, "rb").read().split(b"\n") for path in sys.argv[2:]]
keys = [i for i, line in enumerate(versions[0]) if line.startswith(b"KEY_")]
now = list(versions[0])
out = sys.stdout.buffer
for n in range(commits):
    if n > 0:
        turn, place = divmod(n - 1, len(keys))
        now[keys[place]] = versions[(turn + 1) % len(versions)][keys[place]]
    text = b"\n".join(now)
    out.write(
        b"commit refs/heads/main\ncommitter Test <test@example.org> %d +0000\n"
        b"data 1\nx\nM 100644 inline vault.toml\ndata %d\n" % (1700000000 + n, len(text))
    )
    out.write(text + b"\n")
