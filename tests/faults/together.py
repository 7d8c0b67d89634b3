#!/usr/bin/env python3
"""Writers, readers and rotators of one vault, all at once.

Nothing that was acknowledged is lost, each rotation is there, no read fails, and each reads what was
written. --no-lock: flock does nothing, as on some network file systems; then of two saves at a time
one may be lost (vault(1), CAVEATS), and the vault is whole all the same.

usage: together.py --program vault --library inject.so [--writers N] [--readers N] [--rotators N]
"""

import argparse
import concurrent.futures
import struct
import sys
import tempfile
import threading

import sweep

MARKER = sweep.MARKER


class Round:
    def __init__(self, stage, options, number):
        self.stage = stage
        self.options = options
        self.root = stage.folder / f"round-{number}"
        for name in ("home/.config/vault", "work", "tmp", "run"):
            (self.root / name).mkdir(parents=True)
        (self.root / "run").chmod(0o700)
        stage.make_vault(self.root)
        self.extra = {}
        if options.no_lock:
            (self.root / "counts").write_bytes(bytes(4096))
            self.extra = {
                "LD_PRELOAD": str(stage.library), "FAULT_PROGRAM": "vault", "FAULT_CLASS": "flock",
                "FAULT_COUNT": str(self.root / "counts"), "FAULT_KIND": "-3", "FAULT_AT": "1",
                "FAULT_ON": "1",
            }
        self.over = threading.Event()
        self.saved = {}
        self.reads = self.rotations = self.missing = 0
        self.lock = threading.Lock()
        self.failures = []

    def run(self, *command):
        return self.stage.run(self.root, sweep.Scene("one", command), self.extra)

    def fail(self, what, outcome):
        with self.lock:
            self.failures.append(f"{what}: {outcome.status}: {outcome.stderr.decode().strip()}")

    # ---- who does what

    def write(self, number):
        value = f"{number}-{MARKER}"
        outcome = self.run("set", f"app/KEY_{number}={value}")
        if outcome.status == 0:
            with self.lock:
                self.saved[f"KEY_{number}"] = value.encode()
        else:
            self.fail("set", outcome)

    def read(self):
        while not self.over.is_set():
            outcome = self.run("get", "db/USER")
            with self.lock:
                self.reads += 1
            if outcome.status != 0 or outcome.stdout.strip() != f"one-{MARKER}".encode():
                self.fail("get", outcome)

    def rotate(self):
        while not self.over.is_set():
            outcome = self.run("rotate")
            if outcome.status == 0:
                with self.lock:
                    self.rotations += 1
            else:
                self.fail("rotate", outcome)

    def go(self):
        options = self.options
        people = options.readers + options.rotators
        with concurrent.futures.ThreadPoolExecutor(options.writers + people) as pool:
            others = [pool.submit(self.read) for _ in range(options.readers)]
            others += [pool.submit(self.rotate) for _ in range(options.rotators)]
            for done in [pool.submit(self.write, i) for i in range(options.writers)]:
                done.result()
            self.over.set()
            for done in others:
                done.result()

    # ---- what is there then

    def lost(self):
        _, found = self.stage.view(self.root)
        values, _, past = found["dev"]
        lost = [name for name, value in self.saved.items()
                if values.get("app", {}).get(name) != value]
        return lost, self.rotations - past

    def complain(self):
        try:
            lost, keys = self.lost()
        except (sweep.vaultfmt.VaultError, OSError) as error:
            yield f"the vault is lost: {error}"
            return
        self.missing = len(lost)
        if self.options.no_lock:
            calls = struct.unpack("II", (self.root / "counts").read_bytes()[:8])[0]
            if calls == 0:
                yield "no lock was asked for"
            return
        yield from self.failures
        yield from (f"{name} was saved, and is lost" for name in lost)
        if keys:
            yield f"{self.rotations} rotations, and {keys} of the keys are lost"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--library", default="/none")
    parser.add_argument("--writers", type=int, default=200)
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--rotators", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--no-lock", action="store_true")
    options = parser.parse_args()
    writes = reads = rotations = bad = lost = 0
    with tempfile.TemporaryDirectory(prefix="together-") as folder:
        stage = sweep.Sweep(options, folder)
        for number in range(options.rounds):
            one = Round(stage, options, number)
            one.go()
            for complaint in one.complain():
                print(complaint, flush=True)
                bad += 1
            writes, reads = writes + len(one.saved), reads + one.reads
            rotations += one.rotations
            lost += one.missing
    also = f", {lost} lost without a lock" if options.no_lock else ""
    print(f"{writes} writes, {reads} reads, {rotations} rotations{also}, {bad} wrong states")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
