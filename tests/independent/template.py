"""Templates: the one pass of vault(5) that makes a value of a text with holes.

    resolve(("db", "URL"), source)

`source` returns, of a secret and a name, the value and whether that is a template, or None.
"""

import base64
import re

MAX_NAMES = 16  # of a path, from the template to a value without holes
MAX_HOLES = 256
MAX_RESULT = 1 << 20

HOLE = re.compile(
    rb"\{\{ *(?:(?P<secret>[A-Za-z0-9][A-Za-z0-9_-]{0,63})/)?(?P<name>[A-Za-z_][A-Za-z0-9_]{0,255})"
    rb" *(?:\| *(?P<filter>url|base64|json|shell) *)?\}\}"
)


class TemplateError(Exception):
    """`why` is missing, circular, syntax, limit or filter; `path` the names that lead there."""

    def __init__(self, why, path):
        super().__init__(f"{why}: {' -> '.join('/'.join(name) for name in path)}")
        self.why = why
        self.path = path


# ---- Filters: from bytes to bytes, or None for a value that they cannot write.


def url(value):
    return re.sub(rb"(?s)[^A-Za-z0-9._~-]", lambda m: b"%%%02X" % m[0][0], value)


def json_string(value):
    """With its quotes. Only controls, quotes and backslashes are escaped."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return None
    far = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{re.sub(far, lambda m: f"{chr(92)}u{ord(m[0]):04x}", text)}"'.encode()


def shell_word(value):
    return None if b"\0" in value else b"'" + value.replace(b"'", b"'\\''") + b"'"


FILTERS = {
    None: bytes,
    b"url": url,
    b"base64": base64.b64encode,
    b"json": json_string,
    b"shell": shell_word,
}


# ---- The pass.


def pieces(text, path):
    """What a template consists of: bytes, and the match of each hole."""
    found, at = [], 0
    while at < len(text):
        brace = text.find(b"{{", at)
        end = brace if brace >= 0 else len(text)
        found.append(text[at:end])
        if brace < 0:
            break
        hole = HOLE.match(text, brace)
        if text.startswith(b"{{{{", brace):
            found.append(b"{{")
            at = brace + 4
        elif hole:
            found.append(hole)
            at = hole.end()
        else:
            raise TemplateError("syntax", path)
    if sum(not isinstance(piece, bytes) for piece in found) > MAX_HOLES:
        raise TemplateError("limit", path)
    return found


class Resolver:
    def __init__(self, source):
        self.source = source
        self.done = {}  # (secret, name): its value, and how many names its longest path has

    def value(self, place, path=()):
        if place in path:
            raise TemplateError("circular", (*path, place))
        path = (*path, place)
        if len(path) > MAX_NAMES:
            raise TemplateError("limit", path)
        if place not in self.done:
            found = self.source(*place)
            if found is None:
                raise TemplateError("missing", path)
            value, is_template = found
            self.done[place] = self.fill(place, value, path) if is_template else (value, 1)
        value, names = self.done[place]
        if len(path) - 1 + names > MAX_NAMES:
            raise TemplateError("limit", path)
        return value, names

    def fill(self, place, text, path):
        result, most = [], 0
        for piece in pieces(text, path):
            if not isinstance(piece, bytes):
                secret = (piece["secret"] or place[0].encode()).decode()
                value, names = self.value((secret, piece["name"].decode()), path)
                most = max(most, names)
                piece = FILTERS[piece["filter"]](value)
                if piece is None:
                    raise TemplateError("filter", path)
            result.append(piece)
        result = b"".join(result)
        if len(result) > MAX_RESULT:
            raise TemplateError("limit", path)
        return result, 1 + most


def resolve(place, source):
    return Resolver(source).value(place)[0]
