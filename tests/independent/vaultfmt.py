"""The vault file, format 1: vault(5) once more, as a program that reads.

    vault = vaultfmt.parse(open("vault.toml", "rb").read())
    prod = vaultfmt.unlock(vault, "prod", identities=[open("alice.key").read()])
    prod.value("stripe", "API_KEY").data

parse() holds the text to the closed world of vault(5) and needs no key. unlock() finds the
environment's key with the stock `age` command and checks every seal before it returns. verify()
checks what reading does not need. The parts stand in that order below.
"""

import base64
import collections
import hashlib
import hmac
import re
from dataclasses import dataclass

import age
import sodium
import template

MAX_FILE = 32 << 20
MAX_ENVIRONMENTS = 4096
MAX_TABLES = 100_000
MAX_ENTRIES = 262_144  # of all tables
MAX_VALUE = 1 << 20
MAX_OPEN_TEXT = 4096  # bytes of UTF-8, and those of an author:
MAX_AUTHOR = 255
MAX_PUBLIC_KEY = 4096
MAX_PROPOSAL = 65536  # bytes of the age file
MAX_WORK_FACTOR = 18

PLAIN, TEMPLATE, OPEN, PAST_KEY = range(4)  # the first byte of what is sealed


class VaultError(Exception):
    status = 1


class FormatError(VaultError):
    """The text is no vault of format 1."""

    def __init__(self, line, text):
        super().__init__(f"line {line}: {text}")
        self.line = line


class NewerError(VaultError):
    """Another format than 1: a newer vault wrote it."""


class ConflictError(VaultError):
    """Git left its conflict markers in the file."""

    status = 6


class MissingError(VaultError):
    status = 4


class LockedError(VaultError):
    """Nothing that was given opens the environment."""

    status = 3


class IntegrityError(VaultError):
    """A seal does not fit, or something does not open: this is not what a reader wrote."""

    status = 5


# ---- Text: bytes to tables of items. Only what stands in this grammar is accepted.

NAME = "[A-Za-z0-9][A-Za-z0-9_-]{0,63}"  # of an environment, a secret, a reader
KEY = "[A-Za-z_][A-Za-z0-9_]{0,255}"
PAST = "[1-9][0-9]*"
NOTHING = ""
PLACE = f'"{NAME}/{KEY}/[0-9a-f]{{8}}"'
# What TOML keeps out of comments, and the C1 and bidirectional controls.
CONTROL = r"\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
ASCII = r"[ !\#-\[\]-~]*"  # printable, without the quote and the backslash
ESCAPE = r'\\(?:["\\nt]|u[0-9A-F]{4}|U[0-9A-F]{8})'
STRING = rf'"{ASCII}(?:{ESCAPE}{ASCII})*"'

LINE = re.compile(
    rf"""(?:
      (?P<nothing> [ \t]* (?: \# [^{CONTROL}]* )? )
    | \[ (?P<table> [A-Za-z0-9_-]+ (?: \. [A-Za-z0-9_-]+ )* ) \]
    | (?P<name> [A-Za-z0-9_-]+ | "{ASCII}" ) [ ] = [ ]
      (?: (?P<string> {STRING} )
        | (?P<integer> [0-9]+ )
        | (?P<moment> [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} T [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}} Z )
        | \[ (?P<entry> [ \n]* {STRING} (?: [ \n]* , [ \n]* {STRING} )* [ \n]* (?: , [ \n]* )? ) \]
      )
    ) (?: \n | \Z )""",
    re.VERBOSE,
)
CONFLICT = re.compile(r"^(?:<{7,}|\|{7,}|={7,}|>{7,})(?: |$)", re.MULTILINE)
FORMAT = re.compile(r"^\[vault\]\n(?:[^\[\n].*\n|\n)*?format = (0|[1-9][0-9]*)$", re.MULTILINE)


@dataclass
class Item:
    line: int
    kind: str  # 'string', 'integer', 'moment' or 'entry'
    value: object  # an entry's is the list of its strings


class Table:
    def __init__(self, line):
        self.line = line
        self.items = {}

    def take(self, name):
        if name not in self.items:
            raise FormatError(self.line, f"the table lacks {name}")
        return self.items.pop(name)

    def rest(self, pattern):
        """Whatever was not taken: names of this pattern, and no others."""
        for name, item in self.items.items():
            if not re.fullmatch(pattern, name):
                raise FormatError(item.line, f"no {name} belongs here")
        return self.items.items()


def read_text(data):
    if len(data) > MAX_FILE:
        raise FormatError(1, "over 32 MiB")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(data.count(b"\n", 0, error.start) + 1, "not UTF-8") from None
    text = text[text.startswith("\ufeff") :].replace("\r\n", "\n")
    conflict, version = CONFLICT.search(text), FORMAT.search(text)
    newer = version and version.group(1) != "1"
    if conflict and not (newer and version.start(1) < conflict.start()):
        line = text.count("\n", 0, conflict.start()) + 1
        raise ConflictError(f"line {line}: a conflict marker of git")
    if newer:
        raise NewerError(f"format {version.group(1)}: written by a newer vault")
    return text


def read_tables(text):
    """{path: Table}, in the order of the file: a dict keeps it, and the seals rest on it."""
    tables, table, line, position = {}, None, 1, 0
    while position < len(text):
        match = LINE.match(text, position)
        if not match:
            raise FormatError(line, "not what a line of a vault looks like")
        if match["table"]:
            path = tuple(match["table"].split("."))
            if path in tables:
                raise FormatError(line, f"a second [{match['table']}]")
            if len(tables) == MAX_TABLES:
                raise FormatError(line, f"more than {MAX_TABLES} tables")
            table = tables[path] = Table(line)
        elif match["name"]:
            if table is None:
                raise FormatError(line, "outside any table")
            if match["name"] in table.items:
                raise FormatError(line, f"a second {match['name']} in its table")
            kind = match.lastgroup
            value = match[kind]
            if kind == "entry":
                value = [string[1:-1] for string in re.findall(STRING, value)]
            elif kind == "string":
                value = value[1:-1]
            table.items[match["name"]] = Item(line, kind, value)
        line += text.count("\n", position, match.end())
        position = match.end()
    return tables


# ---- The closed world: tables to a Vault. What has no place here is an error.


@dataclass
class Reader:
    line: int
    public_key: str
    age_text: str  # in base64, as it stands
    age_file: bytes
    seal: bytes


@dataclass
class Entry:
    """A variable's: without a text, a sealed value; with one, an open value and its header."""

    text: str
    sealed: bytes
    seal: bytes


@dataclass
class Secret:
    next_secret: bytes
    created_at: str
    created_by: str
    first_key: bytes
    keys: dict  # name: Entry


@dataclass
class Environment:
    inbox_key: str
    first_secret: bytes
    readers: dict  # name: Reader
    past: dict  # number, as it stands: sealed key
    inbox: dict  # (secret, key, tag): age file
    secrets: dict  # name: Secret


@dataclass
class Vault:
    id: str
    passphrases: dict  # name: age file
    environments: dict  # name: Environment


def parse(data):
    """A Vault. An environment's own table makes it: its other tables may stand before that."""
    tables = read_tables(read_text(data))
    if ("vault",) not in tables:
        raise FormatError(1, "there is no [vault]")
    vault = parse_head(tables.pop(("vault",)))
    heads = [path for path in tables if path[:2] == ("vault", "env") and len(path) == 3]
    for path in heads:
        table = tables.pop(path)
        vault.environments[environment_name(path[2], table)] = parse_environment(table)
    if len(vault.environments) > MAX_ENVIRONMENTS:
        raise FormatError(1, f"more than {MAX_ENVIRONMENTS} environments")
    for path, table in tables.items():
        parse_table(vault, path, table)
    if entries_of(vault) > MAX_ENTRIES:
        raise FormatError(1, f"more than {MAX_ENTRIES} entries")
    return vault


def entries_of(vault):
    count = len(vault.passphrases)
    for env in vault.environments.values():
        count += len(env.readers) + len(env.past) + len(env.inbox)
        count += sum(len(secret.keys) for secret in env.secrets.values())
    return count


def parse_head(table):
    version, vault_id = table.take("format"), table.take("id")
    if (version.kind, version.value) != ("integer", "1"):
        raise FormatError(version.line, "format is not 1")
    binary(vault_id, 16)
    table.rest(NOTHING)
    return Vault(vault_id.value, {}, {})


def parse_environment(table):
    inbox_key, first_secret = table.take("inbox-key"), table.take("first-secret")
    if age.kind_of(string(inbox_key)) != "X25519":
        raise FormatError(inbox_key.line, "not an age1… key")
    table.rest(NOTHING)
    return Environment(inbox_key.value, binary(first_secret, 16), {}, {}, {}, {})


def parse_table(vault, path, table):
    if path == ("vault", "passphrases"):
        for name, item in table.rest(NAME):
            vault.passphrases[name] = binary(item)
    elif path[:2] == ("vault", "env") and len(path) == 4:
        parse_part(environment(vault, path[2], table), path[3], table)
    elif path[0] != "vault" and len(path) == 2:
        if not re.fullmatch(NAME, path[1]):
            raise FormatError(table.line, "no name for a secret")
        environment(vault, path[0], table).secrets[path[1]] = parse_secret(table)
    else:
        raise FormatError(table.line, f"no [{'.'.join(path)}] belongs here")


def parse_part(env, part, table):
    if part == "readers":
        for name, item in table.rest(NAME):
            public_key, age_text, seal = strings(item, 3)
            if not re.fullmatch(ASCII, public_key) or not 1 <= len(public_key) <= MAX_PUBLIC_KEY:
                raise FormatError(item.line, "not a public key")
            env.readers[name] = Reader(
                item.line, public_key, age_text, unbase64(item.line, age_text), seal_of(item, seal)
            )
    elif part == "past":
        env.past = {number: binary(item) for number, item in table.rest(PAST)}
        if set(env.past) != {str(i + 1) for i in range(len(env.past))}:
            raise FormatError(table.line, "a gap between past keys")
    elif part == "inbox":
        for place, item in table.rest(PLACE):
            env.inbox[tuple(place[1:-1].split("/"))] = age_file = binary(item)
            if len(age_file) > MAX_PROPOSAL:
                raise FormatError(item.line, "a proposal over 64 KiB")
    else:
        raise FormatError(table.line, f"an environment has no table {part}")


def parse_secret(table):
    created_at, created_by = table.take("created-at"), table.take("created-by")
    secret = Secret(
        next_secret=binary(table.take("next-secret"), 16),
        created_at=moment(created_at),
        created_by=unspell(created_by.line, string(created_by), MAX_AUTHOR),
        first_key=binary(table.take("first-key"), 16),
        keys={},
    )
    for name, item in table.rest(KEY):
        *text, sealed, seal = strings(item, 2, 3)
        text = unspell(item.line, text[0], MAX_OPEN_TEXT) if text else None
        secret.keys[name] = Entry(text, unbase64(item.line, sealed), seal_of(item, seal))
    return secret


def environment_name(name, table):
    if name == "vault" or not re.fullmatch(NAME, name):
        raise FormatError(table.line, "no name for an environment")
    return name


def environment(vault, name, table):
    if environment_name(name, table) not in vault.environments:
        raise FormatError(table.line, f"there is no [vault.env.{name}]")
    return vault.environments[name]


def string(item):
    if item.kind != "string":
        raise FormatError(item.line, "a string belongs here")
    return item.value


def strings(item, *counts):
    if item.kind != "entry" or len(item.value) not in counts:
        wanted = " or ".join(map(str, counts))
        raise FormatError(item.line, f"an entry of {wanted} strings belongs here")
    return item.value


SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def spell(text):
    """The one spelling of a text in ASCII."""

    def character(c):
        if c in SHORT or " " <= c <= "~":
            return SHORT.get(c, c)
        return f"\\u{ord(c):04X}" if ord(c) < 0x10000 else f"\\U{ord(c):08X}"

    return "".join(map(character, text))


def unspell(line, spelled, most):
    """The text, of up to `most` bytes, that is spelled like this."""
    long = {short: c for c, short in SHORT.items()}
    try:
        text = re.sub(ESCAPE, lambda m: long.get(m[0]) or chr(int(m[0][2:], 16)), spelled)
        size = len(text.encode())
    except (ValueError, OverflowError):  # past U+10FFFF, or a surrogate
        raise FormatError(line, "an escape of no character") from None
    if spell(text) != spelled or "\0" in text or size > most:
        raise FormatError(line, f"not the spelling of a text of up to {most} bytes")
    return text


def moment(item):
    if item.kind != "moment":
        raise FormatError(item.line, "a date and time belong here")
    year, month, day, hour, minute, second = map(int, re.findall("[0-9]+", item.value))
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    if not (1 <= month <= 12 and 1 <= day <= days[month - 1]):
        raise FormatError(item.line, "no such day")
    if hour > 23 or minute > 59 or second > 59:
        raise FormatError(item.line, "no such time")
    return item.value


def binary(item, size=None):
    return unbase64(item.line, string(item), size)


def seal_of(item, text):
    return unbase64(item.line, text, 16)


def unbase64(line, text, size=None):
    """Canonical, without padding: only what encodes back to the same text."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        data = b""
    if to_base64(data) != text or size not in (None, len(data)):
        raise FormatError(line, "not the base64 that belongs here")
    return data


def to_base64(data):
    return base64.b64encode(data).decode().rstrip("=")


# ---- Keys and seals.


def encode(*fields):
    fields = [field.encode() if isinstance(field, str) else field for field in fields]
    return b"".join(len(field).to_bytes(8, "little") + field for field in fields)


def derive(key, subkey_id, length):
    """libsodium's crypto_kdf_derive_from_key, with the context vaultenv."""
    salt = subkey_id.to_bytes(8, "little") + bytes(8)
    person = b"vaultenv" + bytes(8)
    return hashlib.blake2b(key=key, salt=salt, person=person, digest_size=length).digest()


def fingerprint_of(inbox_key):
    """It needs no key: anyone who has the file can compare it."""
    text = encode("vault/1 fingerprint", inbox_key)
    return to_base64(hashlib.blake2b(text, digest_size=16).digest())


class Keys:
    """What is derived from the 32 bytes of an environment key."""

    def __init__(self, key):
        self.key = key
        self.value_key = derive(key, 1, 32)
        self.seal_key = derive(key, 2, 32)
        self.inbox_secret = derive(key, 3, 32)
        self.inbox_key = age.recipient_of(self.inbox_secret)
        self.fingerprint = fingerprint_of(self.inbox_key)
        self.past_key = derive(key, 5, 32)

    def seal(self, *fields):
        return hashlib.blake2b(encode(*fields), key=self.seal_key, digest_size=16).digest()


def pad(text):
    return text + b"\x80" + bytes(-(len(text) + 1) % 32)


def unpad(text):
    """What pad() makes this of, or None."""
    bare = text.rstrip(b"\0")
    return bare[:-1] if bare.endswith(b"\x80") and pad(bare[:-1]) == text else None


@dataclass
class Value:
    updated_at: int
    author: str
    data: bytes
    kind: int = PLAIN


def seal_value(value):
    """The plain text that is sealed for it."""
    author = value.author.encode()
    head = bytes([value.kind]) + value.updated_at.to_bytes(8, "little")
    head += bytes([len(author)]) + author
    return pad(head + bytes(-len(head) % 32) + value.data)


def open_value(text, *kinds):
    """A value from the plain text that was sealed, or None if it is not built like one of these
    kinds."""
    text = unpad(text)
    if not text or len(text) < 32:
        return None
    said = 10 + text[9]
    head = said + -said % 32
    fill, data = text[said:head], text[head:]
    if text[0] not in kinds or len(text) < head or any(fill) or len(data) > MAX_VALUE:
        return None
    try:
        author = text[10:said].decode("utf-8")
    except UnicodeDecodeError:
        return None
    return Value(int.from_bytes(text[1:9], "little"), author, data, text[0])


# ---- Opening an environment.


def unlock(vault, name, identities=(), passphrases=()):
    """The environment, opened by the first credential that can. Identities are the texts of
    identity files: age's, or an OpenSSH ed25519 key without passphrase."""
    if name not in vault.environments:
        raise MissingError(f"there is no environment {name}")
    env = vault.environments[name]
    for identity in [*identities, *behind_passphrases(vault, env, passphrases)]:
        key = find_key(name, env, identity)
        if key:
            return OpenEnvironment(vault, name, Keys(key))
    raise LockedError(f"{name}: nothing that was given opens it")


def behind_passphrases(vault, env, passphrases):
    """An entry that is not one scrypt stanza, or demands too much work, opens nothing."""
    for passphrase in passphrases:
        for name, age_file in vault.passphrases.items():
            factor = age.scrypt_work_factor(age_file)
            if name in env.readers and factor and factor <= MAX_WORK_FACTOR:
                identity = age.decrypt_with_passphrase(passphrase, age_file)
                if identity:
                    check_passphrase(env, name, identity.decode("utf-8", "replace"))
                    yield identity.decode("utf-8", "replace")


def check_passphrase(env, name, identity):
    """Behind a passphrase is the identity of the reader of that name. Whose a later kind of
    identity is cannot be told here."""
    try:
        own = age.recipients_of(identity)
    except ValueError:
        return
    if [env.readers[name].public_key] != own:
        raise IntegrityError(f"the passphrase of {name} is not this reader's")


def find_key(name, env, identity):
    """The environment's key, or None. An entry of one's own public key MUST hold it; others are
    tried after those, because a public key says little before its seal is checked."""
    try:
        own = age.recipients_of(identity)
    except ValueError as error:
        raise LockedError(f"{name}: an identity that was given is {error}") from None
    found = None
    readers = sorted(env.readers.items(), key=lambda item: item[1].public_key not in own)
    for reader_name, reader in readers:
        is_own = reader.public_key in own
        if found and not is_own:
            break
        key = None
        if age.is_wrapped_to(reader.age_file, reader.public_key):
            key = age.decrypt(identity, reader.age_file)
        if key and len(key) == 32 and Keys(key).inbox_key == env.inbox_key:
            found = key
        elif is_own:
            raise IntegrityError(f"{name}: the entry of {reader_name} does not hold the key")
    return found


class OpenEnvironment:
    """An environment and its keys. It exists only if every seal that reading rests on holds."""

    def __init__(self, vault, name, keys):
        self.vault = vault
        self.name = name
        self.env = vault.environments[name]
        self.keys = keys
        self.checked = collections.Counter()  # what was found good, by kind
        self.check_secrets()
        self.past = self.open_past()  # [(Keys, Value: when and by whom rotated out)], oldest first

    def fields(self, label, *rest):
        return ("vault/1 " + label, self.vault.id, self.name, *rest)

    def check(self, where, seal, label, *rest):
        if not hmac.compare_digest(seal, self.keys.seal(*self.fields(label, *rest))):
            raise IntegrityError(f"{self.name}: the {label} seal of {where} does not fit")
        self.checked[label + " seals"] += 1

    def check_secrets(self):
        """Each name is sealed together with the one after it, so all of them and their order."""
        env = self.env
        names = [*env.secrets, ""]
        count = str(len(env.past))
        first = env.inbox_key, count, names[0]
        self.check(self.name, env.first_secret, "first-secret", *first)
        for (name, secret), following in zip(env.secrets.items(), names[1:]):
            self.check(name, secret.next_secret, "next-secret", name, following)
            keys = [*secret.keys, ""]
            created = secret.created_at, secret.created_by
            self.check(name, secret.first_key, "first-key", name, *created, keys[0])
            for (key, entry), next_key in zip(secret.keys.items(), keys[1:]):
                self.check(f"{name}/{key}", entry.seal, "next-key", name, key, next_key)

    def decrypt(self, key, sealed, *fields):
        nonce, box = sealed[:24], sealed[24:]
        return sodium.xchacha_decrypt(key, nonce, box, encode(*fields)) if box else None

    def open_past(self):
        past = []
        for number in sorted(self.env.past, key=int):
            sealed = self.env.past[number]
            text = self.decrypt(self.keys.past_key, sealed, *self.fields("past", number))
            value = text and open_value(text, PAST_KEY)
            if not value or len(value.data) != 32:
                raise IntegrityError(f"{self.name}: past key {number} does not open")
            past.append((Keys(value.data), value))
            self.checked["past keys"] += 1
        return past

    def value(self, secret, key):
        try:
            entry = self.env.secrets[secret].keys[key]
        except KeyError:
            raise MissingError(f"{self.name}: there is no {secret}/{key}") from None
        if entry.text is None:
            fields, kinds = self.fields("value", secret, key), [PLAIN, TEMPLATE]
        else:
            fields, kinds = self.fields("open", secret, key, entry.text), [OPEN]
        text = self.decrypt(self.keys.value_key, entry.sealed, *fields)
        value = text and open_value(text, *kinds)
        if not value or (value.kind == OPEN and value.data):
            raise IntegrityError(f"{self.name}: {secret}/{key} does not open")
        if value.kind == OPEN:
            value.data = entry.text.encode()
        self.checked["values"] += 1
        return value

    def values(self):
        return {
            name: {key: self.value(name, key) for key in secret.keys}
            for name, secret in self.env.secrets.items()
        }

    def resolved(self, secret, key):
        """The value, or what its template makes of others: once all of them have been verified."""

        def source(secret, key):
            if key not in getattr(self.env.secrets.get(secret), "keys", {}):
                return None
            value = self.value(secret, key)
            return value.data, value.kind == TEMPLATE

        return template.resolve((secret, key), source)

    def proposal(self, secret, key, tag):
        """(Value, fingerprint of what it was sealed to), or None if it is not for this place.
        It is what somebody claims: only whoever accepts it makes it a value."""
        age_file = self.env.inbox[secret, key, tag]
        if len(age.stanzas(age_file)) != 1:
            return None
        for keys in [self.keys, *(keys for keys, _ in self.past)]:
            text = age.decrypt(age.identity_text(keys.inbox_secret), age_file)
            if text is not None:
                value = open_proposal(text, self.fields("proposal", secret, key))
                return (value, keys.fingerprint) if value else None
        return None

    # What reading does not need: the readers themselves, and that every value opens.

    def check_reader(self, name):
        reader = self.env.readers[name]
        self.check(name, reader.seal, "reader", name, reader.public_key, reader.age_text)
        if not age.is_wrapped_to(reader.age_file, reader.public_key):
            raise IntegrityError(f"{self.name}: the age file of {name} is not to their key")
        self.checked["age files"] += 1

    def verify(self):
        for name in self.env.readers:
            self.check_reader(name)
        self.values()


def open_proposal(text, expected):
    text, fields = unpad(text) or b"", []
    while text:
        size = int.from_bytes(text[:8], "little")
        if len(text) < 8 + size:
            return None
        fields.append(text[8 : 8 + size])
        text = text[8 + size :]
    if len(fields) != 8 or fields[:5] != [field.encode() for field in expected]:
        return None
    author, when, data = fields[5:]
    if len(author) > MAX_AUTHOR or len(when) != 8 or len(data) > MAX_VALUE:
        return None
    try:
        return Value(int.from_bytes(when, "little"), author.decode("utf-8"), data)
    except UnicodeDecodeError:
        return None
