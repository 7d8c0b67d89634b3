"""A Modal function that takes its secrets from the vault in the repository.

    modal run app.py

The vault is opened on the machine that deploys. Modal gets the values, and its containers need
neither the vault nor a key.
"""

import os

import modal

if modal.is_local():
    from vaultfile import Secret

    db = modal.Secret.from_dict(dict(Secret.from_name("db", required_keys=["PGHOST", "PGPASSWORD"])))
else:
    db = modal.Secret.from_dict({})  # the container has the values already

app = modal.App("report")


@app.function(secrets=[db])
def report() -> str:
    return "connecting to " + os.environ["PGHOST"]


@app.local_entrypoint()
def main() -> None:
    print(report.remote())
