"""The manual pages as their source, mdoc: what each of them lists."""

import dataclasses
import pathlib
import re

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
PAGES = {path.name: path for folder in ("bgpd", "rtbh-ctl")
         for path in sorted((CHECKOUT / folder).glob("*.[1-9]"))}
# Those that stand within a line.
MACROS = set("Ar Brq Cm Fa Fl Ic Li Ns Oc Oo Op Pa Pq Va".split())


@dataclasses.dataclass
class Item:
    """An entry of a list: in which (sub)section, and the words of its head."""
    section: str
    sub: str
    words: list

    def of(self, macro):
        """The words behind the macro, up to the next one."""
        found, now = [], None
        for word in self.words:
            if word in MACROS:
                now = word
            elif now == macro and re.search(r"[\w/]", word):
                found.append(word.replace("\\&", ""))
        return found


def items(page):
    """All entries of all lists, in order."""
    section = sub = ""
    head = None
    found = []
    for line in PAGES[page].read_text().splitlines():
        macro, _, rest = line.partition(" ")
        if head is not None and macro != ".Xc":
            head += " " + line.removeprefix(".")
        elif head is not None:
            found.append(Item(section, sub, head.split()))
            head = None
        elif macro == ".Sh":
            section, sub = rest, ""
        elif macro == ".Ss":
            sub = rest
            found.append(Item(section, sub, []))
        elif line == ".It Xo":
            head = ""
        elif macro == ".It":
            found.append(Item(section, sub, rest.split()))
    return found


def entries(page, section, macro, sub=None):
    """The first word behind the macro of each entry there."""
    return [item.of(macro)[0] for item in items(page)
            if item.section == section and sub in (None, item.sub)
            and item.of(macro)]


def examples(page):
    """What stands literally in the section EXAMPLES."""
    text = PAGES[page].read_text().partition(".Sh EXAMPLES\n")[2]
    text = text.partition("\n.Sh ")[0]
    return [block.replace("\\e", "\\") for block in re.findall(
        r"^\.Bd -literal.*?\n(.*?)^\.Ed$", text, re.MULTILINE | re.DOTALL)]


def members(page, section):
    """What the entries of that section say a result has."""
    return {word for item in items(page) if item.section == section
            for word in item.of("Va")}


def literals(page, section):
    """The keys of the JSON that stands literally in that section."""
    text = PAGES[page].read_text().partition(f"\n.Sh {section}\n")[2]
    return set(re.findall(r'"(\w+)":', text.partition("\n.Ed\n")[0]))
