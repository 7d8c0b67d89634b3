"""From Modal: prints the values of one secret as JSON. Modal has no command that prints a value, so this
runs a function that has the secret, and brings what you name to your own terminal. Nothing is logged there.

    SECRET=my-secret modal run -q from-modal.py --names API_KEY,DB_PASSWORD | vault create app --from-json -

A program then gets the variables from `vault exec app -- …`, under the same names. Code that calls
modal.Secret outside Modal can keep the calls: see python-library.
"""

import json
import os

import modal

app = modal.App("from-modal")
# On Modal's side the function already has it.
secrets = [modal.Secret.from_name(os.environ["SECRET"])] if modal.is_local() else []


@app.function(secrets=secrets)
def values(names: str) -> dict:
    return {name: os.environ[name] for name in names.split(",")}


@app.local_entrypoint()
def main(names: str):
    print(json.dumps(values.remote(names)))
