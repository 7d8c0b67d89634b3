#!/usr/bin/env python3
"""A plugin for age, for tests: its keys are 32 bytes that wrap and open file keys with HMAC-SHA256.

    age-plugin-toy.py --new        prints an identity file, the recipient in a comment

TOY lists, with commas, what it does besides: ask a person, or misbehave. TOY_DUMP names a file into
which it writes what it was given. TOY_COUNT names a file that gets a line for each run."""
import base64
import hashlib
import hmac
import os
import signal
import sys
import time

CHARS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
DOES = [word for word in os.environ.get("TOY", "").split(",") if word]


# ---- bech32

def polymod(values):
    sums = [0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i in range(5):
            check ^= sums[i] if top >> i & 1 else 0
    return check


def expand(prefix):
    return [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]


def encode(prefix, data):
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    values = [int(bits[i:i + 5], 2) for i in range(0, len(bits), 5)]
    check = polymod(expand(prefix) + values + [0] * 6) ^ 1
    values += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join(CHARS[v] for v in values)


def decode(text):
    prefix, _, rest = text.lower().rpartition("1")
    values = [CHARS.index(c) for c in rest]
    if polymod(expand(prefix) + values) != 1:
        raise ValueError("not bech32")
    bits = "".join(f"{v:05b}" for v in values[:-6])
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits) // 8 * 8, 8))


# ---- messages

def b64(data):
    return base64.b64encode(data).decode().rstrip("=")


def unb64(text):
    return base64.b64decode(text + "=" * (-len(text) % 4))


def send(command, body=b""):
    text = b64(body)
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    if len(text) % 64 == 0:
        lines.append("")
    sys.stdout.write("-> " + command + "\n" + "\n".join(lines) + "\n")
    sys.stdout.flush()


def receive():
    line = sys.stdin.readline()
    if not line:
        sys.exit(1)
    words, body = line[3:].rstrip("\n").split(" "), ""
    while True:
        line = sys.stdin.readline().rstrip("\n")
        body += line
        if len(line) < 64:
            return words, unb64(body)


def ask(command, body=b""):
    send(command, body)
    return receive()


# ---- keys

def wrap(key, file_key):
    nonce = os.urandom(16)
    pad = hmac.new(key, b"pad" + nonce, hashlib.sha256).digest()[:16]
    sealed = bytes(a ^ b for a, b in zip(file_key, pad))
    return "toy " + b64(nonce), sealed + hmac.new(key, nonce + sealed, hashlib.sha256).digest()[:16]


def unwrap(key, args, body):
    if args[0] != "toy" or len(args) != 2 or len(body) != 32:
        return None
    nonce, sealed = unb64(args[1]), body[:16]
    if not hmac.compare_digest(hmac.new(key, nonce + sealed, hashlib.sha256).digest()[:16], body[16:]):
        return None
    pad = hmac.new(key, b"pad" + nonce, hashlib.sha256).digest()[:16]
    return bytes(a ^ b for a, b in zip(sealed, pad))


# ---- what it does besides

def talk():
    """Asks a person, as it was told to. Exits unless the answers are the right ones."""
    if "say" in DOES:
        ask("msg", b"touch the token\x1b[31m now")
    if "confirm" in DOES and ask("confirm " + b64(b"go on") + " " + b64(b"stop"), b"really")[0] != ["ok", "yes"]:
        fail(b"it was not confirmed")
    if "public" in DOES and ask("request-public", b"which slot")[1] != b"7":
        fail(b"a wrong slot")
    if "secret" in DOES and ask("request-secret", b"the PIN")[1] != b"1234":
        fail(b"a wrong PIN")
    if "grease" in DOES and ask("what-is-this 1 2", b"x" * 48)[0] != ["unsupported"]:
        fail(b"grease was taken")


def fail(what):
    ask("error internal", what)
    send("done")
    sys.exit(1)


def misbehave():
    if "hang" in DOES:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(3600)
    if "die" in DOES:
        os.kill(os.getpid(), signal.SIGKILL)
    if "leave" in DOES:
        sys.exit(0)
    if "garbage" in DOES:
        print("hello, I am no plugin", flush=True)
        receive()
    if "binary" in DOES:
        os.write(1, bytes(range(256)) * 16)
        receive()
    if "endless" in DOES:
        while True:
            os.write(1, b"-> msg " + b"x" * 4096)
    if "body" in DOES:
        os.write(1, b"-> msg\n")
        while True:
            os.write(1, b"A" * 64 + b"\n")
    while "flood" in DOES:
        send("msg", b"again")
    if "chat" in DOES:
        while True:
            ask("msg", b"again")
    if "error" in DOES:
        fail(b"the token is gone\x1b[2J")


def dump():
    path = os.environ.get("TOY_DUMP")
    if path:
        with open(path, "a", encoding="utf-8") as f:
            f.write("arguments " + " ".join(sys.argv[1:]) + "\n")
            f.write("folder " + os.getcwd() + "\n")
            for name, value in os.environ.items():
                f.write(f"variable {name}={value}\n")
            for fd in sorted(int(n) for n in os.listdir("/proc/self/fd")):
                try:
                    f.write(f"descriptor {fd} {os.readlink(f'/proc/self/fd/{fd}')}\n")
                except OSError:
                    pass
            try:
                os.close(os.open("/dev/tty", os.O_RDWR))
                f.write("terminal\n")
            except OSError:
                pass
    path = os.environ.get("TOY_COUNT")
    if path:
        with open(path, "a", encoding="utf-8") as f:
            f.write(sys.argv[1] + "\n")


# ---- the two machines

def recipient_v1():
    keys, file_keys = [], []
    while True:
        words, body = receive()
        if words[0] in ("add-recipient", "add-identity"):
            keys.append(decode(words[1]))
        elif words[0] == "wrap-file-key":
            file_keys.append(body)
        elif words[0] == "done":
            break
    misbehave()
    talk()
    for place, file_key in enumerate(file_keys):
        for key in keys:
            stanza, sealed = wrap(key, file_key)
            if "nothing" in DOES:
                continue
            if "scrypt" in DOES:
                stanza = "scrypt " + b64(os.urandom(16)) + " 10"
            if "mlkem" in DOES:
                stanza = stanza.replace("toy", "mlkem768x25519")
            if "index" in DOES:
                place = 7
            if "junk" in DOES:
                sealed = os.urandom(32)
            ask(f"recipient-stanza {place} {stanza}", sealed)
            if "two" in DOES:
                ask(f"recipient-stanza {place} other", b"")
    if "labels" in DOES:
        ask("labels postquantum")
        ask("labels postquantum")
    send("done")


def identity_v1():
    keys, files = [], {}
    while True:
        words, body = receive()
        if words[0] == "add-identity":
            keys.append(decode(words[1]))
        elif words[0] == "recipient-stanza":
            files.setdefault(int(words[1]), []).append((words[2:], body))
        elif words[0] == "done":
            break
    misbehave()
    talk()
    for place, stanzas in files.items():
        found = [k for k in (unwrap(key, *s) for s in stanzas for key in keys) if k]
        if not found:
            continue
        file_key = found[0]
        if "wrong" in DOES:
            file_key = os.urandom(16)
        if "short" in DOES:
            file_key = file_key[:15]
        if "long" in DOES:
            file_key = file_key * 512
        if "index" in DOES:
            place = 255
        if "negative" in DOES:
            place = -1
        ask(f"file-key {place}", file_key)
        if "twice" in DOES:
            ask(f"file-key {place}", file_key)
    send("done")


def new():
    key = os.urandom(32)
    print("#    Recipient: " + encode("age1toy", key))
    print(encode("age-plugin-toy-", key).upper())


if __name__ == "__main__":
    if sys.argv[1:] == ["--new"]:
        new()
        sys.exit(0)
    dump()
    if sys.argv[1:] == ["--age-plugin=recipient-v1"]:
        recipient_v1()
    elif sys.argv[1:] == ["--age-plugin=identity-v1"]:
        identity_v1()
    else:
        sys.exit(1)
    if "stay" in DOES:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(3600)
