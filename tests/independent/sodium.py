"""The few functions of libsodium that a vault needs and Python's standard library lacks."""

import ctypes
import ctypes.util

NAMES = [
    ctypes.util.find_library("sodium"),
    "libsodium.so.26",
    "libsodium.so.23",
    "libsodium.so",
    "libsodium.dylib",
    "/opt/homebrew/lib/libsodium.dylib",
    "/usr/local/lib/libsodium.dylib",
]


def load():
    for name in filter(None, NAMES):
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        if library.sodium_init() < 0:
            raise OSError("libsodium does not start")
        return library
    raise OSError("there is no libsodium")


LIBRARY = load()
TAG = 16


def declare(name, *arguments):
    function = getattr(LIBRARY, name)
    function.argtypes = arguments
    function.restype = ctypes.c_int
    return function


_bytes, _size = ctypes.c_char_p, ctypes.c_ulonglong
_out, _size_out = ctypes.c_void_p, ctypes.c_void_p
_encrypt = (_out, _size_out, _bytes, _size, _bytes, _size, _bytes, _bytes, _bytes)
_decrypt = (_out, _size_out, _bytes, _bytes, _size, _bytes, _size, _bytes, _bytes)

_xchacha_encrypt = declare("crypto_aead_xchacha20poly1305_ietf_encrypt", *_encrypt)
_xchacha_decrypt = declare("crypto_aead_xchacha20poly1305_ietf_decrypt", *_decrypt)
_chacha_encrypt = declare("crypto_aead_chacha20poly1305_ietf_encrypt", *_encrypt)
_scalarmult = declare("crypto_scalarmult", _out, _bytes, _bytes)
_scalarmult_base = declare("crypto_scalarmult_base", _out, _bytes)
_ed25519_pair = declare("crypto_sign_seed_keypair", _out, _out, _bytes)
_ed25519_point = declare("crypto_sign_ed25519_pk_to_curve25519", _out, _bytes)


def check_sizes(key, nonce, nonce_size):
    if len(key) != 32 or len(nonce) != nonce_size:
        raise ValueError("a key or a nonce of the wrong size")


def xchacha_encrypt(key, nonce, text, ad=b""):
    check_sizes(key, nonce, 24)
    out = ctypes.create_string_buffer(len(text) + TAG)
    _xchacha_encrypt(out, None, text, len(text), ad, len(ad), None, nonce, key)
    return out.raw


def xchacha_decrypt(key, nonce, sealed, ad=b""):
    """The plain text, or None if this is not what was encrypted under this key and AD."""
    check_sizes(key, nonce, 24)
    if len(sealed) < TAG:
        return None
    out = ctypes.create_string_buffer(len(sealed))
    if _xchacha_decrypt(out, None, None, sealed, len(sealed), ad, len(ad), nonce, key) != 0:
        return None
    return out.raw[: len(sealed) - TAG]


def chacha_encrypt(key, nonce, text):
    check_sizes(key, nonce, 12)
    out = ctypes.create_string_buffer(len(text) + TAG)
    _chacha_encrypt(out, None, text, len(text), b"", 0, None, nonce, key)
    return out.raw


def x25519(scalar, point):
    check_sizes(scalar, point, 32)
    out = ctypes.create_string_buffer(32)
    if _scalarmult(out, scalar, point) != 0:
        raise ValueError("a point of small order")
    return out.raw


def x25519_public(scalar):
    check_sizes(scalar, b"", 0)
    out = ctypes.create_string_buffer(32)
    _scalarmult_base(out, scalar)
    return out.raw


def ed25519_pair(seed):
    """The public key, and the secret one of 64 bytes."""
    check_sizes(seed, b"", 0)
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    _ed25519_pair(public, secret, seed)
    return public.raw, secret.raw


def ed25519_to_x25519(public):
    check_sizes(public, b"", 0)
    out = ctypes.create_string_buffer(32)
    if _ed25519_point(out, public) != 0:
        raise ValueError("not a point of the curve")
    return out.raw
