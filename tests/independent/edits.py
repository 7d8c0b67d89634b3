"""Single edits of the good vault in hostile.py, by what should come of them.

Each is (what, pattern, replacement): the first match of the pattern is replaced. A marks
what vault(5) does not say outright: another reader may see it otherwise and still be right.
"""

import base64
import re

import age
from vaultfmt import to_base64


def edit(text, pattern, replacement):
    edited, count = re.subn(pattern, replacement, text, count=1, flags=re.MULTILINE)
    assert count == 1 and edited != text, f"{pattern} edits nothing"
    return edited


def everywhere(text, inserted):
    """The same before every item, every table, and at the end."""
    return re.sub(r"^(?=[^ #\n])", inserted, text, flags=re.MULTILINE) + inserted


def literally(text):
    return lambda match: text


def flipped(match):
    """The same text with another last byte, in canonical base64."""
    return flip(match.group())


def flip(text):
    data = bytearray(base64.b64decode(text[1:-1] + "=" * (-(len(text) - 2) % 4)))
    data[-1] ^= 1
    return f'"{to_base64(data)}"'


# ---- The edits.

SEAL = r'"[A-Za-z0-9+/]{22}"'
HEAD = r"^\[dev\.app\]\n"
LAST_SEAL = rf"(?<=^  ){SEAL}(?=\])"
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFhm" + "Zm" * 20  # the curve's base point
VOID_HEAD = r"^\[vault\.env\.void\]\n((?:.+\n)*)"
DEV_APP_A = r'(?<=^\[dev\.app\]\n)((?:.*\n){4}A = \[")'

PERMITTED = [
    ("a BOM", r"\A", "\ufeff"),
    ("blank lines", r"^\[", "\n\n["),
    ("a line of blanks", r"^\[", " \t\n["),
    ("a blank line between two items", r"^format", "\nformat"),
    ("a comment between two items", r"^(?=first-secret)", '# [x] = "\n#\tünï\n'),
    ("an indented comment", r"^(?=\[dev)", "  # x\n"),
    ("a trailing comma", r'"\]$', '",]'),
    ("a trailing comma and newlines", r'"\]$', '"\n ,\n\n]'),
    ("an entry in one line", r'(^A = \["[^"]*",)\n  ', r"\1"),
    ("an entry over many lines", r'^A = \["', 'A = [\n\n  "'),
    ("spaces in an entry", r'(^A = \[)("[^"]*"),\n', r"\1  \2  ,  \n"),
    ("no newline at the end", r"\n\Z", ""),
    ("the table of an empty inbox missing", r"^\[vault\.env\.void\.inbox\]\n", ""),
    ("an empty table of past keys", r"\Z", "[vault.env.void.past]\n"),
    ("format and id exchanged", r"^(format.*\n)(id.*\n)", r"\2\1"),
    ("a secret's seal after its keys", r"^(next-secret.*\n)((?:.+\n)*)", r"\2\1"),
    ("past keys backwards", r"^(1 = .*\n)(2 = .*\n)(3 = .*\n)", r"\3\2\1"),
    ("[vault] last", r"(^\[vault\]\n(?:.+\n)*)((?:.*\n)*)", r"\2\1"),
    ("an environment last", r"(^\[vault\.env\.dev\]\n(?:.+\n)*)((?:.*\n)*)", r"\2\1"),
    ("a part of an environment first", r"\A((?:.*\n)*)(\[vault\.env\.prod\.past\]\n.*\n)", r"\2\1"),
    ("prod's secrets first", r"\A((?:.*\n)*)(\[prod\.app\]\n(?:.+\n)*)", r"\2\1"),
    ("a proposal dropped", r'^"app/NEW.*\n', ""),
    ("a proposal again", r'^"app/NEW/0123abcd"(.*\n)', r'\g<0>"app/NEW/0123abce"\1'),
    ("a proposal that is no age file", r'^("app/NEW/0123abcd" = ").*"', r'\1AAAA"'),
    ("an open value on one line", r'(^LOG = \["info",)\n  ("[^"]*",)\n  ', r"\1\2"),
    ("passphrases dropped", r"^\[vault\.passphrases\]\n.*\n", ""),
    ("an environment more", VOID_HEAD, r"\g<0>[vault.env.x]\n\1"),
    ("an environment with the longest name", VOID_HEAD, rf"\g<0>[vault.env.{'x' * 64}]\n\1"),
    ("another reader dropped", r"^bob = .*\n.*\n.*\n", ""),
    ("another reader's seal", r'(^bob = .*\n.*\n  )"..', r'\1"AA'),
    *(
        (f"another reader's public key {what}", r'^(bob = \[")([^"]*)', rf"\1{key}")
        for what, key in {
            "damaged": "age1" + "q" * 58,
            "with a comment": r"\2 bob",
            "with two spaces": "ssh-ed25519  AAAA",
            "cut short": "ssh-ed25519 AAAA",
            "of a kind that nobody knows": "quantum!~{}$%&",
            "of a plugin's name alone": "age1example1",
            "of 1 character": "x",
            "of 4,096 characters": "age1x" + "~" * 4091,
        }.items()
    ),
    ("another reader's age file", r'(^robot = \["[^"]*",\n  ")', r"\1AAAA"),
]


# Where only verify finds that another reader was edited.
FOUND_BY_VERIFY = {what for what, *_ in PERMITTED if what.startswith("another reader's")}

BAD_ESCAPES = r"""
    \a \b \e \f \r \x41 \/ \' \u00e9 \u00E \u00E9x\ \U0000E9 \U000000E9 \u0000 \u000A \u0009
    \u0022 \u005C \u0020 \u007E \uD800 \uDFFF \uD83D\uDD11 \U0001f511 \U00110000 \UFFFFFFFF
    \u\u0041 \u202e
""".split()

MALFORMED = [
    ("no [vault]", r"^\[vault\]\n(?:.+\n)*", ""),
    ("no format", r"^format.*\n", ""),
    ("no id", r"^id.*\n", ""),
    ("no inbox-key", r"^inbox-key.*\n", ""),
    ("no first-secret", r"^first-secret.*\n", ""),
    ("no next-secret", r"^next-secret.*\n", ""),
    ("no created-at", r"^created-at.*\n", ""),
    ("no created-by", r"^created-by.*\n", ""),
    ("no first-key", r"^first-key.*\n", ""),
    ("an item before any table", r"\A", 'x = "y"\n'),
    # Tables.
    *(
        (f"a table {header}", HEAD, f"{header}\n[dev.app]\n")
        for header in [
            "[extra]",
            "[dev]",
            "[]",
            "[.]",
            "[dev.]",
            "[.dev]",
            "[dev..app2]",
            "[vault.env]",
            "[vault.extra]",
            "[vault.app]",
            "[vault.passphrases.team]",
            "[vault.env.dev.extra]",
            "[vault.env.dev.readers.bob]",
            "[vault.env.gone.readers]",
            "[vault.env.gone.inbox]",
            "[gone.app]",
            "[Dev.app]",
            "[dev.app.deep]",
            "[dev.é]",
        ]
    ),
    ("a table twice", HEAD, "[dev.none]\n[dev.app]\n"),
    *(
        (f"the header {header!r}", HEAD, header + "\n")
        for header in [
            "[dev.app",
            "dev.app]",
            "[dev.app] # x",
            "[dev._x]",
            "[dev.-x]",
            "[dev." + "x" * 65 + "]",
            '["dev".app]',
            '[dev."app"]',
            "[dev.'app']",
            "[[dev.app]]",
        ]
    ),
    *(
        (f"the header {header!r}", HEAD, header + "\n")
        for header in ["[dev.app] ", " [dev.app]", "\t[dev.app]", "[ dev.app ]", "[dev . app]"]
    ),
    *(
        (f"an environment called {name}", VOID_HEAD, rf"\g<0>[vault.env.{name}]\n\1")
        for name in ["vault", "_x", "-x", "x" * 65]
    ),
    # Items.
    *(
        (f"the item {item!r}", r"^created-by = .*", item)
        for item in [
            'created-by="x"',
            'created-by ="x"',
            'created-by= "x"',
            'created-by  = "x"',
            'created-by =  "x"',
            'created-by\t=\t"x"',
            ' created-by = "x"',
            'created-by = "x" ',
        ]
    ),
    *(
        (f"the item {item!r}", r"^created-by = .*", literally(item))
        for item in [
            'created-by = "x" # y',
            'created-by = "x"; y = "z"',
            "created-by = 'x'",
            'created-by = """x"""',
            "created-by = '''x'''",
            r'created-by = "\u0041"',
            'created-by = "x""y"',
            'created-by = "x',
            r'created-by = "x\"',
            *(rf'created-by = "{escape}"' for escape in BAD_ESCAPES),
            'created-by = "é"',
            'created-by = "\u202e"',
            "created-by = x",
            "created-by = ",
            "created-by",
            "created-by = 1",
            "created-by = true",
            "created-by = 2024-02-29T05:30:00Z",
            'created-by = ["x"]',
            "created-by = {}",
            'created-by = "a\tb"',
            'created-by = "a\x7fb"',
            'created-by = "a\x1fb"',
            f'created-by = "{"x" * 256}"',
            f'created-by = "{chr(92) + "u00E9"}{"x" * 254}"',
            '"created-by" = "x"',
            'created-by.x = "x"',
            'created-by = "x"\ncreated-by = "x"',
            'created-by = "x"\nupdated-by = "x"',
            'created-by = "x"\ncreated = "x"',
            'created-by = "x"\nformat = 1',
        ]
    ),
    *(
        (f"created-at {moment}", r"^created-at = .*", f"created-at = {moment}")
        for moment in [
            "2023-02-29T05:30:00Z",
            "1900-02-29T05:30:00Z",
            "2024-02-30T05:30:00Z",
            "2024-04-31T05:30:00Z",
            "2024-00-01T05:30:00Z",
            "2024-13-01T05:30:00Z",
            "2024-01-00T05:30:00Z",
            "2024-01-32T05:30:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T05:60:00Z",
            "2024-01-01T05:30:00z",
            "2024-01-01t05:30:00Z",
            "2024-01-01 05:30:00Z",
            "2024-01-01T05:30:00",
            "2024-01-01T05:30Z",
            "2024-01-01T05:30:00.0Z",
            "2024-01-01T05:30:00+00:00",
            "2024-01-01",
            "24-01-01T05:30:00Z",
            "12024-01-01T05:30:00Z",
            "\uff12024-01-01T05:30:00Z",
            '"2024-01-01T05:30:00Z"',
            "1704087000",
        ]
    ),
    ("a leap second", r"^created-at = .*", "created-at = 2016-12-31T23:59:60Z"),
    *(
        (f"the format {version}", r"^format = 1", f"format = {version}")
        for version in ["01", "+1", "-1", "1.0", "1_0", "0x1", "1e0", '"1"', "true", "\uff11"]
    ),
    # Names of keys, readers, past keys and proposals.
    *(
        (f"the key {name[:20]}", r"^HOOK = ", f"{name} = ")
        for name in [
            "1HOOK",
            "HO-OK",
            "-",
            "H" * 257,
            '"HOOK"',
            "'HOOK'",
            "H.OOK",
            "HÖÖK",
            "\uff28OOK",
        ]
    ),
    ("a key twice", r"(^HOOK = .*\n.*\n)", r"\1\1"),
    *(
        (f"the reader {name[:20]}", r"^bob = ", f"{name} = ")
        for name in ["_bob", "-bob", "b" * 65, '"bob"', "b.ob", "böb", "alice"]
    ),
    *(
        (f"the past key {name}", r"^2 = ", f"{name} = ")
        for name in ["0", "1", "02", "+2", "4", "two", '"2"', "9" * 5000]
    ),
    *(
        (f"the proposal {name[:24]}", r'^"app/NEW/0123abcd"', name)
        for name in [
            "app",
            '"app"',
            '"app/NEW"',
            '"app//0123abcd"',
            '"/NEW/0123abcd"',
            '"app/NEW/0123abcd/x"',
            '"app/NE-W/0123abcd"',
            '"_/NEW/0123abcd"',
            '"app/1/0123abcd"',
            "'app/NEW/0123abcd'",
            '"app" / "NEW"',
            '"app/OLD/00000000"',
            '"app/NEW/0123abc"',
            '"app/NEW/0123abcde"',
            '"app/NEW/0123ABCD"',
            '"app/NEW/0123abcg"',
            r'"app/NEW\\u002F0123abcd"',
            f'"app/{"N" * 257}/0123abcd"',
            f'"{"a" * 65}/NEW/0123abcd"',
        ]
    ),
    (
        "a proposal over 64 KiB",
        r'^("app/NEW/0123abcd" = ").*"',
        rf'\1{to_base64(bytes(65537))}"',
    ),
    ("a proposal of two strings", r'^("app/NEW/0123abcd" = )(.*)', r"\1[\2, \2]"),
    # Open values.
    *(
        (f"the open text {spelled[:20]!r}", r'^LOG = \["info"', literally(f'LOG = ["{spelled}"'))
        for spelled in [
            *BAD_ESCAPES,
            "\t",
            "\n",
            "\x7f",
            "é",
            "а",  # a look-alike, in Cyrillic
            "\u202e",
            "\ufeff",
            "x" * 4097,
            r"\u00E9" * 2048 + "x",
        ]
    ),
    ("an open value of one string", r"^LOG = .*\n.*\n.*\n", 'LOG = ["info"]\n'),
    ("an open value of four strings", r"^LOG = \[", 'LOG = ["info", '),
    ("an open value of three texts", r'^(LOG = \["info",)\n.*\n.*', r'\1 "info", "info"]'),
    ("an open text that is no string", r'^LOG = \["info"', "LOG = [1"),
    ("an open value's header with padding", r'^(LOG = \["info",\n  "[^"]*)', r"\1="),
    # Entries.
    *(
        (f"the entry {entry!r}", r'^(A) = (\[)("[^"]*"),\n  ("[^"]*")\]', r"\1 = " + entry)
        for entry in [
            r"[]",
            r"[\3]",
            r"[\3, \4, \4, \4]",
            r"[\3 \4]",
            r"[\3,, \4]",
            r"[, \3, \4]",
            r"[\3, \4,,]",
            r"[\3, \4",
            r"[\3, \4]]",
            r"[\3, \4] # x",
            r"[\3, # x" + "\n" + r"\4]",
            "[\n# x\n" + r"\3, \4]",
            r"[\3," + "\t" + r"\4]",
            r"[\3, 1]",
            r"[\3, [\4]]",
            r"[\3, '']",
            r"\3",
            "\n" + r"[\3, \4]",
            r"[\3, \4]" + "\nA = " + r"[\3, \4]",
        ]
    ),
    # Base64.
    *(
        (f"a seal {what}", LAST_SEAL, lambda m, f=edit: f'"{f(m.group()[1:-1])}"')
        for what, edit in {
            "with padding": lambda s: s + "==",
            "with bits left over": lambda s: s[:-1] + chr(ord(s[-1]) + 1),
            "with a space": lambda s: s + " ",
            "with a space inside": lambda s: s[:8] + " " + s[8:],
            "in the other alphabet": lambda s: "-_" + s[2:],
            "of 15 bytes": lambda s: s[:20],
            "of 17 bytes": lambda s: "A" + s,
            "of 18 bytes": lambda s: "AA" + s,
            "of 21 characters": lambda s: s[:21],
            "that is empty": lambda s: "",
            "not ASCII": lambda s: "é" + s[1:],
        }.items()
    ),
    ("a value with padding", DEV_APP_A + r'([^"]*)', r"\1\2="),
    ("a value of 4n+1 characters", DEV_APP_A, r"\1AA"),
    ("an id of 15 bytes", r'^id = ".*"', f'id = "{"A" * 20}"'),
    ("an id of 17 bytes", r'^id = ".*"', f'id = "{"A" * 23}"'),
    ("an id with bits left over", r'^id = ".*"', f'id = "{"A" * 21}B"'),
    # Public keys.
    *(
        (f"the inbox-key {what}", r'^inbox-key = "(.*)"', f'inbox-key = "{key}"')
        for what, key in {
            "damaged": "age1" + "q" * 58,
            "in upper case": "AGE1" + "Q" * 58,
            "empty": "",
            "of another kind": "age1example1" + "q" * 58,
            "of SSH": SSH_KEY,
        }.items()
    ),
    *(
        (f"a reader's public key {what}", r'^(bob = \[")([^"]*)', literally(f'bob = ["{key}'))
        for what, key in {
            "empty": "",
            "of 4,097 characters": "age1x" + "~" * 4092,
            "not ASCII": "age1é",
            "with a tab": "ssh-ed25519\tAAAA",
            "with an escape": r"age1\u00E9",
            "with a quote": r"age1\"x",
            "with a backslash": r"age1\\x",
        }.items()
    ),
    # Text.
    ("NUL in a comment", r"^# Change", "# \0"),
    ("DEL in a comment", r"^# Change", "# \x7f"),
    ("CR in a comment", r"^# Change", "# \r"),
    ("a C1 control in a comment", r"^# Change", "# \u009b"),
    ("a right-to-left override in a comment", r"^# Change", "# \u202e"),
    ("an Arabic letter mark in a comment", r"^# Change", "# \u061c"),
    ("an isolate in an author", r"^created-by = \"", 'created-by = "\u2066'),
    ("the last C1 control in an author", r"^created-by = \"", 'created-by = "\u009f'),
    ("CR as a line's end", r"^\n", "\r"),
    ("CR CR LF", r"^\n", "\r\r\n"),
    ("not UTF-8", r"^# Change", "# \udcff"),
    ("a surrogate in UTF-8", r"^# Change", "# \udced\udca0\udc80"),
    ("an overlong form", r"^# Change", "# \udcc0\udc80"),
    ("a BOM on the second line", r"^# Change", "\ufeff# Change"),
    ("two BOMs", r"\A", "\ufeff\ufeff"),
    ("a no-break space", r"^\n", "\u00a0\n"),
    ("a line separator", r"^\n", "\u2028\n"),
    ("a form feed", r"^\n", "\f\n"),
    ("rubbish at the end", r"\Z", "x"),
]

CONFLICTS = [
    ("<<<<<<<", r"^(?=A = )", "<<<<<<< HEAD\n"),
    ("=======", r"^(?=A = )", "=======\n"),
    (">>>>>>>", r"\Z", ">>>>>>> topic\n"),
    ("|||||||", r"^(?=format)", "||||||| 1234567\n"),
    ("a marker in an entry", r'^(?=  ")', "<<<<<<< HEAD\n"),
    ("a marker with CRLF", r"^(?=A = )", "=======\r\n"),
    ("a longer marker", r"^(?=A = )", "<<<<<<<<<<< HEAD\n"),
    ("a marker before a newer format", r"^format = 1\n", "<<<<<<< HEAD\nformat = 2\n"),
]

NEWER = [
    ("format 0", r"^format = 1", "format = 0"),
    *((f"format {n}", r"^format = 1", f"format = {n}") for n in ["2", "10", "9" * 30]),
    ("format 2 in another language", r"^format = 1\n(?:.*\n)*", 'format = 2\nx = {"y"}\n'),
    ("format 2 before a marker", r"^format = 1\n", "format = 2\n<<<<<<< HEAD\n"),
    ("format 2 after the id", r"^format = 1\n(id.*\n)", r"\1" + "# x\n\nformat = 2\n"),
]


FORGED = [
    *(
        (f"the {name} seal", rf"(?<=^{name} = ){SEAL}", flipped)
        for name in ["first-secret", "next-secret", "first-key"]
    ),
    ("the seal beside a value", LAST_SEAL + r"(?=\]\nB)", flipped),
    ("the last key's seal", LAST_SEAL + r"(?=\]\n\n\[dev\.none)", flipped),
    *((f"past key {i}", rf'(?<=^{i} = )"[^"]*"', flipped) for i in "123"),
    ("past keys exchanged", r"^1( = .*\n)2( = .*\n)", r"2\g<1>1\2"),
    ("the newest past key dropped", r"^3 = .*\n", ""),
    ("all past keys dropped", r"^\[vault\.env\.dev\.past\]\n(?:.+\n)*", ""),
    ("a past key too short", r'(?<=^3 = )"[^"]*"', '"AAAA"'),
    ("a past key too many", r'^(3 = )(".*"\n)', r"\1\g<2>4 = \2"),
    ("a value", DEV_APP_A + r"..", r"\1AA"),
    ("a value that is empty", DEV_APP_A + r'[^"]*', r"\1"),
    ("a value too short", DEV_APP_A + r'[^"]*', r"\g<1>" + "A" * 32),
    ("created-at", r"^created-at = 2024", "created-at = 2028"),
    ("created-by", r'^created-by = "alice', 'created-by = "bob'),
    ("id", r'^id = ".*"', f'id = "{"A" * 22}"'),
    ("inbox-key", r'^inbox-key = ".*"', f'inbox-key = "{age.recipient_of(b"x" * 32)}"'),
    ("a key renamed", r"^B = ", "B_ = "),
    ("a key renamed to another case", r"^B = ", "b = "),
    ("a key dropped, the first", r"^A = .*\n.*\n", ""),
    ("a key dropped, in the middle", r"^B = .*\n.*\n", ""),
    ("a key dropped, the last", r"^C = .*\n.*\n", ""),
    ("a secret's only keys dropped", r"^A = .*\n.*\nHOOK = .*\n.*\n", ""),
    ("a key added, first", r"^A( = .*\n.*\n)", r"A_\1\g<0>"),
    ("a key added, last", r"^C( = .*\n.*\n)", r"\g<0>D\1"),
    ("a key added to an empty secret", r"(^C( = .*\n.*\n)\n\[dev\.none\]\n(?:.+\n)*)", r"\1C\2"),
    ("keys exchanged", r"^(A = .*\n.*\n)(B = .*\n.*\n)", r"\2\1"),
    ("keys' names exchanged", r"^A( = .*\n.*\n)B( = )", r"B\1A\2"),
    ("keys' values exchanged", r'^(A = \[)("[^"]*")(,\n.*\nB = \[)("[^"]*")', r"\1\4\3\2"),
    ("keys' seals exchanged", rf"^(A = .*\n  )({SEAL})(\]\nB = .*\n  )({SEAL})", r"\1\4\3\2"),
    ("a value over another", r'^(A = \[)("[^"]*")(,\n.*\nB = \[)("[^"]*")', r"\1\4\3\4"),
    ("a secret dropped, the first", HEAD + r"(?:.+\n)*", ""),
    ("a secret dropped, the last", r"^\[dev\.stripe\]\n(?:.+\n)*", ""),
    ("all secrets dropped", r"^\[dev\.app\]\n(?:.*\n)*(?=\[prod)", ""),
    ("a secret added", r"^\[dev\.none\]((?:.*\n)*?)(?=\[)", r"\g<0>[dev.nothing]\1"),
    ("a secret renamed", HEAD, "[dev.App]\n"),
    ("a secret moved to another environment", HEAD, "[void.app]\n"),
    ("secrets exchanged", r"(^\[dev\.app\]\n(?:.*\n)*)(\[dev\.none\]\n(?:.*\n)*?)(?=\[)", r"\2\1"),
    ("secrets' names exchanged", r"^(\[dev\.app\])((?:.*\n)*?)(\[dev\.none\])", r"\3\2\1"),
    ("a sealed value passed off as open", DEV_APP_A, r'\1one",\n  "'),
    ("an open value passed off as sealed", r'^LOG = \["info",\n  ', "LOG = ["),
    ("an open text changed", r'^LOG = \["info"', 'LOG = ["debug"'),
    ("an open text changed in case", r'^LOG = \["info"', 'LOG = ["Info"'),
    ("an open text emptied", r'^LOG = \["info"', 'LOG = [""'),
    ("an open text with a character more", r'^LOG = \["info"', 'LOG = ["info "'),
    ("an open value's header", r'^(LOG = \["info",\n  )("[^"]*")', lambda m: m[1] + flip(m[2])),
    ("an open value's header of nothing", r'^(LOG = \["info",\n  )"[^"]*"', r'\1""'),
    ("an open value's seal", rf"^(LOG = .*\n.*\n  )({SEAL})", lambda m: m[1] + flip(m[2])),
    ("an open value renamed", r"^LOG = ", "LOG_ = "),
    ("an open value dropped", r"^LOG = .*\n.*\n.*\n", ""),
    ("an open value added", r"^LOG( = .*\n.*\n.*\n)", r"\g<0>LOG_\1"),
    ("open texts exchanged", r'^(LOG = \[)("[^"]*")((?:.*\n)*?PORT = \[)("[^"]*")', r"\1\4\3\2"),
    (
        "open values exchanged, text and header",
        r'^(LOG = \[)("[^"]*",\n.*)((?:\n.*)*?\nPORT = \[)("[^"]*",\n.*)',
        r"\1\4\3\2",
    ),
    (
        "headers exchanged",
        r'^(LOG = \[".*\n  )("[^"]*")((?:.*\n)*?PORT = \[".*\n  )("[^"]*")',
        r"\1\4\3\2",
    ),
    (
        "another environment's open value",
        r'^LOG = (\["info",\n.*\n)((?:.*\n)*?\[prod.web\]\n(?:.*\n)*?LOG = )(.*\n.*\n)',
        r"LOG = \3\2\3",
    ),
    (
        "an open value in place of a sealed one",
        r'^(A = \[)"[^"]*"((?:.*\n)*?LOG = \[)("[^"]*",\n.*),',
        r"\1\3\2\3,",
    ),
    ("the date of a value", r'^(A = \[")(.{40})(..)', r"\1\2AA"),
    ("one's own age file damaged", r'^(alice = \["[^"]*",\n  ")....', r"\1AAAA"),
    ("one's own age file empty", r'^(alice = \["[^"]*",\n  ")[^"]*', r"\1"),
]
