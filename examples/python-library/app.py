#!/usr/bin/env python3
"""Uses each call of secret.py once. Prints names, never values."""

import os
import subprocess
import sys

from secret import AlreadyExistsError, NotFoundError, Secret, environ

# Sources of values: a stored secret, this program, a file, the environment.
db = Secret.from_name("db", required_keys=["PGHOST", "PGPASSWORD"])
fixed = Secret.from_dict({"PGSSLMODE": "require", "LEFT_OUT": None})
local = Secret.from_dotenv(filename=".env")
home = Secret.from_local_environ(["HOME"])

# A missing required name stops here, before anything runs; so does a variable that is not set.
for wrong in (
    lambda: Secret.from_name("db", required_keys=["PGHOST", "PGPORT", "PGUSER"]),
    lambda: Secret.from_local_environ(["NOT_SET_A", "NOT_SET_B"]),
):
    try:
        wrong()
    except NotFoundError as error:
        print(f"missing: {error}")

# Several secrets, of which the later one wins, as the environment of another program.
subprocess.run(
    [sys.executable, "-c", "import os; print('PGHOST is', os.environ['PGHOST'])"],
    env=os.environ | environ(db, fixed, local, home),
    check=True,
)

# In the vault: create, change, describe, delete.
Secret.create("mail", {"SMTP_HOST": "mail.example.org", "SMTP_PASSWORD": os.urandom(16).hex()})
Secret.create("mail", {"SMTP_HOST": "another"}, allow_existing=True)
try:
    Secret.create("mail", {})
except AlreadyExistsError as error:
    print(f"exists: {error}")
mail = Secret.from_name("mail")
mail.update({"SMTP_PORT": "587"})
print("secrets:", *Secret.list())
info = mail.info()
print(f"{info.name}:", *(key.name for key in info.keys))
Secret.delete("mail")
Secret.delete("mail", allow_missing=True)
print("secrets:", *Secret.list())
