"""Adds up what the tests said: totals.py UNIT.json CODE [REPORT.xml CODE]...

UNIT.json is meson's log, a JSON object a line for each test program, whose
output is TAP when it is a cmocka program; REPORT.xml is one of pytest's.  CODE
is how meson and pytest exited.  Prints each failed and skipped test, then "N
passed, N failed" as the last line, with ", N skipped" where there are some.
Exits 1 when a test failed, when one of them ran none or broke off, or when one
was skipped although CI=true.
"""

import json
import os
import re
import sys
import xml.etree.ElementTree as xml

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


def read_unit(path):
    """(outcome, name) for each case of each test program."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield from program_outcomes(json.loads(line))


def program_outcomes(program):
    name, output = program["name"], program.get("stdout", "")
    planned = sum(map(int, re.findall(r"^1\.\.(\d+)$", output, re.MULTILINE)))
    cases = re.findall(r"^(not ok|ok) \d+( # SKIP)?(?: - | )?(.*)$", output,
                       re.MULTILINE)
    outcomes = [(SKIPPED if skip else PASSED if ok == "ok" else FAILED,
                 f"{name}: {case}") for ok, skip, case in cases]
    outcomes += [(FAILED, f"{name}: ended before this case")
                 ] * (planned - len(outcomes))
    if program["result"] == "SKIP":
        outcomes.append((SKIPPED, name))
    elif FAILED not in dict(outcomes):
        if program["returncode"] != 0 or program["result"] == "TIMEOUT":
            outcomes.append((FAILED, f"{name}: {program['result']}, exit "
                                     f"code {program['returncode']}"))
        elif not outcomes:
            outcomes.append((PASSED, name))
    return outcomes


def read_report(path):
    for case in xml.parse(path).iter("testcase"):
        name = f"{case.get('classname')}: {case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            yield FAILED, name
        elif skipped is not None:
            yield SKIPPED, f"{name}: {skipped.get('message')}"
        else:
            yield PASSED, name


def read_all(reader, path, code):
    """The reader's outcomes; what it cannot know counts as a failure."""
    try:
        found = list(reader(path))
    except (OSError, ValueError, xml.ParseError) as error:
        return [(FAILED, f"{path}: {error}")]
    if not found:
        return [(FAILED, f"{path}: no test ran")]
    if code != 0 and FAILED not in dict(found):
        found.append((FAILED, f"{path}: broken off with exit code {code}"))
    return found


def main():
    unit, unit_code, *reports = sys.argv[1:]
    outcomes = read_all(read_unit, unit, int(unit_code))
    for report, code in zip(reports[::2], reports[1::2]):
        outcomes += read_all(read_report, report, int(code))
    count = {PASSED: 0, FAILED: 0, SKIPPED: 0}
    for outcome, name in outcomes:
        count[outcome] += 1
        if outcome != PASSED:
            print(f"{outcome}: {name}")
    line = f"{count[PASSED]} passed, {count[FAILED]} failed"
    if count[SKIPPED]:
        line += f", {count[SKIPPED]} skipped"
    print(line)
    strict = os.environ.get("CI") == "true"
    bad = count[FAILED] or (strict and count[SKIPPED])
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
