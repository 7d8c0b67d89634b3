"""A pytest plugin that writes each test to the file that TAP_FILE names: its verdict, its name, and
why it was skipped; and what pytest printed of a failure to stdout as usual."""

import os

VERDICTS = {}


def pytest_runtest_logreport(report):
    name = report.nodeid.replace("\n", " ")
    if report.failed:
        VERDICTS[name] = "failed", report.when
    elif report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "expected to fail"
        VERDICTS.setdefault(name, ("skipped", reason.replace("Skipped: ", "").replace("\n", " ")))
    elif report.when == "call":
        VERDICTS.setdefault(name, ("passed", ""))


def pytest_collectreport(report):
    if report.failed:
        VERDICTS[report.nodeid] = "failed", "collecting"
    elif report.skipped:
        VERDICTS[report.nodeid] = "skipped", report.longrepr[2].replace("Skipped: ", "")


def pytest_sessionfinish():
    with open(os.environ["TAP_FILE"], "a", encoding="utf-8") as file:
        for name, (verdict, reason) in VERDICTS.items():
            file.write(f"{verdict}\t{name}\t{reason}\n")
