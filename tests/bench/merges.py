#!/usr/bin/env python3
"""Opens clean merges with the reader that was written from the format's text alone.

    tests/bench/merges.py FOLDER

FOLDER is as `merges COUNT SAMPLES FOLDER` has filled it: what git merged, NAME.toml, what both sides
wanted, NAME.json, and the identity that opens it, me.key. Every seal is checked.
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "independent"))
import read  # noqa: E402
import vaultfmt  # noqa: E402


def opened(sample, identity):
    vault = vaultfmt.parse(sample.read_bytes())
    envs = [vaultfmt.unlock(vault, name, [identity], []) for name in sorted(vault.environments)]
    for env in envs:
        env.verify()
    return {env.name: read.values(env) for env in envs}


def main():
    folder = pathlib.Path(sys.argv[1])
    identity = (folder / "me.key").read_text()
    samples = sorted(folder.glob("*.toml"))
    wrong = 0
    for sample in samples:
        try:
            good = opened(sample, identity) == json.loads(sample.with_suffix(".json").read_text())
            why = "not what both sides wanted"
        except vaultfmt.VaultError as error:
            good, why = False, error
        if not good:
            wrong += 1
            print(f"{sample.name}: {why}")
    print(f"opened by the independent reader: {len(samples)} clean merges, {wrong} wrong")
    return 1 if wrong or not samples else 0


if __name__ == "__main__":
    sys.exit(main())
