"""A Secret as a mapping, its sources, and what the vault says of it."""

import copy
import datetime
import os
import pickle
import time

import pytest

import vaultfile
from vaultfile import Secret, Vault

pytestmark = pytest.mark.usefixtures("world")
UTC = datetime.timezone.utc


def test_nothing_is_opened_before_it_is_used(world):
    world.identity.unlink()
    secret = Secret.from_name("db", required_keys=["NOT_THERE"])
    assert repr(secret) == "<Secret db>"
    with pytest.raises(vaultfile.NoCredentialError):
        secret["PGHOST"]


def test_mapping():
    db = Secret.from_name("db")
    assert dict(db) == {"PGHOST": "localhost", "PGPASSWORD": "hunter22-secret"}
    assert db["PGHOST"] == "localhost" and db.get("NONE") is None and len(db) == 2
    assert "PGHOST" in db and list(db) == ["PGHOST", "PGPASSWORD"]
    assert {**db, "X": "1"}["X"] == "1"
    with pytest.raises(KeyError):
        db["NONE"]
    with pytest.raises(TypeError):
        db["PGHOST"] = "x"
    assert not hasattr(db, "__dict__")


def test_no_value_is_shown(capsys):
    db = Secret.from_name("db")
    dict(db)
    fixed = Secret.from_dict({"A": "a-value-here"})
    for one in (db, fixed):
        assert "hunter22" not in f"{one!r} {one}" and "a-value" not in f"{one!r} {one}"
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError):
                pickle.dumps(one, protocol)
        assert copy.copy(one) is one and copy.deepcopy(one) is one
    with pytest.raises(vaultfile.VaultError) as caught:
        db.update({"PGPASSWORD": "a-value-here", "A-B": "x"})
    assert "a-value" not in str(caught.value)


def test_environment():
    assert Secret.from_name("live", "prod")["TOKEN"] == "prod-token-1234"
    assert Secret.from_name("live", environment_name="prod")["TOKEN"] == "prod-token-1234"
    assert Secret.from_name("db", environment_name="")["PGHOST"] == "localhost"
    os.environ["VAULT_ENV"] = "prod"
    assert Secret.from_name("live")["TOKEN"] == "prod-token-1234"
    with pytest.raises(vaultfile.NotFoundError) as caught:
        dict(Secret.from_name("db"))
    assert "it is in dev" in caught.value.hint and caught.value.secret in ("", "db")


@pytest.mark.parametrize("value", [1, b"x", True, ["x"], 1.5])
def test_types_of_values(value):
    with pytest.raises(vaultfile.WrongTypeError, match="A"):
        Secret.from_dict({"A": value})
    with pytest.raises(TypeError):
        Secret.objects.create("x", {"A": value})


@pytest.mark.parametrize("name", ["A-B", "", "1A", "A B", "A=B", "Ä", "A" * 257])
def test_names_of_variables(name):
    with pytest.raises(vaultfile.InvalidError):
        Secret.from_dict({name: "1"})


def test_wrong_types():
    for wrong in (
        lambda: Secret.from_dict(["A"]),
        lambda: Secret.from_dict({1: "x"}),
        lambda: Secret.from_name(1),
        lambda: Secret.from_name(b"db"),
        lambda: Secret.from_name("db", 1),
        lambda: Secret.from_name("db", required_keys="PGHOST"),
        lambda: Secret.from_name("db", required_keys=[1]),
        lambda: Secret.from_name("db", required_keys=None),
        lambda: Secret.from_local_environ("HOME"),
        lambda: Secret.from_local_environ([1]),
        lambda: Secret.from_dotenv(1),
        lambda: Secret.from_dotenv(filename=None),
        lambda: Secret.objects.list(max_objects="1"),
        lambda: Secret.objects.list(max_objects=True),
        lambda: Secret.objects.list(created_before=1),
        lambda: Secret.objects.delete(None),
        lambda: vaultfile.environ({"A": "1"}),
        lambda: vaultfile.redact(1).write("x"),
        lambda: Vault(1),
        lambda: Vault(file=1),
        lambda: Vault(pins="dev=x"),
        lambda: Vault(ask=1),
        lambda: Vault(lock_timeout="1"),
    ):
        with pytest.raises(vaultfile.WrongTypeError):
            wrong()


def test_zero_bytes():
    for wrong in (
        lambda: Secret.from_name("db\0zzz"),
        lambda: Secret.from_name("db", "dev\0"),
        lambda: Secret.from_name("db", required_keys=["A\0B"]),
        lambda: Secret.from_dict({"A\0B": "1"}),
        lambda: Secret.objects.create("n\0ul", {}),
        lambda: Secret.objects.delete("n\0ul"),
        lambda: Secret.from_dotenv(filename=".env\0x"),
    ):
        with pytest.raises(vaultfile.ZeroByteError):
            wrong()
    Secret.objects.create("zero", {"A": "a\0b", "B": "b"})  # a value may have one
    assert dict(Secret.from_name("zero")) == {"A": "a\0b", "B": "b"}


def test_any_value():
    values = {"EMPTY": "", "TEXT": "ä\n€ 𝄞", "BYTES": "\udcff\udc80", "EQUALS": "a=b=c", "BIG": "x" * 10**6}
    Secret.objects.create("odd", values)
    assert dict(Secret.from_name("odd")) == values
    with pytest.raises(vaultfile.InvalidError):
        Secret.from_dict({"A": "\ud800"})
    with pytest.raises(vaultfile.InvalidError):
        Secret.from_dict({"A": "x" * (2**20 + 1)})


def test_a_change_is_seen_by_others():
    a, b = Secret.from_name("db"), Secret.from_name("db")
    assert a["PGHOST"] == "localhost"
    b.update({"PGHOST": "new"})
    assert a["PGHOST"] == b["PGHOST"] == "new"


def test_a_change_of_another_program(world):
    a = Secret.from_name("db")
    assert a["PGHOST"] == "localhost"
    world.vault("update", "db", "PGHOST=new")
    assert a["PGHOST"] == "localhost" and Secret.from_name("db")["PGHOST"] == "new"
    a.reload()
    assert a["PGHOST"] == "new"


def test_info(world):
    before = datetime.datetime.now(UTC) + datetime.timedelta(seconds=2)
    info = Secret.from_name("db").info()
    assert (info.name, info.environment_name, info.created_by) == ("db", "dev", "me@example.org")
    assert info.created_at.tzinfo == UTC and info.created_at < before
    assert [key.name for key in info.keys] == ["PGHOST", "PGPASSWORD"]
    assert info.keys[0].updated_by == "me@example.org" and info.keys[0].kind == "sealed"
    for wrong in (Secret.from_dict().info, lambda: Secret.from_dict().update({"A": "1"})):
        with pytest.raises(vaultfile.InvalidError):
            wrong()


def test_list(world):
    created = {s.name: s.created_at for s in Secret.objects.list()}
    assert set(created) == {"db", "log"}
    while True:  # until it is newer than the others: dates are in seconds
        Secret.objects.create("aaa", {})
        newest = Secret.objects.list()[0]
        if newest.created_at > max(created.values()):
            break
        Secret.objects.delete("aaa")
        time.sleep(0.05)
    assert newest.name == "aaa" and newest.created_by == "me@example.org"
    assert [s.name for s in Secret.objects.list(max_objects=1)] == ["aaa"]
    assert Secret.objects.list(max_objects=0) == []
    with pytest.raises(vaultfile.InvalidError):
        Secret.objects.list(max_objects=-1)
    at = newest.created_at
    for before in (at, at.astimezone(), at.replace(tzinfo=None).isoformat(), at.isoformat()):
        assert {s.name for s in Secret.objects.list(created_before=before)} == set(created)
    tomorrow = at.date() + datetime.timedelta(days=1)
    for before in (tomorrow, str(tomorrow), f"{tomorrow}T00:00:00Z", f"{tomorrow} 10:00"):
        assert len(Secret.objects.list(created_before=before)) == 3
    assert Secret.objects.list(created_before=datetime.date(2000, 1, 1)) == []
    with pytest.raises(vaultfile.InvalidError):
        Secret.objects.list(created_before="yesterday")
    assert dict(Secret.objects.list(environment_name="prod")[0]) == {"TOKEN": "prod-token-1234"}
    world.identity.unlink()
    assert len(Secret.objects.list()) == 3  # names need no key


def test_delete_says_where():
    with pytest.raises(vaultfile.NotFoundError) as caught:
        Secret.objects.delete("live")
    assert "it is in prod" in caught.value.hint
    with pytest.raises(vaultfile.NotFoundError) as caught:
        Secret.from_name("nothing").update({"A": "1"})
    assert "there is db, log" in caught.value.hint


# ---- dotenv


def test_dotenv_expands_as_python_dotenv_does(world):
    (world.folder / "work/.env").write_text(
        "BASE=a\nURL=${BASE}/x\nOTHER='${MISSING:-none}'\nHOST=${FROM_HERE}\nBARE\nLATE=${AFTER}\nAFTER=1\n"
    )
    os.environ["FROM_HERE"] = "here"
    with pytest.warns(vaultfile.VaultWarning):
        values = dict(Secret.from_dotenv())
    assert values == {
        "BASE": "a", "URL": "a/x", "OTHER": "none", "HOST": "here", "LATE": "", "AFTER": "1",
    }  # fmt: skip
    dotenv = pytest.importorskip("dotenv")
    assert {k: v for k, v in dotenv.dotenv_values(".env").items() if v is not None} == values


def test_dotenv_without_expansion(world):
    (world.folder / "work/.env").write_text("BASE=a\nURL=${BASE}/x\n")
    with pytest.warns(vaultfile.VaultWarning):
        assert Secret.from_dotenv(expand=False)["URL"] == "${BASE}/x"
    with pytest.raises(vaultfile.InvalidError):
        Secret.from_dotenv(dialect="perl")


def test_dotenv_that_is_not_there(world):
    with pytest.raises(vaultfile.NotFoundError):
        Secret.from_dotenv(filename=".env-none")
    with pytest.raises(vaultfile.NotFoundError):
        Secret.from_dotenv(world.folder / "no/such/folder")
