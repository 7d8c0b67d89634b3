#!/usr/bin/env python3
"""Kills verbs at random moments, and looks at what is left.

After each kill: an independent reader opens the vault, and finds the old content or the new one; no
file that git would take holds a value; the next run works, and sweeps what the killed one has left.

usage: kill.py --program vault --kills N FOLDER...     in folders on different file systems
"""

import argparse
import concurrent.futures
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import sweep
import vaultfmt

VERBS = ("set", "rotate", "revoke", "edit", "merge", "export-o-git", "render-o", "env-copy")
MARKER = sweep.MARKER.encode()


def taken_by_git(folder, name):
    """Whether `git add .` would, in a new repository if there is none."""
    environment = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent"}
    subprocess.run(["git", "init", "-q"], cwd=folder, env=environment, check=True)
    command = ["git", "ls-files", "-z", "--others", "--cached", "--exclude-standard"]
    found = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return name.encode() in found.stdout.split(b"\0")


class Killer:
    """One scene in one folder."""

    def __init__(self, stage, scene, span):
        self.stage = stage
        self.scene = scene
        self.lock = threading.Lock()
        self.span = span  # seconds: about as long as the verb takes
        self.kills = self.new = self.left = 0
        self.complaints = []

    def run_and_kill(self, root):
        command = [str(self.stage.program), *self.scene.command]
        process = subprocess.Popen(
            command,
            cwd=root / "work",
            env=self.stage.environment(root, self.scene, {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(random.random() * self.span)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        status = process.wait()
        with self.lock:
            self.span = min(5, max(0.002, self.span * (1.05 if status < 0 else 0.9)))
        return status

    def try_once(self, number):
        root = self.stage.copy(self.scene, f"{self.scene.name}-{number}")
        status = self.run_and_kill(root)
        complaints = list(self.complain(root, status))
        with self.lock:
            self.kills += status == -signal.SIGKILL
            self.complaints += complaints
        shutil.rmtree(root)

    # ---- what is left

    def complain(self, root, status):
        if status not in (-signal.SIGKILL, *self.scene.good):
            yield f"status {status}"
        try:
            data, found = self.stage.view(root)
        except (vaultfmt.VaultError, OSError) as error:
            yield f"the vault is lost: {error}"
            return
        old_data, old = self.stage.before[self.scene.name]
        if data != old_data:
            if not self.scene.writes or found not in (old, self.stage.after[self.scene.name][0]):
                yield "the vault is neither the old one nor the new one"
            self.new += status < 0
        elif self.scene.writes and status in self.scene.good:
            yield "success, and the vault is the old one"
        yield from self.complain_of_files(root)
        yield from self.complain_of_next(root)

    def known_files(self):
        before = self.stage.files(self.stage.templates[self.scene.name])
        return before, self.stage.after[self.scene.name][1]

    def complain_of_files(self, root):
        before, after = self.known_files()
        now = self.stage.files(root)
        for name, content in now.items():
            if name in self.scene.files and not name.endswith(".toml"):
                if content not in (before.get(name), after.get(name)):
                    yield f"{name} is neither the old one nor the new one"
            elif name.startswith("work/") and name not in before and name not in after:
                self.left += 1
                if MARKER in content and taken_by_git(root / "work", name.removeprefix("work/")):
                    yield f"a value is in {name}"

    def complain_of_next(self, root):
        """The same verb once more, if it can be said twice, and a set; then only what they make is
        there."""
        again = [] if self.scene.writes else [self.scene.command]
        vault = ["-f", "ours.toml"] if self.scene.name == "merge" else []
        again += [[*vault, "set", f"db/NEXT=next-{sweep.V}"], [*vault, "verify"]]
        for command in again:
            step = sweep.Scene("next", command)
            outcome = self.stage.run(root, step)
            if outcome.status != 0:
                yield f"then {command}: {outcome.status}: {outcome.stderr.decode()}"
        before, after = self.known_files()
        for name in self.stage.files(root):
            if name.startswith("work/") and name not in before and name not in after:
                yield f"a file stays: {name}"


def kill_in(options, folder):
    killers = []
    with tempfile.TemporaryDirectory(prefix="kill-", dir=folder) as place:
        stage = sweep.Sweep(options, place)
        for scene in sweep.SCENES:
            if scene.name in (options.verb or VERBS):
                stage.make(scene)
                begun = time.monotonic()
                stage.learn(scene)
                killers.append(Killer(stage, scene, time.monotonic() - begun))
        each = -(-options.kills // len(killers))
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for killer in killers:
                for number in range(0, 20 * each, options.jobs):
                    if killer.kills >= each:
                        break
                    list(pool.map(killer.try_once, range(number, number + options.jobs)))
    return killers


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--library", default="/none", help=argparse.SUPPRESS)
    parser.add_argument("--verb", action="append", help="only these scenes")
    parser.add_argument("--kills", type=int, default=200, help="in each folder")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("folder", nargs="+")
    options = parser.parse_args()
    kills = bad = 0
    for folder in options.folder:
        for killer in kill_in(options, folder):
            name = killer.scene.name
            for complaint in killer.complaints:
                print(f"{name} in {folder}: {complaint}")
            print(f"{name} in {folder}: {killer.kills} kills, {killer.new} times the change was in "
                  f"the file, {killer.left} files swept", flush=True)
            kills += killer.kills
            bad += len(killer.complaints) + (killer.kills == 0)
    print(f"{kills} kills, {bad} wrong states")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
