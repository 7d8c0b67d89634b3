"""Finding and opening a vault, keeping it open, threads, fork, locks, and what is refused."""

import os
import signal
import subprocess
import sys
import threading
import warnings

import pytest

import vaultfile
from vaultfile import Secret, Vault


def test_from_a_folder_below(world):
    (world.folder / "work/a/b").mkdir(parents=True)
    os.chdir(world.folder / "work/a/b")
    assert Secret.from_name("db")["PGHOST"] == "localhost"
    assert Vault().file == str(world.folder / "work/vault.toml")
    assert Vault().environments() == ["dev", "prod"] and Vault("prod").environment_name == "prod"


def test_named_file(world):
    os.chdir("/")
    with Vault("prod", file=world.folder / "work/vault.toml") as vault:
        assert vault.from_name("live")["TOKEN"] == "prod-token-1234"
        assert vault.from_name("db", "dev")["PGHOST"] == "localhost"
        assert [s.name for s in vault.objects.list(environment_name="dev")] == ["db", "log"]
    with pytest.raises(vaultfile.NotFoundError) as caught:
        dict(Secret.from_name("db"))
    assert caught.value.reason == "file-absent" and "vault init" in caught.value.hint


def test_relative_file_and_another_folder(world, monkeypatch):
    monkeypatch.setenv("VAULT_FILE", "vault.toml")
    vault = Vault()
    secret = vault.from_name("db")
    assert secret["PGHOST"] == "localhost"
    os.chdir("/")
    vault.objects.create("more", {"A": "1"})
    assert vault.from_name("more")["A"] == "1"


def test_identity_in_a_variable(world, monkeypatch):
    monkeypatch.setenv("VAULT_IDENTITY", world.identity.read_text())
    world.identity.unlink()
    assert Secret.from_name("db")["PGHOST"] == "localhost"
    assert "VAULT_IDENTITY" not in vaultfile.environ(Secret.from_name("db"))


def test_ssh_key(world):
    ssh = world.folder / "home/.ssh"
    ssh.mkdir(mode=0o700)
    key = ssh / "id_ed25519"
    try:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    except FileNotFoundError:
        pytest.skip("there is no ssh-keygen")
    world.vault("grant", "ssh", (ssh / "id_ed25519.pub").read_text())
    world.identity.unlink()
    assert Secret.from_name("db")["PGHOST"] == "localhost"


def test_an_identity_that_others_can_read(world):
    world.identity.chmod(0o644)
    with pytest.raises(vaultfile.LockedError) as caught:
        dict(Secret.from_name("db"))
    assert caught.value.reason == "readable-by-others"
    assert caught.value.hint == f"chmod 600 {world.identity}"


def test_pin(world, monkeypatch):
    monkeypatch.setenv("VAULT_PIN", "dev=AAAAAAAAAAAAAAAAAAAAAA")
    with pytest.raises(vaultfile.PinError) as caught:
        dict(Secret.from_name("db"))
    assert caught.value.reason == "key-not-asked-for" and caught.value.code == "integrity"
    right = caught.value.found
    monkeypatch.setenv("VAULT_PIN", f"dev={right}")
    assert Secret.from_name("db")["PGHOST"] == "localhost"
    with pytest.raises(vaultfile.PinError):
        dict(Vault(pins=["dev=AAAAAAAAAAAAAAAAAAAAAA"]).from_name("db"))


def test_a_vault_that_was_replaced(world):
    os.mkdir("other")
    world.vault("init", "-f", "other/vault.toml")
    world.vault("set", "db/PGHOST=evil", "-f", "other/vault.toml")
    os.replace("other/vault.toml", "vault.toml")
    with pytest.raises(vaultfile.IntegrityError):
        dict(Secret.from_name("db"))


def test_a_stranger(world):
    world.vault("keygen", "-o", "stranger")
    with pytest.raises(vaultfile.LockedError) as caught:
        dict(Vault(identity_files=["stranger"]).from_name("db"))
    assert caught.value.reason == "not-granted" and "vault grant" in caught.value.hint
    assert isinstance(caught.value, vaultfile.CredentialError)


def test_damage(world):
    path = world.folder / "work/vault.toml"
    good = path.read_text()
    path.write_text("not a vault\n")
    with pytest.raises(vaultfile.DamagedError):
        dict(Secret.from_name("db"))
    path.write_text(good.replace("PGHOST", "PGPORT"))
    with pytest.raises(vaultfile.IntegrityError):
        dict(Secret.from_name("db"))
    path.write_text("<<<<<<< ours\n" + good)
    with pytest.raises(vaultfile.VaultError):
        dict(Secret.from_name("db"))
    path.write_text(good)
    assert Secret.from_name("db")["PGHOST"] == "localhost"


def test_damage_while_open(world):
    path = world.folder / "work/vault.toml"
    with Vault() as vault:
        assert vault.from_name("db")["PGHOST"] == "localhost"
        good = path.read_text()
        path.write_text("not a vault\n")
        with pytest.raises(vaultfile.DamagedError):
            dict(vault.from_name("db"))
        with pytest.raises(vaultfile.DamagedError):
            vault.objects.create("x", {})
        path.unlink()
        with pytest.raises(vaultfile.NotFoundError):
            dict(vault.from_name("db"))
        path.write_text(good)
        assert vault.from_name("db")["PGHOST"] == "localhost"


def test_closed():
    vault = Vault()
    vault.close()
    vault.close()
    for use in (lambda: dict(vault.from_name("db")), vault.objects.list, lambda: vault.file):
        with pytest.raises(vaultfile.ClosedError):
            use()


def test_notices_are_warnings(world):
    (world.folder / "home/.local/state/vault/pins").unlink()
    with pytest.warns(vaultfile.VaultWarning) as caught:
        dict(Secret.from_name("db"))
    assert os.path.basename(caught[0].filename) == "test_vault.py"


def test_a_warning_that_is_an_error_stops_a_change(world):
    (world.folder / "home/.local/state/vault/pins").unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(vaultfile.VaultWarning):
            Vault().objects.create("new", {"A": "1"})
    assert "new" not in [s.name for s in Secret.objects.list()]


def test_a_change_that_fails_changes_nothing(world):
    path = world.folder / "work/vault.toml"
    before = path.read_bytes()
    vault = Vault()
    for wrong in (
        lambda: vault.objects.create("db", {"A": "1"}),
        lambda: vault.objects.create("new", {"A": "1", "B": 2}),
        lambda: vault.objects.create("a b", {"A": "1"}),
        lambda: vault.from_name("db").update({"GOOD": "1", "A-B": "1"}),
        lambda: vault.objects.delete("none"),
        lambda: vault.objects.create("x", {}, environment_name="none"),
    ):
        with pytest.raises(vaultfile.VaultError):
            wrong()
        assert path.read_bytes() == before
    vault.objects.create("new", {"A": "1"})
    assert vault.from_name("new")["A"] == "1"
    world.vault("verify")


# ---- a passphrase


@pytest.fixture
def with_passphrase(world):
    phrase = world.vault("grant", "people", "--passphrase", "--generate").strip()
    (world.folder / "phrase").touch(0o600)
    (world.folder / "phrase").write_text(phrase)
    world.identity.unlink()
    return phrase


def test_ask(with_passphrase):
    asked = []

    def ask(question):
        asked.append(question)
        return with_passphrase if len(asked) > 1 else "wrong"

    vault = Vault(ask=ask)
    assert vault.from_name("db")["PGHOST"] == "localhost"
    vault.objects.create("new", {"A": "1"})
    assert vault.from_name("new")["A"] == "1" and vault.from_name("log")["LEVEL"] == "debug"
    assert len(asked) == 2 and "people" in asked[0]  # it is stretched once, not for each call


def test_ask_that_fails(with_passphrase):
    def ask(question):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        dict(Vault(ask=ask).from_name("db"))
    with pytest.raises(vaultfile.CredentialError):
        dict(Vault(ask=lambda question: None).from_name("db"))
    with pytest.raises(vaultfile.WrongTypeError):
        dict(Vault(ask=lambda question: 1).from_name("db"))


def test_passphrase_file_and_another_writer(with_passphrase, world):
    vault = Vault(passphrase_files=[world.folder / "phrase"])
    assert vault.from_name("db")["PGHOST"] == "localhost"
    world.vault("update", "db", "PGHOST=new", "--passphrase-file", str(world.folder / "phrase"))
    assert vault.from_name("db")["PGHOST"] == "new"


# ---- threads, fork, locks


def test_threads():
    vault, failures = Vault(), []

    def work(number):
        try:
            for i in range(15):
                assert vault.from_name("db")["PGHOST"] == "localhost"
                vault.objects.create(f"t{number}-{i}", {"A": str(i)})
                assert Secret.from_name(f"t{number}-{i}")["A"] == str(i)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and len(vault.objects.list()) == 2 + 6 * 15


test_threads = pytest.mark.usefixtures("world")(test_threads)


def in_child(work):
    """Runs it in a process made by fork; says whether it went well."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.usefixtures("world")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fork():
    vault = Vault()
    assert vault.from_name("db")["PGHOST"] == "localhost"
    stop = threading.Event()

    def busy():
        while not stop.is_set():
            dict(vault.from_name("db"))

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for n in range(10):

            def child(n=n):
                assert vault.from_name("db")["PGHOST"] == "localhost"
                vault.objects.create(f"child{n}", {"A": "1"})

            assert in_child(child) == 0
            vault.objects.create(f"parent{n}", {"A": "1"})
    finally:
        stop.set()
        thread.join()
    assert len(vault.objects.list()) == 22


@pytest.mark.usefixtures("world")
def test_many_processes():
    code = (
        "import sys, vaultfile\n"
        "for i in range(10):\n"
        "    vaultfile.Secret.from_name('db').update({f'P{sys.argv[1]}_{i}': 'x'})\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(n)]) for n in range(4)]
    assert [one.wait() for one in running] == [0] * 4
    assert len(Secret.from_name("db")) == 42


class Holder:
    """Holds the vault's lock, as another program does."""

    CODE = (
        "import ctypes, sys\n"
        "from vaultfile._library import lib, held\n"
        "v = lib.new()\n"
        "assert held.open_default(v, None, None) == 0 and lib.lock(v, -1) == 0\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.CODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self.process.stdout.readline() == b"held\n"
        return self

    def __exit__(self, *_):
        self.process.communicate()


@pytest.mark.usefixtures("world")
def test_a_lock_that_is_held():
    vault = Vault(lock_timeout=0.2)
    with Holder():
        assert vault.from_name("db")["PGHOST"] == "localhost"  # reading needs no lock
        with pytest.raises(vaultfile.LockHeldError) as caught:
            vault.objects.create("new", {"A": "1"})
        assert "fuser" in caught.value.hint
    vault.objects.create("new", {"A": "1"})
    assert vault.from_name("new")["A"] == "1"


@pytest.mark.usefixtures("world")
def test_interrupted_while_it_waits_for_a_lock():
    vault = Vault(lock_timeout=600)
    with Holder():
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            vault.objects.create("new", {"A": "1"})
        timer.join()
    assert "new" not in [s.name for s in vault.objects.list()]
    vault.objects.create("new", {"A": "1"})
