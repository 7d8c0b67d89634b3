#!/usr/bin/env python3
"""Checks the signature of a webhook with a secret from the environment, without a package.

    vault exec --only WEBHOOK_KEY --require WEBHOOK_KEY -- python3 webhook.py SIGNATURE <body

For a value with several lines, or too long for an environment, such as a certificate, use a file in
memory, which is removed at the end:

    vault exec --files --only WEBHOOK_KEY -- python3 webhook.py SIGNATURE <body
"""

import hashlib
import hmac
import os
import pathlib
import sys


def secret(name):
    """From NAME, or from the file that NAME_FILE names."""
    if name + "_FILE" in os.environ:
        return pathlib.Path(os.environ.pop(name + "_FILE")).read_bytes()
    return os.environb.pop(os.fsencode(name))


signature = hmac.new(secret("WEBHOOK_KEY"), sys.stdin.buffer.read(), hashlib.sha256).hexdigest()
if not hmac.compare_digest(signature, sys.argv[1]):
    sys.exit("the signature is not of this body")
print("the signature is right")
