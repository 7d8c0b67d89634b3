#!/usr/bin/env python3
"""Runs a command on a terminal of its own and answers what it asks there.

    tests/pty.py [--timeout SECONDS] [--patience SECONDS]
                 [--hold FOLDER] [--pause SECONDS] [--size COLUMNSxLINES]
                 [--run COMMAND] [--resize COLUMNSxLINES]
                 [--expect REGEX (--send TEXT | --secret TEXT)]... -- CMD...

Each --expect waits until the terminal has shown REGEX since the last answer; --send types TEXT and
Enter; --secret does so once the terminal no longer echoes, and fails if it still does after the
patience. In TEXT \\n, \\x03 and so on are what they are in C, and a closing \\c leaves out the Enter.
What the terminal showed goes to stdout, with \\n at line ends. The exit status is the command's,
128 + n if signal n ended it, 124 after a time-out, 125 if the dialogue went otherwise than told.
Both are for what hangs: 300 s unless given. No signal is ignored when the command begins. --hold
keeps vault's lock of a folder until the last step is done. --pause is a step that only waits, --run
one that runs a shell command beside it, and --resize one that makes the terminal another size than
--size, which is 80x24.
"""
import argparse
import errno
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

TIMED_OUT, WENT_OTHERWISE = 124, 125
HANGS = 300  # seconds


class Failure(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Step(argparse.Action):
    """Collects --expect, --send and --secret in the order in which they were typed."""

    def __call__(self, parser, namespace, value, option=None):
        namespace.steps.append((self.dest, value))


def options():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip(), allow_abbrev=False)
    parser.set_defaults(steps=[])
    parser.add_argument("--timeout", type=float, default=HANGS)
    parser.add_argument("--patience", type=float, default=HANGS)
    parser.add_argument("--hold", metavar="FOLDER")
    parser.add_argument("--pause", action=Step, type=float)
    parser.add_argument("--size", default="80x24")
    for name in "expect", "send", "secret", "run", "resize":
        parser.add_argument("--" + name, action=Step)
    parser.add_argument("command", nargs="+", metavar="CMD")
    return parser.parse_args()


def typed(text):
    end = b"\n"
    if text.endswith("\\c"):
        text, end = text[:-2], b""
    return text.encode().decode("unicode_escape").encode("latin-1") + end


class Terminal:
    def __init__(self, command, timeout, patience, size):
        self.deadline = time.monotonic() + timeout
        self.patience = patience
        self.shown = b""
        self.answered = 0  # how much of it was there at the last answer
        self.pid, self.master = os.forkpty()
        if self.pid == 0:
            for ignored in signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE:
                signal.signal(ignored, signal.SIG_DFL)
            self.master = 0
            self.resize(size)
            try:
                os.execvp(command[0], command)
            except OSError as error:
                print("%s: %s" % (command[0], error.strerror), flush=True)
                os._exit(127)

    def read(self):
        """Waits for more; false when nobody is left who could show any."""
        left = self.deadline - time.monotonic()
        if left <= 0 or not select.select([self.master], [], [], left)[0]:
            raise Failure(TIMED_OUT, "timed out")
        try:
            more = os.read(self.master, 65536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            more = b""
        self.shown += more
        return more != b""

    def expect(self, regex):
        while not re.search(regex.encode(), self.shown[self.answered:]):
            if not self.read():
                raise Failure(WENT_OTHERWISE, "it never showed: " + regex)

    def pause(self, seconds):
        time.sleep(seconds)

    def send(self, text):
        self.answered = len(self.shown)
        os.write(self.master, typed(text))

    def run(self, command):
        subprocess.run(["sh", "-c", command], check=True, stdin=subprocess.DEVNULL)

    def resize(self, size):
        columns, lines = (int(number) for number in size.split("x"))
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def secret(self, text):
        until = time.monotonic() + self.patience
        while self.echoes():
            if time.monotonic() > until:
                raise Failure(WENT_OTHERWISE, "it asked for a secret and left the echo on")
            time.sleep(0.005)
        self.send(text)

    def echoes(self):
        return termios.tcgetattr(self.master)[3] & termios.ECHO

    def end(self):
        while self.read():
            pass
        status = os.waitpid(self.pid, 0)[1]
        self.pid = None
        return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

    def kill(self):
        if self.pid:
            os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def main():
    given = options()
    held = os.open(given.hold, os.O_RDONLY) if given.hold else None
    if given.hold:
        fcntl.flock(held, fcntl.LOCK_EX)
    terminal = Terminal(given.command, given.timeout, given.patience, given.size)
    try:
        for verb, text in given.steps:
            getattr(terminal, verb)(text)
        if given.hold:
            fcntl.flock(held, fcntl.LOCK_UN)
        status = terminal.end()
    except Failure as failure:
        terminal.kill()
        status = failure.status
        print("pty.py: %s" % failure, file=sys.stderr)
    sys.stdout.buffer.write(terminal.shown.replace(b"\r\n", b"\n"))
    return status


if __name__ == "__main__":
    sys.exit(main())
