#!/usr/bin/env python3
"""Python with the package vaultfile (bindings/python): the calls of a hosted secret manager.

    pip install ./bindings/python

Prints names, never values.
"""

import asyncio
import os
import subprocess
import sys

import vaultfile
from vaultfile import Secret

# Sources of values: a stored secret, this program, a file, the environment. The stored secret is
# read when it is first used.
db = Secret.from_name("db", required_keys=["PGHOST", "PGPASSWORD"])
fixed = Secret.from_dict({"PGSSLMODE": "require", "LEFT_OUT": None})
local = Secret.from_dotenv(filename=".env")
term = Secret.from_local_environ(["TERM"])

# A missing required name stops here, before anything runs; so does a variable that is not set.
for wrong in (
    lambda: dict(Secret.from_name("db", required_keys=["PGHOST", "PGPORT", "PGUSER"])),
    lambda: Secret.from_local_environ(["NOT_SET_A", "NOT_SET_B"]),
):
    try:
        wrong()
    except vaultfile.MissingKeysError as error:
        print("missing:", *error.missing)

# Several secrets, of which the later one wins, as the environment of another program.
subprocess.run(
    [sys.executable, "-c", "import os; print('PGHOST is', os.environ['PGHOST'])"],
    env=vaultfile.environ(db, fixed, local, term),
    check=True,
)


# In this process, while a function runs.
@vaultfile.secrets(db)
def connect():
    print("connecting to", os.environ["PGHOST"])


connect()


# In the vault: create, change, describe, delete; with await or without.
async def main():
    objects = Secret.objects
    contents = {"SMTP_HOST": "mail.example.org", "SMTP_PASSWORD": os.urandom(16).hex()}
    await objects.create("mail", contents)
    await objects.create("mail", {"SMTP_HOST": "another"}, allow_existing=True)
    try:
        await objects.create("mail", {})
    except vaultfile.AlreadyExistsError as error:
        print("exists:", error.message)
    mail = Secret.from_name("mail")
    await mail.update({"SMTP_PORT": "587"})
    print("secrets:", *sorted(s.name for s in await objects.list()))
    info = await mail.info()
    print(f"{info.name}:", *(key.name for key in info.keys))
    await objects.delete("mail")
    await objects.delete("mail", allow_missing=True)
    print("secrets:", *(s.name for s in await objects.list()))


asyncio.run(main())
