"""How one use of NumPy goes over, as far as it is known: it only ever gets harder."""

from __future__ import annotations

from dataclasses import dataclass, field

from .model import PORTS, Edit


@dataclass
class Judgement:
    """How one use goes over; it only ever gets harder."""

    port: str
    differs: list[str] = field(default_factory=list)
    condition: str = ""
    edits: list[Edit] = field(default_factory=list)
    covered: list[str] = field(default_factory=list)  # what of `differs` the edits do
    whole: bool = False  # the edits change the name as well
    function: str = ""  # that the edits call

    def done(self, why: str, edits: list[Edit]) -> None:
        """A rewrite that these edits do."""
        self.harder("rewrite", why)
        self.edits += edits
        self.covered += [why]

    def told(self, why: str, edits: list[Edit]) -> None:
        """A rewrite that these edits do; where there are none, it is left."""
        if edits:
            self.done(why, edits)
        else:
            self.harder("rewrite", why)

    def harder(self, port: str, why: str) -> None:
        self.port = max(self.port, port, key=[*PORTS].index)
        if why and why not in self.differs:
            self.differs.append(why)
