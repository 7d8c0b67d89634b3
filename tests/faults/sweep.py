#!/usr/bin/env python3
"""Makes each call of each class fail in each verb, one at a time, and looks at what is left.

After each failure: no signal and no hang; the exit status agrees with the files; an independent
reader opens the vault, and finds the old content or the new one; a message was given, its status
is not one that means something else, and no message and no other file holds a value.

usage: sweep.py --program vault --library inject.so [--quick] [--verb NAME]... [--class NAME]...
"""

import argparse
import collections
import concurrent.futures
import errno
import hashlib
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/independent"))

import vaultfmt  # noqa: E402

MARKER = "zwiebel-4711-marker"  # in each value
MEMORY = ("malloc", "mmap", "mprotect")
SHORT, AT_END = -1, -2
HANG = 30  # seconds: far from what a run takes
A_DAY = 86400

# The error kinds of each class. The first one is tried in the quick slice.
KINDS = {
    "malloc": [errno.ENOMEM],
    "mmap": [errno.ENOMEM],
    "mprotect": [errno.ENOMEM],
    "mlock": [errno.ENOMEM, errno.EPERM],
    "open": [errno.EACCES, errno.EMFILE, errno.ENOENT, errno.EIO],
    "read": [errno.EIO, errno.EINTR, SHORT, AT_END],
    "write": [errno.ENOSPC, errno.EIO, errno.EINTR, SHORT],
    "fsync": [errno.EIO, errno.EINTR],
    "close": [errno.EIO],
    "stat": [errno.EACCES, errno.EIO, errno.ENOENT],
    "rename": [errno.EIO, errno.ENOSPC, errno.EACCES],
    "link": [errno.EPERM, errno.ENOSPC],
    "unlink": [errno.EIO, errno.EACCES],
    "flock": [errno.ENOLCK, errno.EINTR, errno.EIO],
    "fork": [errno.EAGAIN],
    "exec": [errno.EACCES, errno.ENOENT],
    "pipe": [errno.EMFILE],
    "dup": [errno.EMFILE],
    "mkdir": [errno.EACCES, errno.ENOSPC],
    # The first kind also goes on for ever, and nobody returns from a call that is always interrupted.
    "waitpid": [errno.ECHILD, errno.EINTR],
    "poll": [errno.ENOMEM, errno.EINTR],
    "getrandom": [errno.ENOSYS, errno.EINTR],
    "opendir": [errno.EMFILE, errno.ENOMEM],
    "keyctl": [errno.ENOSYS, errno.EACCES],
    "fcntl": [errno.EMFILE, errno.EINTR],
    "sigprocmask": [errno.EINVAL],
    "sigaction": [errno.EINVAL],
    "chmod": [errno.EPERM],
    "realpath": [errno.ENOENT, errno.ENOMEM, errno.EACCES],
    "getcwd": [errno.ENOENT],
    "access": [errno.EACCES, errno.ENOENT],
    "terminal": [errno.ENOTTY],
    "rlimit": [errno.EPERM],
    "clock": [errno.EINVAL],
}
QUICK = ("malloc", "mmap", "write", "fsync", "rename", "unlink")

# What a status of a failed run may be: with no memory, never one that has a meaning of its own.
MEANINGFUL = {3, 4, 5, 6, 7}


class Scene:
    """A home, a folder with a vault, and one command.

    writes: it changes the vault. files: other files that it makes or replaces. ours: exit statuses
    that mean success. git: the folder is a repository."""

    def __init__(self, name, command, **options):
        self.name = name
        self.command = command
        self.stdin = options.get("stdin", "")
        self.writes = options.get("writes", False)
        self.files = options.get("files", ())
        self.setup = options.get("setup", ())
        self.good = options.get("good", (0,))
        self.environment = options.get("environment", {})
        self.git = options.get("git", False)
        self.new = options.get("new", False)  # there is no vault before
        self.redacted = options.get("redacted", False)
        # It reads a file of the person's, of which nobody can know that it was not empty.
        self.takes_any_file = options.get("takes_any_file", False)


def writer(name, command, **options):
    return Scene(name, command, writes=True, **options)


V = MARKER
SCRIPT = ("sh", "-c", "printf '%s' \"$USER\" >/dev/null")
SCENES = [
    writer("init", ["init"], new=True, files=["home/.config/vault/identity"]),
    Scene("keygen", ["keygen", "-o", "new.key"], files=["work/new.key"]),
    writer("set", ["set", f"db/USER=new-{V}"]),
    writer("set-stdin", ["set", "db/USER"], stdin=f"new-{V}"),
    writer("create", ["create", "web", "--from-dotenv", "web.env"], takes_any_file=True),
    writer("update", ["update", "db", f"PASSWORD=new-{V}"]),
    writer("restore", ["restore", "db/USER"], git=True, setup=["set", f"db/USER=new-{V}"]),
    writer("undo", ["undo"], setup=["set", f"db/USER=new-{V}"]),
    writer("edit-stdin", ["edit", "-"], stdin=f'[db]\nUSER = "new-{V}"\n'),
    writer("edit", ["edit"], environment={"EDITOR": f"sed -i s/one-{V}/two-{V}/"}),
    writer("import-json", ["create", "web", "--from-json", "web.json"], takes_any_file=True),
    writer("import-toml", ["create", "web", "--from-toml", "web.toml"], takes_any_file=True),
    writer("import-env", ["create", "web", "--from-env", "PORT"],
           environment={"PORT": f"80-{V}"}),
    writer("set-file", ["set", "db/USER", "--from-file", "value"], takes_any_file=True),
    writer("delete", ["delete", "-y", "db/USER"]),
    writer("rename", ["rename", "db", "base"]),
    writer("copy", ["copy", "-y", "db", "web", "--to", "prod"]),
    writer("env-create", ["env", "create", "stage"]),
    writer("env-create-like", ["env", "create", "stage", "--like", "dev"]),
    writer("env-rename", ["env", "rename", "prod", "live"]),
    writer("env-copy", ["env", "copy", "dev", "stage"]),
    writer("env-delete", ["env", "delete", "-y", "prod"]),
    writer("grant", ["grant", "eve", "eve.pub", "-e", "dev,prod"]),
    writer("grant-replace", ["grant", "bob", "eve.pub", "-e", "dev", "--replace"]),
    writer("revoke", ["revoke", "bob"]),
    writer("rotate", ["rotate", "-e", "dev,prod"]),
    writer("merge", ["merge", "base.toml", "ours.toml", "theirs.toml"], files=["work/ours.toml"]),
    writer("merge-conflict", ["merge", "base.toml", "ours.toml", "theirs.toml"],
           files=["work/ours.toml"], good=(6,)),
    writer("finish-merge", ["merge"], git=True),
    Scene("trust", ["trust", "dev", "-y", "-f", "copy.toml"]),
    Scene("unlock", ["unlock"], good=(0, 1)),
    Scene("lock", ["lock"]),
    Scene("get", ["get", "db/PASSWORD"]),
    Scene("list", ["list", "--all"]),
    Scene("inbox", ["inbox"]),
    Scene("whoami", ["whoami"]),
    Scene("export", ["export", "--format=json"]),
    Scene("export-o", ["export", "-o", "out.env", "--force"], files=["work/out.env"]),
    Scene("export-o-git", ["export", "-o", ".env"], files=["work/.env"], git=True),
    Scene("export-github", ["export", "--format=github"], files=["work/github"],
          environment={"GITHUB_ENV": "github"}),
    Scene("render", ["render", "template"], takes_any_file=True),
    Scene("render-o", ["render", "template", "-o", "out.env", "--force"], files=["work/out.env"],
          takes_any_file=True),
    Scene("exec", ["exec", "--", *SCRIPT]),
    Scene("exec-files", ["exec", "db", "--files", "--", "sh", "-c", 'test -s "$PASSWORD_FILE"']),
    Scene("exec-redact", ["exec", "db", "--redact", "--", "sh", "-c", 'echo "<$PASSWORD>"'],
          redacted=True),
    Scene("exec-files-redact", ["exec", "db", "--files", "--redact", "--", "sh", "-c",
                                'cat "$PASSWORD_FILE"'], redacted=True),
    Scene("verify", ["verify"]),
    Scene("verify-damaged", ["verify", "-f", "damaged.toml"], good=(5,)),
    Scene("completion", ["completion", "bash"]),
    Scene("readers", ["readers"]),
    Scene("check", ["check", "--require", "USER"]),
    Scene("doctor", ["doctor"], good=(0, 5)),
    Scene("redact", ["redact"], stdin=f"a\none-{V}\n", redacted=True),
    Scene("scan", ["scan", "-"], stdin=f"a\none-{V}\n", good=(7,)),
    Scene("scan-tree", ["scan"], good=(0, 7), git=True),
    Scene("diff", ["diff"], git=True),
    Scene("log", ["log"], git=True),
    Scene("verify-history", ["verify", "--history"], git=True, good=(0, 7)),
    Scene("exposed", ["exposed"], git=True, good=(0, 7)),
    Scene("git-setup", ["git-setup"], git=True, files=["work/.gitattributes"]),
    Scene("git-uninstall", ["git-setup", "--uninstall"], git=True, files=["work/.gitattributes"],
          setup=["git-setup"]),
]

OF_THE_KEYRING = ("unlock", "lock")  # never of the person's own

Outcome = collections.namedtuple("Outcome", "status stdout stderr")
Point = collections.namedtuple("Point", "scene fault kind at onward")


class Sweep:
    def __init__(self, options, folder):
        self.program = pathlib.Path(folder, "bin/vault")
        self.program.parent.mkdir()
        shutil.copy(options.program, self.program)
        self.folder = pathlib.Path(folder)
        self.library = self.folder / "inject.so"  # LD_PRELOAD takes no path with a space
        if pathlib.Path(options.library).exists():
            shutil.copy(options.library, self.library)
        self.identity = ""
        self.templates, self.before, self.after, self.shown = {}, {}, {}, {}

    # ---- running

    def environment(self, root, scene, extra):
        result = {
            "PATH": os.environ["PATH"],
            "HOME": str(root / "home"),
            "TMPDIR": str(root / "tmp"),
            "XDG_RUNTIME_DIR": str(root / "run"),
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CEILING_DIRECTORIES": str(self.folder),
        }
        return {**result, **scene.environment, **extra}

    def run(self, root, scene, extra=None):
        command = [str(self.program), *scene.command]
        try:
            done = subprocess.run(
                command,
                cwd=root / "work",
                env=self.environment(root, scene, extra or {}),
                input=scene.stdin.encode(),
                capture_output=True,
                timeout=HANG,
                start_new_session=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Outcome("hang", b"", b"")
        return Outcome(done.returncode, done.stdout, done.stderr)

    def given(self, root, *command, stdin=""):
        done = self.run(root, Scene("given", list(command), stdin=stdin))
        if done.status != 0:
            sys.exit(f"sweep: {command}: {done.status}: {done.stderr.decode()}")
        return done.stdout

    # ---- scenes

    def make(self, scene):
        root = self.folder / "template" / scene.name
        for name in ("home/.config/vault", "work", "tmp", "run"):
            (root / name).mkdir(parents=True)
        (root / "run").chmod(0o700)
        if not scene.new:
            self.make_vault(root)
            self.make_others(root)
        if scene.name.startswith("merge"):
            self.make_versions(root, "USER" if scene.name == "merge-conflict" else "B")
        (root / "work/web.env").write_text(f"PORT=80-{V}\n")
        (root / "work/web.json").write_text(f'{{"PORT": "80-{V}"}}\n')
        (root / "work/web.toml").write_text(f'PORT = "80-{V}"\n')
        (root / "work/value").write_text(f"new-{V}\n")
        (root / "work/template").write_text("user {{ USER }}\n")
        for name in scene.files:
            path = root / name
            if path.name in ("out.env", "github", ".env"):
                path.write_text("OLD=1\n")
        if scene.git:
            self.make_repository(root)
        if scene.name == "finish-merge":
            self.make_conflict(root)
        if scene.setup:
            self.given(root, *scene.setup)
        self.templates[scene.name] = root
        self.before[scene.name] = self.view(root)

    def make_vault(self, root):
        self.given(root, "init", "-e", "dev,prod")
        self.given(root, "set", f"db/USER=one-{V}", f"db/PASSWORD=pass-{V}")
        self.given(root, "set", f"db/USER=prod-{V}", "-e", "prod")
        self.given(root, "grant", "bob", self.key(root, "bob"), "-e", "dev,prod")
        (root / "work/eve.pub").write_text(self.key(root, "eve"))

    def make_others(self, root):
        """A vault with a value in which a character is another, and one that no pin knows."""
        text = (root / "work/vault.toml").read_text()
        (root / "work/copy.toml").write_text(text)
        start = text.index('USER = ["') + len('USER = ["')
        changed = "A" if text[start] != "A" else "B"
        (root / "work/damaged.toml").write_text(text[:start] + changed + text[start + 1:])

    def key(self, root, name):
        return self.given(root, "keygen", "-o", str(root / "tmp" / name)).decode().strip()

    def make_versions(self, root, other):
        work = root / "work"
        for version in ("base", "ours", "theirs"):
            shutil.copy(work / "vault.toml", work / f"{version}.toml")
        ours = "A" if other == "B" else other
        self.given(root, "-f", "ours.toml", "set", f"db/{ours}=ours-{V}")
        self.given(root, "-f", "theirs.toml", "set", f"db/{other}=theirs-{V}")

    def make_repository(self, root):
        (root / "work/.gitignore").write_text(".env\nout.env\n")
        for command in ["init -q", "add vault.toml .gitignore", "commit -qm one"]:
            self.git(root, command)

    def git(self, root, command, good=0):
        done = subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *command.split()],
            cwd=root / "work", check=False, capture_output=True,
            env={**os.environ, "HOME": str(root / "home")})
        if done.returncode != good:
            sys.exit(f"sweep: git {command}: {done.returncode}: {done.stderr.decode()}")

    def make_conflict(self, root):
        """A merge that git leaves to a person, with our side in the file."""
        (root / "work/.git/info/attributes").write_text("vault.toml -merge\n")
        self.git(root, "checkout -qb theirs")
        self.given(root, "set", f"db/B=theirs-{V}")
        self.git(root, "commit -qam theirs")
        self.git(root, "checkout -q -")
        self.given(root, "set", f"db/A=ours-{V}")
        self.git(root, "commit -qam ours")
        self.git(root, "merge -q theirs", good=1)

    # ---- what is there

    def vault_file(self, root):
        ours = root / "work/ours.toml"
        return ours if ours.exists() else root / "work/vault.toml"

    def view(self, root):
        """The bytes of the vault, and what the independent reader finds in it."""
        try:
            data = self.vault_file(root).read_bytes()
        except FileNotFoundError:
            return None, None
        identity = (root / "home/.config/vault/identity").read_text()
        # A conflict stays as ours has it, behind comments between markers.
        plain = re.sub(rb"(?m)^(<<<<<<<|=======|>>>>>>>).*\n", b"", data)
        vault = vaultfmt.parse(plain)
        found = {}
        for name in vault.environments:
            env = vaultfmt.unlock(vault, name, [identity])
            env.verify()
            dates = [v.updated_at for keys in env.values().values() for v in keys.values()]
            if any(abs(date - time.time()) > A_DAY for date in dates):
                raise vaultfmt.VaultError("a date that is not of today")
            values = {s: {k: v.data for k, v in keys.items()} for s, keys in env.values().items()}
            found[name] = values, sorted(env.env.readers), len(env.past)
        return data, found

    def files(self, root):
        """All files but those of git and the pins: {name: bytes}. GitHub's random delimiters are
        made equal."""
        found = {}
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(root))
            if path.is_file() and "/.git/" not in f"/{name}" and not name.endswith("vault/pins"):
                found[name] = re.sub(rb"<<(\S+)((?s:.*?))\1", rb"<<END\2END", path.read_bytes())
        return found

    # ---- one point

    def copy(self, scene, name):
        root = self.folder / name
        shutil.copytree(self.templates[scene.name], root, symlinks=True)
        if scene.name == "undo":  # what it puts back is kept for a path
            hashed = hashlib.blake2b(bytes((root / "work/vault.toml").resolve()), digest_size=32)
            for record in (root / "home/.local/state/vault").glob("undo-*"):
                record.rename(record.with_name(f"undo-{hashed.hexdigest()[:16]}"))
        return root

    def count(self, scene):
        """The calls of each class: KINDS has the order of the library's classes."""
        root = self.copy(scene, f"count-{scene.name}")
        counts = self.inject(root, scene, Point(scene, "malloc", 0, 0, False))[1]
        shutil.rmtree(root)
        return dict(zip(KINDS, counts[2:]))

    def inject(self, root, scene, point):
        counter = root / "counts"
        counter.write_bytes(bytes(4096))
        extra = {
            "LD_PRELOAD": str(self.library),
            "FAULT_PROGRAM": "vault",
            "FAULT_COUNT": str(counter),
            "FAULT_CLASS": point.fault,
            "FAULT_AT": str(point.at),
            "FAULT_KIND": str(point.kind),
        }
        if point.onward:
            extra["FAULT_ON"] = "1"
        outcome = self.run(root, scene, extra)
        counts = struct.unpack(f"{2 + len(KINDS)}I", counter.read_bytes()[:8 + 4 * len(KINDS)])
        counter.unlink()
        return outcome, counts

    def learn(self, scene):
        """What the scene does when nothing fails."""
        root = self.copy(scene, f"learn-{scene.name}")
        outcome = self.run(root, scene)
        if outcome.status not in scene.good:
            sys.exit(f"sweep: {scene.name}: {outcome.status}: {outcome.stderr.decode()}")
        self.shown[scene.name] = outcome
        self.after[scene.name] = self.view(root)[1], self.files(root)
        shutil.rmtree(root)

    def point(self, point):
        scene = point.scene
        root = self.copy(scene, f"{scene.name}-{point.fault}-{point.kind}-{point.at}-{point.onward}")
        outcome, counts = self.inject(root, scene, point)
        complaints = []
        if counts[1]:
            complaints = list(self.complain(root, point, outcome))
        for path in root.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)
        shutil.rmtree(root)
        return counts[1] > 0, outcome, complaints

    def complain(self, root, point, outcome):
        scene = point.scene
        if outcome.status == "hang":
            yield "hangs"
            return
        if outcome.status < 0:
            if point.fault != "getrandom" or outcome.status != -signal.SIGABRT:
                yield f"ends by signal {-outcome.status}"
        succeeded = outcome.status in scene.good
        if succeeded and point.kind == AT_END and scene.takes_any_file:
            return
        # Of a file that is not there, or is empty, nothing is to be taken away.
        if succeeded and point.kind in (AT_END, errno.ENOENT) and scene.name == "git-uninstall":
            return
        # No identity is there, or (and that is said) none can be looked for: then nothing is open.
        if point.fault == "access" and scene.name in ("merge", "merge-conflict", "readers", "log"):
            return
        yield from self.complain_of_words(point, outcome, succeeded)
        try:
            data, found = self.view(root)
        except (vaultfmt.VaultError, OSError) as error:
            yield f"status {outcome.status}, and the vault is lost: {error}"
            return
        yield from self.complain_of_state(root, point, outcome, succeeded, data, found)
        yield from self.complain_of_files(root, scene, outcome, succeeded)

    def complain_of_words(self, point, outcome, succeeded):
        scene, status = point.scene, outcome.status
        text = outcome.stderr.decode(errors="replace")
        if scene.name == "doctor":  # what is wrong is its report
            text += outcome.stdout.decode(errors="replace")
        if MARKER in text:
            yield "a message holds a value"
        cannot_write = point.fault == "write" and point.onward
        if not succeeded and status >= 0 and not text and not cannot_write:
            yield f"status {status} without a message"
        if point.fault in MEMORY and not succeeded:
            if status in MEANINGFUL:
                yield f"no memory, and status {status}: {text.strip()}"
            if not re.search("memory|cannot start", text):
                yield f"no memory, and that is not said: {text.strip()}"
        if succeeded and not scene.writes and outcome.stdout != self.shown[scene.name].stdout:
            # The end of what a command writes cannot be told from another one.
            ends = scene.redacted and point.kind == AT_END
            if scene.name not in ("doctor", "keygen", "git-setup") and not ends:
                yield f"status {status} with another output"
        if scene.redacted and MARKER.encode() in outcome.stdout:
            yield "an unmasked value is let out"

    def complain_of_state(self, root, point, outcome, succeeded, data, found):
        scene = point.scene
        old_data = self.before[scene.name][0]
        new = self.after[scene.name][0]
        if data == old_data and not (scene.writes and succeeded):
            return
        if scene.writes and data != old_data and found == new:
            if succeeded or re.search(b"written|saved|made|is merged", outcome.stderr):
                return
            if point.fault == "write" and point.onward:  # it cannot be said
                return
            if outcome.status == -signal.SIGABRT:  # libsodium's, without randomness
                return
            yield f"status {outcome.status}, and the change is in the file"
        elif data == old_data:
            yield f"status {outcome.status}, and nothing was changed: {outcome.stderr.decode()}"
        else:
            yield f"status {outcome.status}, and the vault is neither the old one nor the new one"

    def complain_of_files(self, root, scene, outcome, succeeded):
        before, after = self.files(self.templates[scene.name]), self.after[scene.name][1]
        now = self.files(root)
        for name, content in now.items():
            if name in ("work/vault.toml", "work/ours.toml") or content == before.get(name):
                continue
            # What undo puts back: its name depends on the folder, and so on the run.
            if re.search(r"/vault/undo-[0-9a-f]{16}$", name) and MARKER.encode() not in content:
                continue
            if name not in after and name not in before:
                # What cannot be removed is said, and git ignores it: the folder's .gitignore.
                said = not succeeded and str((root / name).parent).encode() in outcome.stderr
                if not said or MARKER.encode() in content:
                    yield f"a new file is left: {name}"
            elif name in scene.files and name not in ("home/.config/vault/identity", "work/new.key"):
                if content != after[name]:
                    yield f"{name} is neither the old one nor the new one"
        for name in before:
            if name not in now and name in after:
                yield f"{name} is gone"
        for name in scene.files:
            if succeeded and now.get(name) != after.get(name) and "key" not in name:
                if not name.endswith(("identity", ".toml")):
                    yield f"success, and {name} was not written"


def points(sweep, scenes, faults, quick):
    for scene in scenes:
        counts = sweep.count(scene)
        for fault in faults:
            calls = counts[fault]
            kinds = KINDS[fault][:1] if quick else KINDS[fault]
            stride = max(1, calls // 2) if quick else 1
            for kind in kinds:
                for at in range(1, calls + 1, stride):
                    yield Point(scene, fault, kind, at, False)
            if not quick and kinds[0] > 0:
                for at in range(1, calls + 1, 3):
                    yield Point(scene, fault, kinds[0], at, True)


def name_of(kind):
    return {SHORT: "short", AT_END: "end"}.get(kind) or errno.errorcode[kind]


def own_keyring():
    """In a user namespace the keyring is another one than the person's. False: there is none."""
    if "KEYRING_OF_ITS_OWN" in os.environ:
        return True
    space = ["unshare", "--user", "--map-root-user"]
    if not shutil.which("unshare") or subprocess.run([*space, "true"], check=False,
                                                     capture_output=True).returncode:
        return False
    os.environ["KEYRING_OF_ITS_OWN"] = "1"
    os.execvp("unshare", [*space, sys.executable, *sys.argv])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program")
    parser.add_argument("--library")
    parser.add_argument("--list", action="store_true", help="the verbs that have a scene")
    parser.add_argument("--quick", action="store_true", help="some points of the main classes")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--verb", action="append", help="only these scenes")
    parser.add_argument("--class", dest="fault", action="append", help="only these classes")
    options = parser.parse_args()
    if options.list:
        print(*sorted({scene.command[0] for scene in SCENES}), sep="\n")
        return 0
    if not options.program or not options.library:
        parser.error("--program and --library are needed")
    scenes = [s for s in SCENES if not options.verb or s.name in options.verb]
    if not own_keyring():
        scenes = [s for s in scenes if s.name not in OF_THE_KEYRING]
    faults = options.fault or (QUICK if options.quick else list(KINDS))
    fired, bad = collections.Counter(), 0
    with tempfile.TemporaryDirectory(prefix="sweep-") as folder:
        sweep = Sweep(options, folder)
        for scene in scenes:
            sweep.make(scene)
            sweep.learn(scene)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            tried = list(points(sweep, scenes, faults, options.quick))
            for point, (hit, _, complaints) in zip(tried, pool.map(sweep.point, tried)):
                fired[point.scene.name] += hit
                for complaint in complaints:
                    bad += 1
                    onward = " and on" if point.onward else ""
                    print(f"{point.scene.name}: {point.fault} {point.at}{onward} "
                          f"{name_of(point.kind)}: {complaint}", flush=True)
    for scene in scenes:
        print(f"{scene.name}: {fired[scene.name]} points")
        if not fired[scene.name]:
            print(f"{scene.name}: nothing was tried")
            bad += 1
    print(f"{sum(fired.values())} points, {bad} wrong states")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
