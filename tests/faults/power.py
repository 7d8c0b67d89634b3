#!/usr/bin/env python3
"""Power cuts, modelled by the order of a verb's system calls.

strace records them. After each call the file may be any of those that its folder has named since the
folder was last synced; each of these must be whole, which is to say synced since it was written. At
the end only the new one is left, and nothing was said before. The same calls without their fsyncs
must be found wrong.

usage: power.py --program vault [--verb NAME]...
"""

import argparse
import itertools
import os
import re
import subprocess
import sys
import tempfile

import sweep

CALLS = ("open,openat,creat,write,writev,pwrite64,pwritev,pwritev2,truncate,ftruncate,fallocate,"
         "copy_file_range,sendfile,fsync,fdatasync,rename,renameat,renameat2,link,linkat,symlink,"
         "symlinkat,unlink,unlinkat")
WRITES = ("write", "writev", "pwrite64", "pwritev", "pwritev2", "ftruncate", "fallocate", "sendfile")
MADE = ("init", "keygen")  # they make the file, and replace none: a cut may leave a part of it

LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+)(?:<([^>]*)>)?")
PLACE = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"([^"]*)"')
DESCRIPTOR = re.compile(r"^(\d+)<([^>]*)>")


class Disk:
    """What is in the files and folders now, and what a power cut could leave of one file."""

    def __init__(self, path, there):
        self.path = str(path)
        self.folder = os.path.dirname(self.path)
        self.numbers = itertools.count(1)
        self.files = {}  # path: number
        self.unsynced = set()
        self.old = self.number_of(self.path) if there else None
        self.possible = [self.old]

    def place(self, match):
        """Without a descriptor the name is of the folder of the file: there the verbs are run."""
        return os.path.normpath(os.path.join(match[0] or self.folder, match[1]))

    def number_of(self, path):
        if path not in self.files:
            self.files[path] = next(self.numbers)
        return self.files[path]

    def name(self, path, number):
        if number is None:
            self.files.pop(path, None)
        else:
            self.files[path] = number
        if path == self.path:
            self.possible.append(number)

    def sync(self, path):
        if path == self.folder:
            self.possible = self.possible[-1:]
        elif path in self.files:
            self.unsynced.discard(self.files[path])

    def is_settled(self):
        return len(self.possible) == 1 and self.possible[0] not in self.unsynced

    def complain(self):
        for number in self.possible:
            if number in self.unsynced:
                yield "a power cut leaves a file that is not whole"
            if number is None and self.old is not None:
                yield "a power cut leaves no file"


def apply(disk, call, arguments, result):
    """One call that succeeded."""
    places = [disk.place(m) for m in PLACE.findall(arguments)] if call not in WRITES else []
    descriptor = DESCRIPTOR.match(arguments)
    path = descriptor.group(2) if descriptor else None
    if call in ("openat", "open", "creat"):
        made = "O_CREAT" in arguments and result not in disk.files
        if made:
            disk.name(result, next(disk.numbers))
        if (made or "O_TRUNC" in arguments) and "O_TMPFILE" not in arguments:
            disk.unsynced.add(disk.number_of(result))
    elif call in WRITES and path:
        disk.unsynced.add(disk.number_of(path))
    elif call in ("fsync", "fdatasync"):
        disk.sync(path)
    elif call in ("rename", "renameat", "renameat2"):
        number = disk.number_of(places[0])
        disk.name(places[1], number)
        disk.name(places[0], None)
    elif call in ("link", "linkat"):
        disk.name(places[1], disk.number_of(places[0]))
    elif call in ("unlink", "unlinkat"):
        disk.name(places[0], None)
    elif call in ("truncate", "copy_file_range", "symlink", "symlinkat"):
        raise ValueError(f"{call} is not modelled")


def whole_calls(lines):
    """Calls that another process interrupted, put together."""
    begun = {}
    for line in lines:
        number = line.split(" ", 1)[0]
        if line.endswith("<unfinished ...>"):
            begun[number] = line.removesuffix("<unfinished ...>").rstrip()
        elif " resumed>" in line and number in begun:
            yield begun.pop(number) + line.split(" resumed>", 1)[1]
        else:
            yield line


def check(lines, path, there, makes):
    """What is wrong after any of these calls."""
    disk = Disk(path, there)
    wrong = []
    for line in whole_calls(lines):
        match = LINE.match(line)
        if not match or int(match.group(4)) < 0:
            continue
        _, call, arguments, _, result = match.groups()
        apply(disk, call, arguments, result)
        if not makes:
            wrong += [f"{complaint}: {line}" for complaint in disk.complain()]
        said = call == "write" and arguments.startswith(("1<", "2<"))
        if said and disk.possible[-1] != disk.old and not disk.is_settled():
            wrong.append(f"said before it was safe: {line}")
    if disk.possible[-1] == disk.old:
        wrong.append("the file was not replaced")
    elif not disk.is_settled():
        wrong.append("at the end the file is not safe")
    return wrong


def files_of(stage, root, scene):
    if scene.writes:
        yield stage.vault_file(root)
    for name in scene.files:
        if not name.endswith(("ours.toml", "github")):
            yield root / name


def trace(stage, root, scene):
    out = root / "tmp/trace"
    command = ["strace", "-f", "-y", "-s", "80", "-o", str(out), "-e", f"trace={CALLS},prctl",
               # The first one shuts memory away, and strace reads paths there.
               "-e", "inject=prctl:retval=0:when=1",
               str(stage.program), *scene.command]
    done = subprocess.run(command, cwd=root / "work", env=stage.environment(root, scene, {}),
                          input=scene.stdin.encode(), capture_output=True, check=False)
    if done.returncode not in scene.good:
        sys.exit(f"power: {scene.name}: {done.returncode}: {done.stderr.decode()}")
    return out.read_text(errors="replace").splitlines()


def without(lines, folder, of_folder):
    """The same calls, where the folder or all others were not synced."""
    return [line for line in lines
            if not (" fsync(" in line and (f"<{folder}>" in line) == of_folder)]


def try_scene(stage, scene):
    root = stage.copy(scene, scene.name).resolve()
    existed = {path: path.exists() for path in files_of(stage, root, scene)}
    if scene.new:
        existed[root / "work/vault.toml"] = False
    lines = trace(stage, root, scene)
    prefixes = len(list(whole_calls(lines)))
    for path, there in existed.items():
        makes = scene.name in MADE and not there
        for complaint in check(lines, path, there, makes):
            yield f"{path.name}: {complaint}", 0
        for of_folder in (True, False):
            if not check(without(lines, str(path.parent), of_folder), path, there, makes):
                yield f"{path.name}: nothing is found wrong without the fsyncs", 0
        yield None, prefixes


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--library", default="/none", help=argparse.SUPPRESS)
    parser.add_argument("--verb", action="append", help="only these scenes")
    options = parser.parse_args()
    bad = tried = cuts = 0
    with tempfile.TemporaryDirectory(prefix="power-") as folder:
        stage = sweep.Sweep(options, folder)
        for scene in sweep.SCENES:
            if not list(files_of(stage, stage.folder, scene)):
                continue
            if options.verb and scene.name not in options.verb or scene.command[0] == "git-setup":
                continue
            stage.make(scene)
            for complaint, prefixes in try_scene(stage, scene):
                if complaint:
                    print(f"{scene.name}: {complaint}")
                    bad += 1
                tried += prefixes > 0
                cuts += prefixes
    print(f"{cuts} power cuts of {tried} files, {bad} wrong states")
    return bad > 0 or tried == 0


if __name__ == "__main__":
    sys.exit(main())
