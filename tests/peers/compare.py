"""Holds our readings of dotenv against the parsers that they are named after, on texts drawn at
random. What differs must be on the list in `excused`, or it is a fault; and where any two parsers
differ, the plain reading must have said something. Prints TAP.

usage: compare.py OURS PEER.SH FOLDER COUNT
"""
import json
import os
import random
import re
import subprocess
import sys

OURS, PEER, FOLDER, COUNT = sys.argv[1:4] + [int(sys.argv[4])]
PEERS = {  # which of the others reads as the dialect does, without expanding
    "node": "dotenv",
    "python": "python-plain",
    "ruby": "ruby",
    "compose": "compose",
    "godotenv": "godotenv",
}
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,255}\Z")

NAMES = ["A", "A", "A", "B", "B", "K_9", "export A", "export  B", "export\tC", "  A", "\tB"]
ODD_NAMES = ["'A'", "A-B", "A.B", "1A", "A B", "É", "A[0]", "export", "exportA", "export export", "",
             "A\t", "\u00a0A", "=", "A\r", "'B", "A,B", "A\f"]
SIGNS = ["=", "=", "=", "=", " = ", "= ", " =", "=\t", "==", "\t="]
ODD_SIGNS = [": ", ":", ":\t", "", " ", " : ", "=\u00a0", "=\r", "=\n", ":\n"]
PIECES = ["b", "c", "x y", " ", "=", "#", " #", "\t#", "\\", "\\n", "\\r", "\\t", '\\"', "\\'",
          "\\$", "\\\\", "\\q", "\\a", "\\u00e9", "\\0101", "\\012", "\\07", "\\0999", "$", "$$",
          '"', "'", "`", "\t", "é", "😀", ":", ";", "{", "}", "(", ")", "()", "$(", "$)", "\\`"]
ODD_PIECES = ["\n", "\r", "\r\n", "\u00a0", "\u2003", "\v", "\f", "\x1c", "\x85", "\ufeff", "\0",
              "\\\n", "\nB=", "\nA: ", "# '", '# "', "$A", "${B}", "$(C)", "\\$A", "\\${B}",
              "\\$(C)", "\n\n", "\n#", "\\\\\\"]
BEHIND = ["", "", "", " ", " # c", "\t#c", "#c", " x", "x", "\t", " 'y'", ' "', " #'", ' # "', " `"]
ENDS = ["\n", "\n", "\n", "\n", "\r\n", "\r", "\n\n", "\n \n", "\n# c\n", "\nB\n", "\nexport A\n",
        "\nDOTENV_LINEBREAK_MODE=legacy\n"]


def statement(r):
    quote = r.choice(["", "", "'", '"', "`", "'", '"'])
    pieces = PIECES if r.random() < 0.6 else PIECES + ODD_PIECES
    name = r.choice(NAMES if r.random() < 0.85 else ODD_NAMES)
    sign = r.choice(SIGNS if r.random() < 0.9 else ODD_SIGNS)
    inside = "".join(r.choices(pieces, k=r.choice([0, 1, 1, 2, 2, 3, 4, 6])))
    closing = quote if r.random() < 0.9 else ""
    return name + sign + quote + inside + closing + (r.choice(BEHIND) if r.random() < 0.4 else "")


def text(r):
    lines = [statement(r) + r.choice(ENDS) for _ in range(r.choice([1, 1, 1, 2, 3]))]
    whole = "".join(lines)
    if r.random() < 0.2:
        whole = whole.rstrip("\r\n")
    return ("\ufeff" if r.random() < 0.02 else "") + whole


def ask(command, names):
    done = subprocess.run(command, input="\n".join(names) + "\n", stdout=subprocess.PIPE, check=True,
                          encoding="utf-8")
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def excused(dialect, ours, theirs, notes, given):
    """Why a difference is none, or None."""
    if any("kept as written" in what for _, what in notes):
        return "we never expand"
    if isinstance(theirs, dict) and isinstance(ours, str) and not all(map(KEY.match, theirs)):
        return "no vault key can have that name"
    if isinstance(theirs, str) and isinstance(ours, dict) and dialect == "compose" and "${" in given:
        return "we never expand, so its braces may be empty"
    if dialect == "compose" and isinstance(ours, str) and re.search(r"[^\W\d_a-zA-Z]", given):
        return "a letter that is not in ASCII stands in a name alone"
    if dialect == "python" and given.startswith("\ufeff"):
        return "python-dotenv before 1.2.3 takes the byte order mark for a part of the first name"
    if isinstance(theirs, str) and theirs.startswith("panic"):
        return "it panics"
    return None


def values(result):
    """A name alone has no value to store."""
    return {k: v for k, v in result.items() if v is not None} if isinstance(result, dict) else result


def same(ours, theirs):
    return ours == theirs or (isinstance(ours, str) and isinstance(theirs, str))


tests = 0


def report(good, name, found=()):
    global tests
    tests += 1
    print(f"{'ok' if good else 'not ok'} {tests} - {name}")
    for line in list(found)[:10]:
        print("#", line)
    return good


def compare(dialect, names, texts):
    ours = ask([OURS, dialect], names)
    theirs = ask([PEER, PEERS[dialect]], names)
    wrong, reasons, accepted = [], {}, 0
    for given, (mine, notes), other in zip(texts, ours, theirs):
        accepted += isinstance(mine, dict)
        if same(mine, values(other)):
            continue
        reason = excused(dialect, mine, other, notes, given)
        if reason:
            reasons[reason] = reasons.get(reason, 0) + 1
        else:
            wrong.append(f"{given!r}: ours {mine!r}, theirs {other!r}")
    alike = len(texts) - len(wrong) - sum(reasons.values())
    report(not wrong, f"{dialect}: {alike} of {len(texts)} texts alike, {accepted} accepted", wrong)
    for reason, count in sorted(reasons.items()):
        print(f"# {dialect}: {count} not compared: {reason}")
    report(alike > len(texts) // 2 and accepted > len(texts) // 4, f"{dialect}: enough was compared")
    return [values(result) for result in theirs]


def main():
    r = random.Random(20261121)
    texts = [text(r) for _ in range(COUNT)]
    names = []
    for i, given in enumerate(texts):
        names.append(os.path.join(FOLDER, f"{i}.env"))
        with open(names[i], "w", encoding="utf-8", newline="") as file:
            file.write(given)
    readings = []
    for dialect, peer in PEERS.items():
        if subprocess.run([PEER, "--has", peer], stdout=subprocess.DEVNULL, check=False).returncode:
            global tests
            tests += 1
            print(f"ok {tests} - {dialect} # SKIP its parser is not here: make deps-test")
        else:
            readings.append(compare(dialect, names, texts))
    silent = []
    for i, (mine, notes) in enumerate(ask([OURS, "plain"], names)):
        if isinstance(mine, dict) and not notes and any(theirs[i] != mine for theirs in readings):
            silent.append(f"{texts[i]!r}: {mine!r}: {[theirs[i] for theirs in readings]!r}")
    report(not silent, f"plain: not a word of what {len(readings)} parsers read differently", silent)
    print(f"1..{tests}")


main()
