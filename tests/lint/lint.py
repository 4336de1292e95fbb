"""The rules of the house that no compiler checks; prints FILE:LINE: problem.

    One room for each outside thing: only the named files may use it.
    No file above 700 lines, no function above 60, no notes to ourselves.
    Every .c opens with a comment, every header has its include guard, and
    every pure file (proto/, bgpd/core/) has its test in tests/unit/.
"""

import pathlib
import re
import sys

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("proto", "bgpd", "rtbh-ctl", "tests")
PURE = ("proto", "bgpd/core")
FILE_LINES_MAX = 700
FUNCTION_LINES_MAX = 60

# What stands in a line of code, and the files (or folders) that may say it.
ROOMS = (
    (r"#\s*include\s*<yaml\.h>", ("bgpd/keeper/yaml_tree.c",
                                 "bgpd/keeper/yaml_memory.h")),
    (r"#\s*include\s*<sqlite3\.h>", ("bgpd/keeper/store",
                                   "tests/unit/test_store",
                                   "tests/unit/faulty_vfs.h")),
    (r"#\s*include\s*<event2/", ("bgpd/base/link.c", "bgpd/base/link.h",
                                 "bgpd/keeper/", "bgpd/speaker/",
                                 "tests/unit/fake_clock.h",
                                 "tests/unit/failing.h")),
    (r"#\s*include\s*<syslog\.h>|\b(v?syslog|openlog)\s*\(",
     ("bgpd/base/log.c",)),
    (r"\b(clock_gettime|gettimeofday|time)\s*\(",
     ("bgpd/base/clock.c", "rtbh-ctl/", "tests/bench/",
      "tests/fuzz/fuzz_session.c", "tests/unit/fake_clock.h")),
    (r"\btimerfd_(create|settime)\s*\(",
     ("bgpd/base/clock.c", "tests/unit/fake_clock.h",
      "tests/unit/sandbox_tries.h")),
    (r"\b[gs]etsockopt\s*\(\s*[^,]+,\s*(IPPROTO_\w+|SOL_TCP|SOL_IPV?6?)\b",
     ("bgpd/speaker/tcp.c", "tests/bench/")),
    (r"\bset(res|re|e)?[ug]id\s*\(|\b(init|set)groups\s*\(",
     ("bgpd/base/sandbox.c",)),
    (r"#\s*include\s*<(linux/landlock|linux/seccomp|seccomp)\.h>|\bprctl\s*\(",
     ("bgpd/base/sandbox.c", "tests/unit/test_sandbox.c")),
    (r"\bvictim_set_(insert|remove)\s*\(",
     ("bgpd/core/victim.c", "bgpd/core/victim.h", "bgpd/speaker/blackhole",
      "tests/unit/", "tests/fuzz/")),
    (r"\b(socket|connect|accept4?|recv|send|open|fopen)\s*\(",
     ("bgpd/base/", "bgpd/keeper/", "bgpd/speaker/", "bgpd/main.c",
      "rtbh-ctl/", "tests/")),
)
# In whole files, comments included.
NOTES = re.compile(r"\b(TODO|FIXME|XXX)\b")


def without_comments(text):
    """The same lines, with comments and string contents blanked out."""
    def blank(found):
        token = found.group(0)
        if token.startswith("#"):  # an include line stays
            return token
        return re.sub(r"[^\n]", " ", token)
    return re.sub(r'#\s*include[^\n]*|/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"'
                  r"|'(?:\\.|[^'\\\n])*'", blank, text, flags=re.DOTALL)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def check_rooms(name, code):
    for pattern, rooms in ROOMS:
        if name.startswith(rooms):
            continue
        for found in re.finditer(pattern, code):
            yield (line_of(code, found.start()),
                   f"{found.group(0)!r} belongs to {', '.join(rooms)}")


def check_lengths(code):
    """A function's body opens and closes in column one."""
    lines = code.split("\n")
    if len(lines) - 1 > FILE_LINES_MAX:
        yield 1, f"{len(lines) - 1} lines; {FILE_LINES_MAX} is the wall"
    begin = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            begin = number
        elif line == "}" and begin is not None:
            if number - begin - 1 > FUNCTION_LINES_MAX:
                yield begin, (f"a function of {number - begin - 1} lines; "
                              f"{FUNCTION_LINES_MAX} is the wall")
            begin = None


def check_shape(name, text):
    for found in NOTES.finditer(text):
        yield line_of(text, found.start()), f"{found.group(0)} in the code"
    if name.endswith(".c") and not text.startswith("/*"):
        yield 1, "a .c opens with a comment that says what it is for"
    if name.endswith(".h"):
        guard = pathlib.Path(name).stem.upper() + "_H"
        if not text.startswith(f"#ifndef {guard}\n#define {guard}\n"):
            yield 1, f"the include guard is to be {guard}"


def check_has_test(name):
    path = pathlib.PurePosixPath(name)
    if str(path.parent) not in PURE or path.suffix != ".c":
        return
    test = f"tests/unit/test_{path.name}"
    if not (CHECKOUT / test).exists():
        yield 1, f"has no {test}"


def check_file(path):
    name = path.relative_to(CHECKOUT).as_posix()
    text = path.read_text(encoding="utf-8")
    code = without_comments(text)
    problems = [*check_rooms(name, code), *check_lengths(code),
                *check_shape(name, text), *check_has_test(name)]
    return [f"{name}:{line}: {what}" for line, what in sorted(problems)]


def main():
    problems = []
    for folder in FOLDERS:
        for path in sorted((CHECKOUT / folder).rglob("*.[ch]")):
            problems += check_file(path)
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
