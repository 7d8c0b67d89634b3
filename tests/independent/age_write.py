"""Makes age files stanza by stanza: quicker than the command, and able to make bad ones."""

import base64
import hashlib
import hmac
import os

import age
import sodium

CHUNK = 65536


def b64(data):
    return base64.b64encode(data).rstrip(b"=")


def hkdf(key, salt, info):
    middle = hmac.new(salt or bytes(32), key, hashlib.sha256).digest()
    return hmac.new(middle, info + b"\x01", hashlib.sha256).digest()


def stanza(arguments, body):
    text = b64(body)
    lines = [text[i : i + 64] for i in range(0, len(text) + 1, 64)]
    return b"-> " + " ".join(arguments).encode() + b"\n" + b"\n".join(lines) + b"\n"


def x25519(file_key, recipient):
    public, ephemeral = age.unbech32("age", recipient), os.urandom(32)
    share = sodium.x25519_public(ephemeral)
    secret = sodium.x25519(ephemeral, public)
    key = hkdf(secret, share + public, b"age-encryption.org/v1/X25519")
    body = sodium.chacha_encrypt(key, bytes(12), file_key)
    return stanza(["X25519", b64(share).decode()], body)


def ssh_ed25519(file_key, recipient):
    wire, ephemeral = age.ssh_wire(recipient), os.urandom(32)
    label = b"age-encryption.org/v1/ssh-ed25519"
    public = sodium.ed25519_to_x25519(wire[-32:])
    share = sodium.x25519_public(ephemeral)
    secret = sodium.x25519(hkdf(b"", wire, label), sodium.x25519(ephemeral, public))
    body = sodium.chacha_encrypt(hkdf(secret, share + public, label), bytes(12), file_key)
    tag = b64(hashlib.sha256(wire).digest()[:4]).decode()
    return stanza(["ssh-ed25519", tag, b64(share).decode()], body)


def ssh_key(comment):
    """A public key, and the private one as ssh-keygen writes it, without a passphrase."""

    def field(data):
        return len(data).to_bytes(4, "big") + data

    public, secret = sodium.ed25519_pair(os.urandom(32))
    wire = field(b"ssh-ed25519") + field(public)
    private = os.urandom(4) * 2 + wire + field(secret) + field(comment.encode())
    private += bytes(range(1, 1 + -len(private) % 8))
    clear = b"openssh-key-v1\0" + field(b"none") * 2 + field(b"") + (1).to_bytes(4, "big")
    text = base64.b64encode(clear + field(wire) + field(private)).decode()
    lines = [text[i : i + 70] for i in range(0, len(text), 70)]
    frame = "-----{} OPENSSH PRIVATE KEY-----"
    identity = "\n".join([frame.format("BEGIN"), *lines, frame.format("END"), ""])
    return "ssh-ed25519 " + base64.b64encode(wire).decode(), identity


def scrypt(file_key, passphrase, work_factor):
    salt = os.urandom(16)
    key = hashlib.scrypt(
        passphrase.encode(),
        salt=b"age-encryption.org/v1/scrypt" + salt,
        n=1 << work_factor,
        r=8,
        p=1,
        maxmem=(1 << work_factor) * 1024 + (1 << 20),
        dklen=32,
    )
    body = sodium.chacha_encrypt(key, bytes(12), file_key)
    return stanza(["scrypt", b64(salt).decode(), str(work_factor)], body)


def file(file_key, stanzas, text):
    head = b"age-encryption.org/v1\n" + b"".join(stanzas) + b"---"
    mac = hmac.new(hkdf(file_key, b"", b"header"), head, hashlib.sha256).digest()
    nonce = os.urandom(16)
    key = hkdf(file_key, nonce, b"payload")
    chunks = [text[i : i + CHUNK] for i in range(0, len(text), CHUNK)] or [b""]
    sealed = [
        sodium.chacha_encrypt(key, i.to_bytes(11, "big") + bytes([i == len(chunks) - 1]), chunk)
        for i, chunk in enumerate(chunks)
    ]
    return head + b" " + b64(mac) + b"\n" + nonce + b"".join(sealed)


def to_x25519(recipient, text):
    file_key = os.urandom(16)
    return file(file_key, [x25519(file_key, recipient)], text)


def to_ssh(recipient, text):
    file_key = os.urandom(16)
    return file(file_key, [ssh_ed25519(file_key, recipient)], text)


def to_passphrase(passphrase, text, work_factor):
    file_key = os.urandom(16)
    return file(file_key, [scrypt(file_key, passphrase, work_factor)], text)


def to_post_quantum(text):
    """Of the shape that it has, for nobody to open."""
    body = stanza(["mlkem768x25519", b64(os.urandom(1120)).decode()], os.urandom(32))
    return file(os.urandom(16), [body], text)


def to_plugin(text):
    """As a plugin that nobody has might return it: for a kind that no reader knows."""
    file_key = os.urandom(16)
    return file(file_key, [stanza(["example", "x"], b""), stanza(["extra"], bytes(48))], text)
