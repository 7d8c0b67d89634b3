"""A person with a vault, made by the program. BIN is the program; HOME is one of the test's own."""

import os
import shutil
import subprocess

import pytest

PROGRAM = os.environ.get("BIN") or shutil.which("vault")
KEPT = {"PATH", "BIN", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH"}


class World:
    def __init__(self, folder):
        self.folder = folder
        self.identity = folder / "home/.config/vault/identity"

    def vault(self, *arguments, text=None, check=True):
        done = subprocess.run(
            [PROGRAM, *arguments], input=text, capture_output=True, text=True, check=False
        )
        if check:
            assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A home with an identity and a vault with dev and prod, made once."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "home").mkdir()
    (folder / "work").mkdir()
    variables = {name: os.environ[name] for name in KEPT if name in os.environ}
    variables.update(HOME=str(folder / "home"), VAULT_AUTHOR="me@example.org")

    def vault(*arguments):
        done = subprocess.run(
            [PROGRAM, *arguments],
            cwd=folder / "work",
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    vault("init", "-e", "dev,prod")
    vault("create", "db", "PGHOST=localhost", "PGPASSWORD=hunter22-secret")
    vault("create", "log", "LEVEL=debug", "PGHOST=elsewhere")
    vault("create", "-e", "prod", "live", "TOKEN=prod-token-1234")
    shutil.rmtree(folder / "home/.local", ignore_errors=True)
    return folder


@pytest.fixture
def world(template, tmp_path, monkeypatch):
    for name in set(os.environ) - KEPT:
        monkeypatch.delenv(name)
    shutil.copytree(template / "home", tmp_path / "home")
    shutil.copytree(template / "work", tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VAULT_AUTHOR", "me@example.org")
    monkeypatch.chdir(tmp_path / "work")
    (tmp_path / "home/.local").mkdir()
    world = World(tmp_path)
    world.vault("get", "db/PGHOST")  # the vault is no longer new to this machine
    world.vault("get", "-e", "prod", "live/TOKEN")
    return world
