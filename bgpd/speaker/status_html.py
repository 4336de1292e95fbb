"""Makes a C header of the status page: its bytes, and a policy for browsers.

The policy lets the browser run and apply nothing but the one script and the
one style sheet in the page, known by their hashes, and talk to nobody but us.
"""

import base64
import hashlib
import pathlib
import re
import sys

POLICY = ("default-src 'none'; script-src {script}; style-src {style}; "
          "connect-src 'self'; img-src data:; base-uri 'none'; "
          "form-action 'none'; frame-ancestors 'none'")
BYTES_A_LINE = 16


def source_of(page, element):
    """The one element's hash, as the policy names it."""
    found = re.findall(f"<{element}>(.*?)</{element}>", page, flags=re.DOTALL)
    if len(found) != 1:
        sys.exit(f"the page has {len(found)} elements <{element}>, not one")
    digest = hashlib.sha256(found[0].encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def array_of(data):
    for at in range(0, len(data), BYTES_A_LINE):
        yield "\t" + " ".join(f"0x{byte:02x},"
                              for byte in data[at:at + BYTES_A_LINE])


def main(source, target):
    page = pathlib.Path(source).read_text(encoding="utf-8")
    policy = POLICY.format(script=source_of(page, "script"),
                           style=source_of(page, "style"))
    pathlib.Path(target).write_text("\n".join([
        "/* Made of status.html by status_html.py. */",
        f'static const char status_html_policy[] =\n    "{policy}";',
        "static const unsigned char status_html[] = {",
        *array_of(page.encode()),
        "};", ""]), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
