"""age files: opened by the stock `age` command; their header and key notations read here."""

import base64
import functools
import hashlib
import os
import pty
import re
import select
import struct
import subprocess
import tempfile

import sodium

# ---- Keys in age's notation: bech32 (BIP 173) without its limit of length, and SSH's.

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def polymod(values):
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i in range(5):
            if top >> i & 1:
                check ^= GENERATOR[i]
    return check


def bech32(prefix, data):
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    digits = [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]
    head = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = polymod(head + digits + [0] * 6) ^ 1
    digits += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join(ALPHABET[digit] for digit in digits)


def unbech32(prefix, text):
    """The bytes that bech32() turns into exactly this text, or None."""
    digits = [ALPHABET.find(c) for c in text[len(prefix) + 1 : -6]]
    if not text.startswith(prefix + "1") or -1 in digits:
        return None
    bits = "".join(f"{digit:05b}" for digit in digits)
    data = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))
    return data if bech32(prefix, data) == text else None


@functools.lru_cache(maxsize=4096)
def recipient_of(scalar):
    return bech32("age", sodium.x25519_public(scalar))


def identity_text(scalar):
    return bech32("age-secret-key-", scalar).upper() + "\n"


def ssh_wire(recipient):
    """The 51 bytes of a canonical `ssh-ed25519 AAAA…` without comment, or None."""
    kind, _, text = recipient.partition(" ")
    head = struct.pack(">I11sI", 11, b"ssh-ed25519", 32)
    try:
        wire = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    well = kind == "ssh-ed25519" and len(wire) == 51 and wire.startswith(head)
    return wire if well and base64.b64encode(wire).decode() == text else None


@functools.lru_cache(maxsize=4096)
def kind_of(recipient):
    """'X25519', 'ssh-ed25519', 'post-quantum', 'plugin', or 'unknown': what may come later, or is
    no key at all."""
    if recipient.startswith("ssh-ed25519 "):
        return "ssh-ed25519" if ssh_wire(recipient) else "unknown"
    prefix = recipient[: recipient.rfind("1")]
    data = unbech32(prefix, recipient) if prefix.startswith("age") else None
    if data is None:
        return "unknown"
    if prefix == "age":
        return "X25519" if len(data) == 32 else "unknown"
    if prefix == "age1pq":
        return "post-quantum" if len(data) == 1216 else "unknown"
    return "plugin" if re.fullmatch("age1[a-z0-9+._-]+", prefix) else "unknown"


def recipients_of(identity):
    """The public keys that belong to the text of an identity file."""
    if identity.startswith("-----BEGIN OPENSSH PRIVATE KEY-----"):
        blob = base64.b64decode("".join(identity.split("-----")[2].split()))
        clear = b"openssh-key-v1\0" + struct.pack(">I4sI4sII", 4, b"none", 4, b"none", 0, 1)
        start = len(clear) + 4
        size = int.from_bytes(blob[len(clear) : start], "big")
        recipient = "ssh-ed25519 " + base64.b64encode(blob[start : start + size]).decode()
        if not blob.startswith(clear) or not ssh_wire(recipient):
            raise ValueError("not an unencrypted ed25519 key")
        return [recipient]
    lines = [line for line in identity.split("\n") if line and not line.startswith("#")]
    scalars = [unbech32("age-secret-key-", line.rstrip("\r").lower()) for line in lines]
    if not scalars or None in scalars:
        raise ValueError("not a file of X25519 identities")
    return [recipient_of(scalar) for scalar in scalars]


# ---- The header of an age file.

STANZA = rb"-> ([!-~]+(?: [!-~]+)*)\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n"
HEADER = re.compile(rb"age-encryption\.org/v1\n((?:" + STANZA + rb")+)--- [A-Za-z0-9+/]{43}\n")


def stanzas(data):
    """The arguments of each stanza, or [] if this is no age file."""
    header = HEADER.match(data)
    found = re.findall(STANZA, header.group(1)) if header else []
    return [arguments.decode().split(" ") for arguments in found]


def is_wrapped_to(data, recipient):
    """Exactly one stanza, and of the recipient's kind. That an X25519 stanza is to this key and
    no other can be told only by whoever holds it; of later kinds nothing is known."""
    kind, found = kind_of(recipient), stanzas(data)
    if kind == "X25519":
        return len(found) == 1 and found[0][0] == kind and len(found[0]) == 2
    if kind == "post-quantum":
        return len(found) == 1 and found[0][0] == "mlkem768x25519" and len(found[0]) == 2
    if kind == "ssh-ed25519":
        tag = base64.b64encode(hashlib.sha256(ssh_wire(recipient)).digest()[:4]).rstrip(b"=")
        return len(found) == 1 and found[0][:2] == [kind, tag.decode()] and len(found[0]) == 3
    return len(found) > 0


def scrypt_work_factor(data):
    """Of a file with one scrypt stanza and nothing else; otherwise None."""
    found = stanzas(data)
    if len(found) != 1 or found[0][0] != "scrypt" or len(found[0]) != 3:
        return None
    return int(found[0][2]) if re.fullmatch("[1-9][0-9]?", found[0][2]) else None


# ---- The command. Ciphertext goes through a file, keys never do.


@functools.lru_cache(maxsize=None)
def decrypt(identity, data):
    """What an identity (the text of an identity file) opens the file to, or None."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        command = ["age", "-d", "-i", "-", file.name]
        done = subprocess.run(command, input=identity.encode(), capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


@functools.lru_cache(maxsize=None)
def decrypt_with_passphrase(passphrase, data):
    """The same with a passphrase, for which age insists on a terminal: it is given one."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        output, age_output = os.pipe()
        child, terminal = pty.fork()
        if child == 0:
            try:
                os.dup2(age_output, 1)
                os.execvp("age", ["age", "-d", file.name])
            finally:
                os._exit(127)
        os.close(age_output)
        text = converse(terminal, output, passphrase)
        _, status = os.waitpid(child, 0)
    return text if status == 0 else None


def converse(terminal, output, passphrase):
    """Answers the prompt, and collects the output until both ends are closed."""
    said, text, waiting, answered = b"", b"", {terminal, output}, False
    while waiting:
        for ready in select.select(waiting, [], [])[0]:
            try:
                data = os.read(ready, 65536)
            except OSError:  # how Linux says that the far side of a terminal has closed
                data = b""
            if not data:
                waiting.discard(ready)
                os.close(ready)
            elif ready == output:
                text += data
            else:
                said += data
        if not answered and terminal in waiting and b"passphrase" in said:
            os.write(terminal, passphrase.encode() + b"\n")
            answered = True
    return text
