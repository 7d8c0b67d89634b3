"""What people write, for mypy --strict and pyright; it is not run."""

import asyncio
import datetime
import subprocess
import sys
from typing import Callable

import vaultfile
from vaultfile import Secret, Vault

db: Secret = Secret.from_name("db", required_keys=["PGHOST"])
values: dict[str, str] = dict(db)
host: str = db["PGHOST"]
fixed = Secret.from_dict({"A": "1", "B": None})


@vaultfile.secrets(db, fixed)
def function(number: int) -> str:
    return str(number)


@vaultfile.secrets(db)
async def asynchronous() -> int:
    return 1


@vaultfile.secrets(db)
class Client:
    name: str = "x"

    def method(self) -> int:
        return 2


text: str = function(3)
size: int = Client().method()
made: Callable[[int], str] = function


async def main() -> None:
    await Secret.objects.create("x", {"A": "1"}, allow_existing=True)
    names: list[str] = [s.name for s in await Secret.objects.list(max_objects=3)]
    info = await db.info()
    when: datetime.datetime = info.keys[0].updated_at
    await db.update({"A": None})
    number: int = await asynchronous()
    print(names, when, number)


with vaultfile.inject(db), vaultfile.mount(db) as folder, vaultfile.redact(sys.stdout, db) as out:
    print((folder / "PGHOST").read_text(), file=out)
with Vault("prod", file="vault.toml", ask=lambda question: None) as vault:
    subprocess.run(["true"], env=vaultfile.environ(vault.from_name("db"), clean=True), check=True)
try:
    asyncio.run(main())
except vaultfile.MissingKeysError as error:
    print(error.missing, error.hint)
