"""Who reads each format: real programs, each given one file and asked for what it finds there."""
import ctypes
import glob
import json
import os
import shutil
import subprocess
import sys

TOP = os.environ["TOP"]
PEER = os.path.join(TOP, "tests/peers/peer.sh")


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def peer(name):
    def read(paths):
        done = run([PEER, name], input="".join(path + "\n" for path in paths).encode())
        return [json.loads(line) for line in done.stdout.splitlines()]

    return read if run([PEER, "--has", name]).returncode == 0 else None


def environment(output):
    pairs = (entry.partition(b"=") for entry in output.split(b"\0") if entry)
    return {name.decode(): value.decode("utf-8", "surrogateescape") for name, _, value in pairs}


def shell(command, script):
    """A shell that sets variables; what its children get."""
    if not shutil.which(command[0]):
        return None

    def read(paths):
        found = []
        for path in paths:
            done = run([*command, "-c", script, path], env={"PATH": os.environ["PATH"], "F": path,
                                                            "LC_ALL": "C.UTF-8", "HOME": "/"})
            values = environment(done.stdout)
            found.append(str(done.stderr[:200]) if done.returncode or done.stderr else values)
        return found

    return read


def sh(*command):
    return shell(command, '. "$F" && exec env -0')


def assignments(*command):
    return shell(command, 'set -a && . "$F" && exec env -0')


def evaluated(*command):
    return shell(command, 'eval "$(cat "$F")" && exec env -0')


def fish():
    return shell(["fish", "--no-config"], 'source $F; and exec env -0')


def systemd():
    """load_env_file of systemd's own library, and what it keeps of that for a service."""
    for path in glob.glob("/usr/lib/*/systemd/libsystemd-shared-*.so") + glob.glob(
            "/usr/lib/systemd/libsystemd-shared-*.so"):
        try:
            library = ctypes.CDLL(path)
            load, valid = library.load_env_file, library.env_assignment_is_valid
        except (OSError, AttributeError):
            continue
        load.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(
            ctypes.POINTER(ctypes.c_char_p))]
        valid.argtypes = [ctypes.c_char_p]
        valid.restype = ctypes.c_bool

        def one(path):
            found = ctypes.POINTER(ctypes.c_char_p)()
            error = load(None, path.encode(), ctypes.byref(found))
            if error < 0:
                return os.strerror(-error)
            values, i = {}, 0
            while found and found[i] is not None:
                if valid(found[i]):
                    values.update(environment(found[i]))
                i += 1
            return values

        return lambda paths: [one(path) for path in paths]
    return None


def github(paths):
    """The rule that GitHub documents for the file GITHUB_ENV."""
    found = []
    for path in paths:
        lines, values = open(path, encoding="utf-8", newline="").read().split("\n")[:-1], {}
        while lines:
            name, _, delimiter = lines.pop(0).partition("<<")
            end = lines.index(delimiter)
            values[name] = "\n".join(lines[:end])
            lines = lines[end + 1:]
        found.append(values)
    return found


def kubectl():
    if not shutil.which("kubectl"):
        return None

    def read(paths):
        import base64
        found = []
        for path in paths:
            done = run(["kubectl", "label", "--local", "-f", path, "a=b", "-o", "json"])
            data = json.loads(done.stdout)["data"] if done.returncode == 0 else done.stderr.decode()
            found.append({name: base64.b64decode(value, validate=True).decode()
                          for name, value in data.items()} if done.returncode == 0 else data)
        return found

    return read


def manifest(load):
    """A YAML parser, with the values of data decoded."""
    def read(paths):
        import base64
        return [{name: base64.b64decode(value, validate=True).decode()
                 for name, value in one["data"].items()} for one in load(paths)]

    return load and read


def python_json(paths):
    return [json.load(open(path, encoding="utf-8")) for path in paths]


def node_json():
    if not shutil.which("node"):
        return None
    script = ("for (const p of process.argv.slice(1)) console.log(JSON.stringify("
              "JSON.parse(require('fs').readFileSync(p, 'utf8'))))")
    return lambda paths: [json.loads(line) for line in
                          run(["node", "-e", script, *paths]).stdout.splitlines()]


def python_toml():
    if sys.version_info < (3, 11):
        return None
    import tomllib
    return lambda paths: [tomllib.load(open(path, "rb")) for path in paths]


DIALECTS = {name: peer(name) for name in ("dotenv", "env-file", "python", "ruby", "compose",
                                          "godotenv")}

READERS = {
    "dotenv": {**DIALECTS, "bash": assignments("bash"), "dash": assignments("dash")},
    "node": {name: DIALECTS[name] for name in ("dotenv", "env-file")},
    "python": {"python": DIALECTS["python"]},
    "ruby": {"ruby": DIALECTS["ruby"]},
    "compose": {"compose": DIALECTS["compose"]},
    "godotenv": {"godotenv": DIALECTS["godotenv"]},
    "sh": {"bash": sh("bash", "--norc"), "bash, eval": evaluated("bash", "--norc"),
           "dash": sh("dash"), "zsh": sh("zsh", "-f"), "zsh, eval": evaluated("zsh", "-f"),
           "busybox": sh("busybox", "sh"), "ksh": sh("ksh")},
    "fish": {"fish": fish()},
    "docker": {"docker": peer("docker")},
    "systemd": {"systemd": systemd()},
    "github": {"its rule": github},
    "k8s": {"kubectl": kubectl(), "yaml": manifest(peer("yaml"))},
    "json": {"python": python_json, "node": node_json()},
    "yaml": {"yaml": peer("yaml"), "go-yaml": peer("go-yaml")},
    "toml": {"toml": peer("toml"), "tomllib": python_toml()},
    "tfvars": {"go-hcl": peer("go-hcl")},
}
