"""Runs the steps that it is given as JSON lines, as a runner does: each in a shell of its own, with
its env, in which ${{ … }} stands for the variable SECRET_… or VAR_…, and with what former steps have
put into $GITHUB_ENV and $GITHUB_PATH. It stops at the first that fails, with its exit status."""
import json
import os
import re
import subprocess
import sys

environment = {k: v for k, v in os.environ.items() if not k.startswith(("SECRET_", "VAR_"))}
exported = os.environ.get("GITHUB_ENV")


def fill(match):
    where, name = match.groups()
    return os.environ[{"secrets": "SECRET_", "vars": "VAR_"}[where] + name]


for line in sys.stdin:
    step = json.loads(line)
    env = {k: re.sub(r"\$\{\{ (\w+)\.(\w+) \}\}", fill, v) for k, v in step["env"].items()}
    if exported and os.path.exists(exported):
        with open(exported, encoding="utf-8") as file:
            found = re.findall(r"^(\w+)<<(\w+)\n(.*?)\n\2$", file.read(), re.M | re.S)
        environment.update((name, value) for name, _, value in found)
    path = os.environ.get("GITHUB_PATH")
    if path and os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            environment["PATH"] = ":".join([*file.read().split("\n")[:-1], os.environ["PATH"]])
    done = subprocess.run(["sh", "-e", "-c", step["run"]], env={**environment, **env}, check=False)
    if done.returncode:
        sys.exit(done.returncode)
