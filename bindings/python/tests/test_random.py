"""Random calls: each does what it says or raises an exception of the package, and none crashes the
interpreter. VAULTFILE_RANDOM_SECONDS bounds it."""

import io
import os
import random
import time
import warnings

import pytest

import vaultfile
from vaultfile import Secret, Vault

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

CALLS = int(os.environ.get("VAULTFILE_RANDOM_CALLS", "10000"))
BATCH = 100

names = st.sampled_from(["db", "log", "live", "new", "a b", "", "x" * 65, "n\0ul", "\ud800", "-x"])
environments = st.sampled_from([None, "", "dev", "prod", "none", "a b", "\0", 1])
odd = st.one_of(st.none(), st.integers(), st.binary(max_size=4), st.text(max_size=6), st.booleans())
keys = st.one_of(st.sampled_from(["A", "B", "PGHOST", "A-B", "", "A=B", "LD_PRELOAD"]), odd)
values = st.one_of(st.text(max_size=30), st.binary(max_size=3), st.none(), st.integers())
dicts = st.one_of(st.dictionaries(st.sampled_from("ABCD"), st.text(max_size=30), max_size=4),
                  st.dictionaries(keys, values, max_size=4), odd)  # fmt: skip
lists = st.one_of(st.lists(st.sampled_from(["A", "PGHOST", "HOME", ""]), max_size=3), odd)

CALLS_OF = [
    lambda v, d: dict(v.from_name(d(names), d(environments), d(lists))),
    lambda v, d: dict(Secret.from_name(d(names))),
    lambda v, d: Secret.from_dict(d(dicts)),
    lambda v, d: Secret.from_local_environ(d(lists)),
    lambda v, d: dict(Secret.from_dotenv(d(odd), d(odd))),
    lambda v, d: dict(Secret.from_dotenv(dialect=d(st.sampled_from(["python", "", "node", "x"])))),
    lambda v, d: v.objects.list(max_objects=d(odd), created_before=d(odd),
                                environment_name=d(environments)),
    lambda v, d: v.from_name(d(names), d(environments)).info(),
    lambda v, d: vaultfile.environ(Secret.from_dict(d(dicts)), allow=d(lists) or ()),
    lambda v, d: masked(d),
    lambda v, d: injected(d),
    lambda v, d: v.close(),
    lambda v, d: v.environments(),
    lambda v, d: Vault(d(environments), file=d(odd), author=d(odd), pins=d(lists) or ()).file,
]  # fmt: skip
CHANGES = [
    lambda v, d: v.objects.create(d(names), d(dicts), allow_existing=d(odd),
                                  environment_name=d(environments)),
    lambda v, d: v.objects.delete(d(names), allow_missing=d(odd)),
    lambda v, d: v.from_name(d(names), d(environments)).update(d(dicts)),
]  # fmt: skip


def masked(draw):
    text = draw(st.text(max_size=40))
    out = io.StringIO()
    with vaultfile.redact(out, Secret.from_dict({"A": "abcdef"})) as stream:
        stream.write(text)
    assert out.getvalue() == text


def injected(draw):
    secret = Secret.from_dict(draw(dicts))
    before = dict(os.environ)
    with vaultfile.inject(secret):
        assert all(os.environ[name] == secret[name] for name in secret)
    assert dict(os.environ) == before


def test_random_calls(world):
    (world.folder / "work/.env").write_text("A=${B:-1}\nB='x'\nC\n")
    until = time.monotonic() + float(os.environ.get("VAULTFILE_RANDOM_SECONDS", "20"))
    count = {"calls": 0, "refused": 0}

    @hypothesis.settings(
        max_examples=CALLS // BATCH,
        deadline=None,
        database=None,
        derandomize="VAULTFILE_RANDOM_CALLS" not in os.environ,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(st.data(), st.randoms(use_true_random=False))
    def batch(data, chance):
        if time.monotonic() > until:
            return
        vault = Vault()
        pool = [data.draw(one) for one in (names, environments, dicts, lists, odd) for _ in range(8)]
        for number in range(BATCH):
            vault = Vault() if vault._closed and number % 3 == 0 else vault
            call = chance.choice(CHANGES if number % 10 == 0 else CALLS_OF)
            count["calls"] += 1
            try:
                call(vault, lambda strategy: drawn(strategy, pool, chance))
            except vaultfile.VaultError:
                count["refused"] += 1
            except TypeError as error:  # of a list that is none
                assert "iterable" in str(error), error

    def drawn(strategy, pool, chance):
        """One of what hypothesis has drawn for all calls of a batch, which is quicker."""
        if strategy is names:
            return pool[chance.randrange(0, 8)]
        if strategy is environments:
            return pool[chance.randrange(8, 16)]
        if strategy is dicts:
            return pool[chance.randrange(16, 24)]
        if strategy is lists:
            return pool[chance.randrange(24, 32)]
        return pool[chance.randrange(32, 40)]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        batch()
    print(count)
    assert count["calls"] >= CALLS or time.monotonic() > until
    assert 0 < count["refused"] < count["calls"]
    world.vault("verify")
