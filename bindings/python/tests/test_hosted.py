"""The code of the pages that people learn a hosted secret manager from, with another import line."""

import asyncio
import os

import pytest

import vaultfile.hosted as modal

pytestmark = pytest.mark.usefixtures("world")


# ---- "Modal secrets explained": a beginner's page


def test_beginner(world, capsys):
    world.vault("create", "my_api_key", "MY_API_KEY=abcd-efgh-1234")

    # Reference a secret stored in Modal dashboard or CLI
    my_secret = modal.Secret("my_api_key")

    app = modal.App()

    @modal.function(secret=my_secret)
    def main():
        api_key = os.environ.get("MY_API_KEY")
        print(f"Using API key: {api_key[:4]}****")

    with app.run():
        main()
    assert capsys.readouterr().out == "Using API key: abcd****\n"
    assert "MY_API_KEY" not in os.environ


def test_beginner_several(world, capsys):
    world.vault("create", "api_key_1", "API_KEY_1=sk-xxxx")
    world.vault("create", "api_key_2", "API_KEY_2=sk-yyyy")
    secret1 = modal.Secret("api_key_1")
    secret2 = modal.Secret("api_key_2")
    app = modal.App()

    @modal.function(secret=[secret1, secret2])
    def main():
        print("API_KEY_1:", os.environ.get("API_KEY_1"))
        print("API_KEY_2:", os.environ.get("API_KEY_2"))

    with app.run():
        main()
    assert capsys.readouterr().out == "API_KEY_1: sk-xxxx\nAPI_KEY_2: sk-yyyy\n"


def test_beginner_async_and_files(world):
    world.vault("create", "my_api_key", "MY_API_KEY=abcd")
    secret = modal.Secret("my_api_key")

    @modal.async_function(secret=secret)
    async def main():
        await asyncio.sleep(0)
        return os.environ["MY_API_KEY"]

    assert asyncio.run(main()) == "abcd"
    with secret.mount() as folder:
        assert (folder / "MY_API_KEY").read_text() == "abcd"


def test_beginner_missing():
    @modal.function(secret=modal.Secret("no_such_secret"))
    def main():
        raise AssertionError("this must not run")

    with pytest.raises(modal.NotFoundError):
        main()


# ---- the reference of Secret


def test_from_dict(capsys):
    app = modal.App()

    @app.function(secrets=[modal.Secret.from_dict({"FOO": "bar"})])
    def run():
        print(os.environ["FOO"])

    run.local()
    run.remote()
    assert capsys.readouterr().out == "bar\nbar\n"
    assert dict(modal.Secret.from_dict(env_dict={"A": None})) == {}
    assert dict(modal.Secret.from_dict()) == {}


def test_from_local_environ(monkeypatch):
    monkeypatch.setenv("API_KEY", "a")
    monkeypatch.setenv("SECRET_TOKEN", "b")
    app = modal.App()

    @app.function(secrets=[modal.Secret.from_local_environ(["API_KEY", "SECRET_TOKEN"])])
    def run():
        return os.environ["API_KEY"] + os.environ["SECRET_TOKEN"]

    assert run() == "ab"
    with pytest.raises(modal.NotFoundError, match="NOPE1, NOPE2"):
        modal.Secret.from_local_environ(env_keys=["NOPE1", "API_KEY", "NOPE2"])


def test_from_dotenv(tmp_path):
    app = modal.App()
    (tmp_path / "work/.env").write_text("USERNAME=here\n")
    (tmp_path / "work/.env-dev").write_text("USERNAME=dev\n")
    (tmp_path / "other/deep").mkdir(parents=True)
    (tmp_path / "other/.env").write_text("USERNAME=there\n")
    script = tmp_path / "other/deep/app.py"
    script.write_text("")

    @app.function(secrets=[modal.Secret.from_dotenv(str(script))])
    def beside():
        return os.environ["USERNAME"]

    @app.function(secrets=[modal.Secret.from_dotenv()])
    def here():
        return os.environ["USERNAME"]

    @app.function(secrets=[modal.Secret.from_dotenv(filename=".env-dev")])
    def dev():
        return os.environ["USERNAME"]

    assert [f() for f in (beside, here, dev)] == ["there", "here", "dev"]


def test_from_name(world):
    world.vault("create", "my-secret", "API_KEY=1", "SECRET_TOKEN=2")
    secret = modal.Secret.from_name("my-secret", required_keys=["API_KEY", "SECRET_TOKEN"])
    app = modal.App()

    @app.function(secrets=[secret])
    def run():
        return os.environ["API_KEY"]

    assert run() == "1"
    wrong = modal.Secret.from_name("my-secret", required_keys=["API_KEY", "X", "Y"])
    with pytest.raises(modal.NotFoundError, match="X, Y") as caught:
        dict(wrong)
    assert caught.value.missing == ("X", "Y")


def test_objects():
    async def main():
        contents = {"MY_KEY": "my-value", "MY_OTHER_KEY": "my-other-value"}
        await modal.Secret.objects.create("my-secret", contents)
        await modal.Secret.objects.create("my-secret", contents, environment_name="prod")
        await modal.Secret.objects.create("my-secret", {"MY_KEY": "x"}, allow_existing=True)
        with pytest.raises(modal.AlreadyExistsError):
            await modal.Secret.objects.create("my-secret", contents)
        secret = modal.Secret.from_name("my-secret")
        assert secret["MY_KEY"] == "my-value"

        await secret.update({"MY_KEY": "new-value", "ADDED": "1", "IGNORED": None})
        assert dict(secret) == {"MY_KEY": "new-value", "MY_OTHER_KEY": "my-other-value", "ADDED": "1"}

        info = await secret.info()
        assert info.name == "my-secret" and info.created_by == "me@example.org"

        secrets = await modal.Secret.objects.list()
        assert {s.name for s in secrets} == {"db", "log", "my-secret"}
        prod_secrets = await modal.Secret.objects.list(environment_name="prod")
        assert {s.name for s in prod_secrets} == {"live", "my-secret"}
        assert len(await modal.Secret.objects.list(max_objects=10, created_before="2025-01-01")) == 0

        await modal.Secret.objects.delete("my-secret")
        await modal.Secret.objects.delete("my-secret", allow_missing=True)
        await modal.Secret.objects.delete("my-secret", environment_name="prod")
        with pytest.raises(modal.NotFoundError):
            await modal.Secret.objects.delete("my-secret")

    asyncio.run(main())


def test_objects_without_await():
    assert not modal.Secret.objects.create("my-secret", {"A": "1"})
    secret = modal.Secret.from_name("my-secret")
    secret.update({"A": "2"})
    assert secret.info().name == "my-secret" and secret["A"] == "2"
    assert "my-secret" in [s.name for s in modal.Secret.objects.list()]
    modal.Secret.objects.delete("my-secret")
    assert "my-secret" not in [s.name for s in modal.Secret.objects.list()]


# ---- the guide, and the page for scientists


def test_order():
    app = modal.App()

    @app.function(secrets=[modal.Secret.from_name("db"), modal.Secret.from_name("log")])
    def process():
        return os.environ["PGHOST"], os.environ["LEVEL"], os.environ["PGPASSWORD"]

    @app.function(secrets=[modal.Secret.from_name("log"), modal.Secret.from_name("db")])
    def other():
        return os.environ["PGHOST"]

    assert process() == ("elsewhere", "debug", "hunter22-secret")
    assert other() == "localhost"


def test_class(world):
    world.vault("create", "huggingface", "HF_TOKEN=hf_1234")
    app = modal.App()

    @app.cls(secrets=[modal.Secret.from_name("huggingface")])
    class ModelService:
        @modal.enter()
        def load(self):
            self.token = os.environ["HF_TOKEN"]

        @modal.method()
        def generate(self, prompt):
            return prompt + os.environ["HF_TOKEN"]

        @modal.method()
        async def later(self):
            return os.environ["HF_TOKEN"]

    service = ModelService()
    assert service.token == "hf_1234"
    assert service.generate("x") == "xhf_1234"
    assert asyncio.run(service.later()) == "hf_1234"
    assert "HF_TOKEN" not in os.environ


def test_local_secret(monkeypatch):
    monkeypatch.setenv("LOCAL_FOO", "foo")
    app = modal.App("an-app", secrets=[modal.Secret.from_name("db")])
    if modal.is_local():
        local_secret = modal.Secret.from_dict({"FOO": os.environ["LOCAL_FOO"]})
    else:
        local_secret = modal.Secret.from_dict({})

    @app.function(secrets=[local_secret], gpu="any", timeout=60)
    def some_function():
        return os.environ["FOO"], os.environ["PGHOST"]

    assert some_function() == ("foo", "localhost")
