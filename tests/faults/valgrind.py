#!/usr/bin/env python3
"""A case of each verb under valgrind: no error, and no leak.

usage: valgrind.py --program vault [--all] [--verb NAME]...
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

import sweep

MORE = [
    sweep.Scene("help", ["help", "set"]),
    sweep.Scene("version", ["version"]),
    sweep.Scene("usage", ["set", "--nothing"], good=(2,)),
    sweep.Scene("absent", ["get", "nothing/NONE"], good=(4,)),
]
QUICK = ("set", "edit-stdin", "merge", "exec-redact", "scan-tree", "absent")
VALGRIND = ["valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=definite,indirect",
            "--errors-for-leak-kinds=definite,indirect"]


def try_scene(stage, scene):
    root = stage.copy(scene, scene.name)
    logs = root / "tmp/log"
    logs.mkdir()
    command = [*VALGRIND, f"--log-file={logs}/%p", str(stage.program), *scene.command]
    done = subprocess.run(command, cwd=root / "work", env=stage.environment(root, scene, {}),
                          input=scene.stdin.encode(), capture_output=True, check=False)
    lines = [line for log in sorted(logs.iterdir()) for line in log.read_text().splitlines(True)]
    said = "".join(line for line in lines if line.startswith("=="))  # others: it knows no Landlock
    if not list(logs.iterdir()):
        said = "valgrind did not run\n"
    if done.returncode not in scene.good:
        said += f"status {done.returncode}: {done.stderr.decode()}"
    return said


OF_A_TERMINAL = {"ui"}  # unit/ui and the fuzz target drive it, under the sanitizers


def missing_verbs(stage, scenes):
    """Verbs in the help that no scene has."""
    text = subprocess.run([stage.program, "help"], capture_output=True, check=True).stdout.decode()
    verbs = set(re.findall(r"^  ([a-z][a-z-]*)  ", text, re.MULTILINE))
    if len(verbs) < 30:
        sys.exit(f"valgrind: the help names only {verbs}")
    return sorted(verbs - OF_A_TERMINAL - {scene.command[0] for scene in scenes})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--library", default="/none", help=argparse.SUPPRESS)
    parser.add_argument("--all", action="store_true", help="not only some")
    parser.add_argument("--verb", action="append", help="only these scenes")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    bad = 0
    own_keyring = sweep.own_keyring()
    with tempfile.TemporaryDirectory(prefix="valgrind-") as folder:
        stage = sweep.Sweep(options, folder)
        scenes = sweep.SCENES + MORE
        for verb in missing_verbs(stage, scenes):
            print(f"{verb}: no scene has it")
            bad += 1
        wanted = options.verb or (() if options.all else QUICK)
        scenes = [scene for scene in scenes if not wanted or scene.name in wanted]
        if not own_keyring:
            scenes = [scene for scene in scenes if scene.name not in sweep.OF_THE_KEYRING]
        for scene in scenes:
            stage.make(scene)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for scene, said in zip(scenes, pool.map(lambda s: try_scene(stage, s), scenes)):
                if said:
                    print(f"{scene.name}: {said}", end="", flush=True)
                    bad += 1
    print(f"{len(scenes)} cases under valgrind, {bad} with an error or a leak")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
