"""What may stand after a crash: for each claim, every state from the last one
that was acknowledged as stored to the last one that was asked for."""

import dataclasses


@dataclasses.dataclass
class Change:
    """One request for one claim, in the order of sending."""
    number: int
    reason: str | None     # of the claim that it leaves; None: no claim
    together: int | None   # all changes of one batch have the same


class Claim:
    """The changes of one (prefix, owner); the first is the state known."""

    def __init__(self):
        self.changes = [Change(-1, None, None)]

    def ask(self, change):
        self.changes.append(change)

    def acknowledge(self, number):
        """It is stored, and so all before it are of no meaning any more."""
        for i, change in enumerate(self.changes):
            if change.number == number:
                del self.changes[:i]
                return

    def refuse(self, number):
        """It changed nothing."""
        self.changes = [c for c in self.changes if c.number != number]

    def settle(self, reason):
        """Found so after a crash: gives the change that made it so, or None
        when it must not stand so."""
        for change in reversed(self.changes):
            if change.reason == reason:
                self.changes = [Change(-1, reason, None)]
                return change
        return None


class Model:
    def __init__(self):
        self.claims = {}
        self._asked = {}    # number of a request: keys of claims

    def ask(self, number, key, reason, together=None):
        claim = self.claims.setdefault(key, Claim())
        claim.ask(Change(number, reason, together))
        self._asked[number] = key

    def answer(self, number, stored, refused):
        key = self._asked.pop(number, None)
        if key is None:
            return
        if refused:
            self.claims[key].refuse(number)
        elif stored:
            self.claims[key].acknowledge(number)

    def settle(self, found):
        """found: {(prefix, owner): reason}.  Gives what is wrong, in words."""
        wrong, batches = [], {}
        for key in found.keys() - self.claims.keys():
            wrong.append(f"{key} was never asked for")
        for key, claim in self.claims.items():
            before = list(claim.changes)
            made = claim.settle(found.get(key))
            if made is None:
                states = [c.reason for c in before]
                wrong.append(f"{key} is {found.get(key)!r}, which is none of "
                             f"{states}")
                continue
            self._note_batches(batches, before, made)
        wrong += [f"batch {number} was stored in part"
                  for number, done in batches.items() if len(done) > 1]
        self._asked.clear()
        return wrong

    @staticmethod
    def _note_batches(batches, before, made):
        """Whether a batch's change of this claim is stored, where one can
        tell: nothing else that was asked for leaves the same state."""
        *others, last = before
        if last.together is None or last.reason in [c.reason for c in others]:
            return
        done = made.reason == last.reason
        batches.setdefault(last.together, set()).add(done)
