"""Reloads that remove one neighbor and reset another, under load: what is told
of one neighbor's end looks at all of them, the removed one included."""

from lab import wait_for
from test_reload_load import Churn
from wire_client import Client

RELOADS = 30


def test_one_is_removed_while_another_is_reset(scene):
    scene.upstream("bird")
    scene.upstream("bird")
    scene.start()
    config = scene.rtbh.config
    first, second = config["neighbors"]
    client = Client(scene.rtbh)
    with Churn(scene.rtbh, 1):
        for turn in range(RELOADS):
            reset = second | {"hold-time": f"{90 + turn}s"}
            scene.rtbh.config = config | {
                "neighbors": [reset] if turn % 2 == 0 else [first, reset]}
            scene.rtbh.write_config()
            answer = client.call("daemon.reload")
            assert "result" in answer, answer
            wait_for("up1 is back",
                     lambda: scene.rtbh.established("up1"))
    client.close()
