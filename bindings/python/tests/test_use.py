"""os.environ, child processes, files, masking, the decorator and the fixture."""

import asyncio
import io
import os
import stat
import subprocess
import sys
import threading

import pytest

import vaultfile
from vaultfile import Secret

pytestmark = pytest.mark.usefixtures("world")
pytest_plugins = ["pytester"]


def child(env, name):
    return subprocess.run(["printenv", name], env=env, stdout=subprocess.PIPE, text=True).stdout


# ---- inject


def test_inject():
    os.environ["PGHOST"] = "mine"
    with vaultfile.inject(Secret.from_name("db"), Secret.from_name("log")):
        assert os.environ["PGHOST"] == "elsewhere" and os.environ["LEVEL"] == "debug"
        assert child(None, "PGPASSWORD") == "hunter22-secret\n"
    assert os.environ["PGHOST"] == "mine" and "LEVEL" not in os.environ
    with pytest.raises(ZeroDivisionError), vaultfile.inject(Secret.from_dict({"A": "1"})):
        raise ZeroDivisionError
    assert "A" not in os.environ


def test_inject_in_any_order():
    """As the tasks of an event loop begin and end."""
    one, two = (vaultfile.inject(Secret.from_dict({"A": value})) for value in "12")
    os.environ["A"] = "0"
    one.__enter__()
    two.__enter__()
    assert os.environ["A"] == "2"
    one.__exit__(None, None, None)
    assert os.environ["A"] == "2"
    two.__exit__(None, None, None)
    assert os.environ["A"] == "0"


def test_inject_the_same_twice():
    a = Secret.from_dict({"A": "1"})
    with vaultfile.inject(a):
        with vaultfile.inject(a):
            pass
        assert os.environ["A"] == "1"
    assert "A" not in os.environ


@pytest.mark.parametrize("use", [vaultfile.inject, vaultfile.environ])
def test_dangerous_names(use):
    bad = Secret.from_dict({"LD_PRELOAD": "/evil.so"})
    with pytest.raises(vaultfile.DangerousNameError) as caught:
        with use(bad) if use is vaultfile.inject else io.StringIO(str(use(bad))):
            pass
    assert caught.value.subject == "LD_PRELOAD" and "allow=" in caught.value.hint
    assert "LD_PRELOAD" not in os.environ


def test_a_zero_byte_is_for_no_environment():
    bad = Secret.from_dict({"A": "a\0b"})
    with pytest.raises(vaultfile.ZeroByteError):
        vaultfile.environ(bad)
    with pytest.raises(vaultfile.ZeroByteError), vaultfile.inject(bad):
        pass
    with vaultfile.mount(bad) as folder:
        assert (folder / "A").read_bytes() == b"a\0b"


# ---- environ


def test_environ(monkeypatch):
    monkeypatch.setenv("VAULT_PASSPHRASE", "x")
    monkeypatch.setenv("KEPT", "1")
    fixed = Secret.from_dict({"PGHOST": "fixed"})
    env = vaultfile.environ(fixed, Secret.from_dict({"LEVEL": "1"}))
    assert env["PGHOST"] == "fixed" and env["KEPT"] == "1" and "VAULT_PASSPHRASE" not in env
    assert child(env, "PGHOST") == "fixed\n" and "PGHOST" not in os.environ
    assert "KEPT" not in vaultfile.environ(fixed, clean=True)
    assert vaultfile.environ(Secret.from_dict({"KEPT": "2"}), keep_present=True)["KEPT"] == "1"
    assert vaultfile.environ(Secret.from_dict({"LD_PRELOAD": "x"}), allow=["LD_PRELOAD"])
    assert vaultfile.environ()["KEPT"] == "1"


def test_environ_while_another_thread_changes_it():
    stop = threading.Event()

    def change():
        number = 0
        while not stop.is_set():
            number += 1
            os.environ[f"CHANGING_{number % 50}"] = "x" * (number % 1000)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(200):
            assert vaultfile.environ(Secret.from_dict({"A": "1"}))["A"] == "1"
    finally:
        stop.set()
        thread.join()
        for number in range(50):
            os.environ.pop(f"CHANGING_{number}", None)


# ---- the decorator


def test_decorator():
    db = Secret.from_name("db")

    @vaultfile.secrets(db)
    def function(suffix):
        """Its docstring."""
        return os.environ["PGHOST"] + suffix

    @vaultfile.secrets(db)
    def generator():
        yield os.environ["PGHOST"]
        yield os.environ["PGHOST"]

    @vaultfile.secrets(db, Secret.from_dict({"PGHOST": "later"}))
    async def asynchronous():
        await asyncio.sleep(0)
        return os.environ["PGHOST"]

    @vaultfile.secrets(db)
    async def asynchronous_generator():
        yield os.environ["PGHOST"]

    async def all_of_it():
        items = [item async for item in asynchronous_generator()]
        return items + await asyncio.gather(*(asynchronous() for _ in range(5)))

    assert function("!") == "localhost!" and function.__doc__ == "Its docstring."
    assert list(generator()) == ["localhost"] * 2
    assert asyncio.run(all_of_it()) == ["localhost"] + ["later"] * 5
    assert "PGHOST" not in os.environ
    with pytest.raises(vaultfile.WrongTypeError):
        vaultfile.secrets(db)(1)


def test_decorated_class():
    @vaultfile.secrets(Secret.from_name("db"))
    class Client:
        kind = "db"

        def __init__(self):
            self.host = os.environ["PGHOST"]

        def method(self):
            return self.helper()

        def helper(self):
            return os.environ["PGHOST"]

        @staticmethod
        def static():
            return os.environ["PGHOST"]

        @classmethod
        def of_class(cls):
            return cls.kind, os.environ["PGHOST"]

        @property
        def password(self):
            return os.environ["PGPASSWORD"]

    client = Client()
    assert client.host == client.method() == client.static() == "localhost"
    assert client.of_class() == ("db", "localhost") and client.password == "hunter22-secret"
    assert "PGHOST" not in os.environ and isinstance(client, Client)


# ---- mount


def test_mount():
    with vaultfile.mount(Secret.from_name("db"), Secret.from_name("log")) as folder:
        assert sorted(os.listdir(folder)) == ["LEVEL", "PGHOST", "PGPASSWORD"]
        assert (folder / "PGHOST").read_text() == "elsewhere"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "PGHOST").stat().st_mode) == 0o600
    assert not folder.exists()


def test_mount_for_a_child():
    mount = Secret.from_name("db").mount()
    env = mount.environ()
    assert "PGPASSWORD" not in env
    with open(env["PGPASSWORD_FILE"]) as file:
        assert file.read() == "hunter22-secret"
    mount.close()
    mount.close()
    assert not mount.path.exists()


def test_mount_goes_with_the_process():
    code = (
        "import vaultfile\n"
        "mount = vaultfile.mount(vaultfile.Secret.from_dict({'A': '1'}))\n"
        "print(mount.path)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout and not os.path.exists(done.stdout.strip())


def test_mount_is_in_memory(monkeypatch):
    from vaultfile import _use

    monkeypatch.setattr(_use, "_is_memory", lambda folder: False)
    with pytest.raises(vaultfile.FailedError, match="disk"):
        vaultfile.mount(Secret.from_dict({"A": "1"}))
    with vaultfile.mount(Secret.from_dict({"A": "1"}), allow_disk=True) as folder:
        assert (folder / "A").read_text() == "1"


# ---- redact


def masked(secrets, *pieces):
    out = io.StringIO()
    with vaultfile.redact(out, *secrets) as stream:
        for piece in pieces:
            stream.write(piece)
            stream.flush()
    return out.getvalue()


def test_redact():
    db = Secret.from_name("db")
    assert masked([db], "pw=hunter22-secret\n") == "pw=[db/PGPASSWORD]\n"
    assert masked([db], *"pw=hunter22-secret and more") == "pw=[db/PGPASSWORD] and more"
    assert masked([db], "hunter22-", "other") == "hunter22-other"
    assert masked([db], "ä€", "𝄞 ", "\udcff") == "ä€𝄞 \udcff"
    base64 = "aHVudGVyMjItc2VjcmV0"
    assert base64 not in masked([db], f"auth: {base64}\n")


def test_redact_equal_names():
    one, two = (Secret.from_dict({"A": f"value-{number}"}) for number in "12")
    assert masked([one, two], "value-1 value-2") == "[from-dict/A] [from-dict/A]"
    db, log = Secret.from_name("db"), Secret.from_name("log")
    assert masked([db, log], "localhost elsewhere") == "[db/PGHOST] [log/PGHOST]"


def test_redact_leaves_open_values(world):
    world.vault("set", "--open", "db/REGION=somewhere-nice")
    text = masked([Secret.from_name("db")], "somewhere-nice hunter22-secret")
    assert text == "somewhere-nice [db/PGPASSWORD]"


def test_redact_everything_that_was_read():
    out = io.StringIO()
    stream = vaultfile.redact(out)
    live = Secret.from_name("live", "prod")
    print("before:", live["TOKEN"], file=stream)
    db = Secret.from_name("db")
    print("later:", db["PGPASSWORD"], file=stream)
    stream.close()
    assert out.getvalue() == "before: [live/TOKEN]\nlater: [db/PGPASSWORD]\n"
    with pytest.raises(ValueError):
        stream.write("x")


def test_redact_stdout(capsys, monkeypatch):
    with vaultfile.redact(None, Secret.from_name("db")) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        print(dict(os.environ, **Secret.from_name("db")))
        monkeypatch.undo()
    shown = capsys.readouterr().out
    assert "[db/PGPASSWORD]" in shown and "hunter22" not in shown


# ---- pytest


def test_fixture(world, pytester, monkeypatch):
    pytester.makepyfile(
        """
        import os
        from vaultfile import Secret

        def test_names(vault_env):
            vault_env("db", Secret.from_dict({"DEBUG": "1"}))
            assert os.environ["PGHOST"] == "localhost" and os.environ["DEBUG"] == "1"
            vault_env("live", environment_name="prod")
            assert os.environ["TOKEN"] == "prod-token-1234"

        def test_afterwards():
            assert "PGHOST" not in os.environ and "TOKEN" not in os.environ
        """
    )
    monkeypatch.setenv("HOME", str(world.folder / "home"))  # pytester has another one
    monkeypatch.setenv("VAULT_FILE", str(world.folder / "work/vault.toml"))
    result = pytester.runpytest_subprocess("-p", "vaultfile.pytest_plugin", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=2)
