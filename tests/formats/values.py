"""Values that are hard to write down: drawn from what some parser takes for more than itself."""
import random
import string

PIECES = [
    "'", '"', "`", "\\", "$", "#", "!", "%", "&", "|", ";", "<", ">", "(", ")", "[", "]", "{", "}",
    "*", "?", "~", "^", "=", ":", ",", ".", "/", "-", "+", "@", "_", " ", "  ", "\t", "\n", "\r",
    "\r\n", "\\n", "\\r", "\\t", "\\\\", "\\'", '\\"', "\\$", "\\`", "\\u0041", "\\x41", "\\0", " #",
    "\n#", "#!", "$X", "${X}", "${X:-y}", "${", "$(x)", "$((1))", "$(", "$$", "$1", "$'", '$"',
    "`x`", "%{x}", "${{x}}", "{{x}}", "::", "export ", "A=b", "\nB=c\n", "K0001=", "''", '""',
    '"""', "'''", "<<EOF", "\nEOF\n", "é", "ß", "漢字", "😀", "Ж", "\u00a0", "\u2028", "\u0301",
    "\ufeff", "\u2003", "\x01", "\x1b", "\x7f", "\x85", "true", "null", "no", "0x10", "1e3", "a",
    "b", "Z", "word", "3",
]

FIXED = [
    "", " ", "\n", "\r", "\t", "\r\n", "\\", "\\\\", "'", '"', "`", "$", "#", "=", "''", '""', "'\"`",
    "'\"`\\", "'\"`#", "'\"`\n", "'\"`\r", "C:\\", "C:\\#\\", "C:\\a b\\", "a\nb\\", "'\\", '"\\',
    "`\\", "'\"`\\", "\\'", '\\"', "\\`", "a\\'", 'a\\"', "\\'\\", "it's", "it's \"q\"", "a\\nb",
    "a\\nb\rc", "a\rb", "a\r\nb", "$X", "${X}", "${X", "${X}${Y}", "$${X}", "${:-$}", "${:-$}{A}",
    "$(x)", "$()", "$(", "\\$(x)", "\\$()", "$(a $(b))", "$(a $(b)", "$(a \\$(b))", "$(a $X)",
    "\\$X", "\\\\$X", "$$X", "pa$$word", "a #b", "a#b", "#a", " a", "a ", "  ", "\ta\t", "\na", "a\n",
    "a\n\nb", "-----BEGIN KEY-----\nMIIB+/=\n-----END KEY-----\n", '{"a": "b\\"c", "d": [1, 2]}',
    "postgres://u:p%40ss@h:5432/d?x=y&z#f", "true", "null", "~", "yes", "0", "1e3", "0o17", "1234",
    "!x", "*x", "&x", "- x", "? x", "x: y", "[x]", "{x}", "%x", "@x", "|", ">", "é", "e\u0301", "Å",
    "\u212b", "\ufeffx", "x\ufeff", "\u2028", "'\u2028'", "\"\u2028\"", "\u00a0x\u00a0", "\x85",
    "x" * 5000, "'" * 300, "\\" * 301, "$" * 300, "\n" * 100, "a b " * 2000,
]


def draw(seed, count):
    """That many values, the fixed ones first; the same for the same seed."""
    chance = random.Random(seed)
    values = list(FIXED[:count])
    while len(values) < count:
        pieces = chance.sample(PIECES, chance.randint(1, 12))
        length = chance.choice([1, 2, 3, 4, 6, 8, 12, 20, 40])
        values.append("".join(chance.choice(pieces) for _ in range(length)))
    return values


def passwords(seed, count):
    """Of 24 printable characters of ASCII."""
    chance = random.Random(seed)
    printable = string.ascii_letters + string.digits + string.punctuation + " "
    return ["".join(chance.choice(printable[:-1]) for _ in range(24)) for _ in range(count)]


def any_bytes(seed, count):
    """Of any bytes but zero."""
    chance = random.Random(seed)
    return [bytes(range(1, 256)), *(bytes(chance.choices(range(1, 256), k=chance.randint(1, 60)))
                                    for _ in range(count - 1))]
