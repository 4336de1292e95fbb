"""How many rounds, and with which seed: by options of pytest."""


def pytest_addoption(parser):
    parser.addoption("--rounds", type=int, default=60,
                     help="how often the daemon is killed")
    parser.addoption("--seed", type=int, default=None,
                     help="of a run that is to be repeated")
