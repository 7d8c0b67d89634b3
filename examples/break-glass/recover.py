#!/usr/bin/env python3
"""Break-glass recovery without vault: needs only the stock age command, libsodium and this script.

    python3 recover.py vault.toml prod ~/.config/vault/identity     with a reader's identity file
    python3 recover.py vault.toml prod team                         with the passphrase of the reader team
    git show HEAD~3:vault.toml >old.toml                            an older version, read the same way

Keep a copy of this script and of the key where you keep what you need when everything else is gone, and
try it once a year. With output to a pipe, no value touches a disk:

    python3 recover.py vault.toml prod KEY | python3 -c 'import json, sys; print(json.load(sys.stdin)["db"]["PASSWORD"])'

Prints all values of an environment as JSON: bytes that are not UTF-8 as \\udc80 to \\udcff, and a template
as its text. A value that was altered or moved does not open. It does not check that none is missing
(vault(5), Seals).
"""
import base64, ctypes, ctypes.util, hashlib, json, os, re, subprocess, sys

sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so")

def unbase64(text):
    return base64.b64decode(text + "=" * (-len(text) % 4))

def age(wrapped, identity=b""):  # without an identity, age asks for the passphrase
    pipe, end = os.pipe()
    os.write(end, identity)
    os.close(end)
    command = ["age", "-d"] + ["-i", f"/dev/fd/{pipe}"] * bool(identity)
    done = subprocess.run(command, input=unbase64(wrapped), pass_fds=[pipe], capture_output=True)
    return done.stdout

def unseal(sealed, key, *place):
    data, size = unbase64(sealed), ctypes.c_ulonglong()
    out = ctypes.create_string_buffer(len(data))
    where = b"".join(len(f.encode()).to_bytes(8, "little") + f.encode() for f in place)
    if sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            out, ctypes.byref(size), None, data[24:], ctypes.c_ulonglong(len(data) - 24),
            where, ctypes.c_ulonglong(len(where)), data[:24], key):
        sys.exit("does not open: " + "/".join(place[2:5]))
    text = out.raw[: size.value].rstrip(b"\0")[:-1]  # the padding: 0x80, then zeros
    return text[(10 + text[9] + 31) // 32 * 32 :].decode(errors="surrogateescape")

def value(strings, key, *place):  # open: a text, which counts if its header opens with it
    if len(strings) == 2:
        return unseal(strings[0], key, "vault/1 value", *place)
    text = strings[0].encode().decode("unicode_escape")
    return text + unseal(strings[1], key, "vault/1 open", *place, text)

path, env, key = sys.argv[1:]
tables = {}
string = r'"((?:[^"\\]|\\.)*)"'
line = re.compile(rf'^\[(.*)\]$|^([\w-]+) = (?:\[((?:[^]"]|{string})*)\]|{string})', re.M)
for header, name, entry, _, text in line.findall(open(path, encoding="utf-8-sig").read()):
    table = tables.setdefault(header, {}) if header else table
    table.update({name: re.findall(string, entry) or text} if name else {})
passphrases = tables.get("vault.passphrases", {})
identity = age(passphrases[key]) if key in passphrases else open(key, "rb").read()
keys = [age(wrapped, identity) for _, wrapped, _ in tables[f"vault.env.{env}.readers"].values()]
key = max(keys, key=len) or sys.exit(f"this key does not open {env}")
salt, person = b"\1" + bytes(15), b"vaultenv" + bytes(8)
key = hashlib.blake2b(key=key, salt=salt, person=person, digest_size=32)
place = tables["vault"]["id"], env
print(json.dumps({
    secret: {name: value(entry, key.digest(), *place, secret, name)
             for name, entry in table.items() if "-" not in name}
    for start, _, secret in (header.partition(".") for header in tables) if start == env
    for table in [tables[f"{env}.{secret}"]]}))
