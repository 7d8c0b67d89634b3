"""Reads files as Python programs do: dotenv, YAML, TOML, HCL."""
import json
import logging
import sys


def reader(name):
    if name in ("python", "python-plain"):
        import dotenv
        logging.disable(logging.CRITICAL)  # the lines that it passes over
        return lambda path: dict(dotenv.dotenv_values(path, interpolate=name == "python"))
    if name == "yaml":
        import yaml
        return lambda path: yaml.safe_load(open(path, encoding="utf-8", newline=""))
    if name == "toml":
        import tomli
        return lambda path: tomli.load(open(path, "rb"))
    import hcl2
    return lambda path: hcl2.load(open(path, encoding="utf-8", newline=""))


read = reader(sys.argv[1])
for line in sys.stdin.buffer.read().decode().splitlines():
    try:
        result = read(line)
    except Exception as error:  # whatever a parser throws
        result = f"{type(error).__name__}: {error}"
    print(json.dumps(result, default=str))
