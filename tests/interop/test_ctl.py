"""rtbh-ctl's exit codes, the control socket's errors, and bad configurations.

What is refused says why and changes nothing.
"""

import json

import pytest

from rtbh import BGPD, VICTIM
from scene import wait_route


@pytest.mark.parametrize("prefix, reason", [
    ("198.51.100.1", "not-ours"),
    ("203.0.113.0/24", "is-aggregate"),
    ("203.0.112.0/23", "not-ours"),
    ("203.0.113.128/25", "too-short"),
    ("203.0.113.9", "protected"),
    ("2001:db8:100::/64", "too-short"),
])
def test_refused(scene, prefix, reason):
    router = scene.upstream("bird")
    scene.rtbh.config["blackhole"] = {"never": ["203.0.113.9"]}
    scene.start()
    with scene.rtbh.connect() as control:
        answer = _call(control, "victim.add", {"prefix": prefix})
    assert answer["error"]["code"] == -32000
    assert answer["error"]["data"]["reason"] == reason
    done = scene.rtbh.ctl_raw("add", prefix)
    assert done.returncode == 1
    assert prefix in done.stderr
    assert scene.rtbh.victims() == []
    assert router.node.blackholes() == set()


def test_refused_in_part(scene):
    router = scene.upstream("bird")
    scene.start()
    done = scene.rtbh.ctl_raw("add", VICTIM[4], "198.51.100.1")
    assert done.returncode == 4
    assert "198.51.100.1" in done.stderr
    wait_route(router, VICTIM[4])
    assert scene.rtbh.victims() == [VICTIM[4]]


@pytest.mark.parametrize("argv", [
    ["add"], ["add", "203.0.113.256"], ["add", "203.0.113.7", "--ttl", "1x"],
    ["add", "203.0.113.7", "--nonsense"], ["nonsense"], [],
], ids=" ".join)
def test_wrong_usage(scene, argv):
    done = scene.rtbh.ctl_raw(*argv)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert not done.stdout


def test_no_daemon(scene):
    done = scene.rtbh.ctl_raw("list")
    assert done.returncode == 3
    assert str(scene.rtbh.socket) in done.stderr


@pytest.mark.parametrize("line, code", [
    ("nonsense", -32700),
    ('{"jsonrpc":"2.0","id":1,"method":"victim.list"', -32700),
    ('{"jsonrpc":"2.0","id":1}', -32600),
    ("[]", -32600),
    ('{"jsonrpc":"2.0","id":1,"method":"no.such"}', -32601),
    ('{"jsonrpc":"2.0","id":1,"method":"victim.add"}', -32602),
    ('{"jsonrpc":"2.0","id":1,"method":"victim.add",'
     '"params":{"prefix":"nonsense"}}', -32602),
    ('{"jsonrpc":"2.0","id":1,"method":"victim.add",'
     '"params":{"prefix":"203.0.113.7","ttl":"soon"}}', -32602),
    ('{"jsonrpc":"2.0","id":1,"method":"victim.add",'
     '"params":{"prefix":"203.0.113.7","nonsense":1}}', -32602),
])
def test_wrong_lines_get_an_error(scene, line, code):
    """And the connection, where it can, goes on."""
    scene.upstream("bird")
    scene.start()
    with scene.rtbh.connect() as control:
        control.write(line + "\n")
        control.flush()
        assert json.loads(control.readline())["error"]["code"] == code
        assert _call(control, "victim.list", {})["result"]["victims"] == []


@pytest.mark.parametrize("old, new, where", [
    ("local-as: 64500", "local-as: 0", "1:11"),
    ("router-id", "router-idd", "2:1"),
    ("203.0.113.0/24", "203.0.113.1/24", "3:14"),
    ("passive: no", "passive: yes", ""),
])
def test_wrong_configuration(scene, old, new, where):
    """-n tells the line and column, and so does a start."""
    scene.upstream("bird")
    path = scene.rtbh.write_config()
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    for option in ("-nf", "-f"):
        done = scene.node.run(BGPD, option, path, check=False)
        assert done.returncode == 1
        assert f"{path}:{where}" in done.stderr


def test_printed_configuration_parses_to_itself(scene):
    scene.upstream("bird", communities=["64501:666"])
    scene.upstream("bird", 6, they_connect=True)
    path = scene.rtbh.write_config()
    first = scene.node.run(BGPD, "-nf", path).stdout
    path.write_text(first)
    assert scene.node.run(BGPD, "-nf", path).stdout == first


def _call(control, method, params):
    request = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
    control.write(json.dumps(request) + "\n")
    control.flush()
    return json.loads(control.readline())
