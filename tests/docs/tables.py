"""The tables of the sources: what the programs have, as they spell it."""

import re

from manual import CHECKOUT


def read(path):
    """A source, its string literals joined where they are cut in two."""
    return re.sub(r'"\s*\n\s*"', "", (CHECKOUT / path).read_text())


def names(path, table):
    """The texts of a table `[NUMBER] = "text"`, in order."""
    body = re.search(rf"\b{table}\[[^]]*\] = \{{(.*?)\n\}};", read(path),
                     re.DOTALL).group(1)
    return [name for name in re.findall(r'\] = "([^"]*)"', body) if name]


def _config_tables():
    found = re.findall(r"static const struct config_key (\w+)(?:\[\])? = "
                       r"\{(.*?)\};\n", read("bgpd/core/config.c"), re.DOTALL)
    return {name: re.split(r"(?=\.name = \")", body)[1:]
            for name, body in found}


def _walk(tables, table, path):
    for key in tables[table]:
        if "CONFIG_INTERNAL" in key:
            continue
        name = path + re.search(r'\.name = "([^"]*)"', key).group(1)
        fallback = re.search(r'\.fallback = "([^"]*)"', key)
        yield name, fallback and fallback.group(1)
        below = re.search(r"\.keys = &?(\w+)", key)
        if below is None:
            continue
        below = below.group(1)
        if below.endswith("_item"):  # a list: of maps, or of single values
            below = re.search(r"\.keys = (\w+)|$", tables[below][0]).group(1)
        if below:
            yield from _walk(tables, below, name + ".")


def config_keys():
    """Every key with its path, and its default or None."""
    return dict(_walk(_config_tables(), "config_keys", ""))


def _bits(expression, macros):
    """The CTL_BIT()s of an expression, macros of macros included."""
    found = set(re.findall(r"CTL_BIT\(CTL_(\w+)\)", expression))
    for name, body in macros.items():
        if re.search(rf"\b{name}\b", expression):
            found |= _bits(body, macros)
    return found


def _params():
    return dict(re.findall(r'\[CTL_(\w+)\] = \{ "(\w+)"', read("proto/ctl.c")))


def methods():
    """Each method's parameters: those required, and those it may have."""
    text, params = read("bgpd/speaker/method.c"), _params()
    macros = dict(re.findall(r"#define (\w+_PARAMS)\s*((?:.*\\\n)*.*)", text))
    table = re.search(r"methods\[\] = \{\n(.*?)\n\};", text, re.DOTALL)
    found = {}
    for row in re.split(r'(?=\{ "\w+\.\w+")', table.group(1))[1:]:
        name = re.search(r'"([\w.]+)"', row).group(1)
        takes = re.search(r"(?:true|false),\s*\{(.*?)\}", row,
                          re.DOTALL).group(1)
        required, optional = ({params[bit] for bit in _bits(part, macros)}
                              for part in takes.split(","))
        found[name] = (required, optional - required)
    return found


def metrics():
    """Their names, wherever the speaker prints them."""
    found = set()
    for path in (CHECKOUT / "bgpd/speaker").glob("metrics*.c"):
        found |= set(re.findall(r'"((?:rtbh|process)_[a-z_]+[a-z])',
                                read(path)))
    return found


def routes():
    """What the HTTP listener serves."""
    return set(re.findall(r'^\t\{ "(/[\w.]*)", \w+',
                          read("bgpd/speaker/pages.c"), re.MULTILINE))
