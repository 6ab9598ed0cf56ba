"""The records that are kept go in; what each of them shows of the site as it stands comes out, as data and as text for readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from docutils import nodes

from ..facts import lookup
from ..run import blocks
from ..run.record import Record, device_of, kind_of, machine_kinds, number_of

MACHINES = {
    "linux-x86-64-cpu": "Linux on x86-64, CPU",
    "linux-arm64-cpu": "Linux on arm64, CPU",
    "linux-x86-64-cuda": "Linux on x86-64, NVIDIA GPU",
    "darwin-arm64-cpu": "Apple Silicon, CPU",
    "darwin-arm64-metal": "Apple Silicon, GPU",
}  # the kinds of machine of which a record is wanted


class Records(nodes.General, nodes.Element):
    """Stands on a page where it is to be told what was run where, until all pages are read."""


@dataclass
class Shown:
    """What a kept record shows of a ledger: blocks and calls that are as they were run, of how many; by page, how many blocks are not."""

    record: Record
    blocks: tuple[int, int]
    calls: tuple[int, int]
    changed: dict[str, int]

    def data(self) -> dict:
        """The same for programs."""
        return {
            "kind": self.record.kind,
            **self.record.environment,
            "blocks": [*self.blocks],
            "calls": [*self.calls],
            "changed": self.changed,
        }

    def text(self, titles: dict[str, str]) -> str:
        """The same in words, pages by their titles."""
        where = self.record.environment
        machine = f"{MACHINES.get(self.record.kind, self.record.kind)} ({device_of(where)}), Python {where['python']}"
        run, called = (f"{number} of {all_}" for number, all_ in (self.blocks, self.calls))
        told = f"{machine}: {run} blocks and {called} calls were run there as they stand here."
        pages = [f"{titles[page]} ({number_of(count, 'block')})" for page, count in self.changed.items()]
        return told + (f" Changed since: {', '.join(pages)}." if pages else "")


def in_words(environment: dict[str, str]) -> str:
    """The machine of a run, as its owner would call it."""
    processor, system, _, backend, *_ = machine_kinds(environment)
    device = {"metal": "GPU", "cuda": "NVIDIA GPU"}.get(backend, "CPU")
    return f"the {device} of a {'Mac' if system == 'Darwin' else f'{system} machine'} ({processor})"


def shown(facts: lookup.Facts, ledger: blocks.Ledger, handed: list[Record]) -> list[Shown]:
    """What the records show that the site is published with, and those that are kept and were made with the same MLX and NumPy."""
    found = []
    every = sum(count for _, count in facts.asked.values())
    for record in [*handed, *(one.record for one in facts.kept if one.record.versions == facts.versions)]:
        lacking, kinds = record.lacking(ledger, facts.asked), record.kinds
        claimed = [block for scope in ledger.scopes for block in scope.on(kinds).blocks if block.kind in blocks.RUNNABLE]
        passed = {*record.passed}
        changed = Counter(block.page for block in claimed if block.id not in passed)
        made = every - sum(facts.asked[name][1] for name in lacking.jobs)
        found.append(Shown(record, (len(claimed) - changed.total(), len(claimed)), (made, every), dict(changed)))
    return found


def unseen(facts: lookup.Facts, found: Iterable[Record]) -> list[str]:
    """The wanted kinds of machine of which nothing is known, in words."""
    known = {record.kind for record in found} | {one.record.kind for one in facts.kept if one.record.versions == facts.versions}
    known.add(kind_of(facts.environment))
    return [words for kind, words in MACHINES.items() if kind not in known]


def listed(found: list[Shown], facts: lookup.Facts, titles: dict[str, str]) -> nodes.bullet_list:
    """All of it as a list for the page of other machines."""
    rows = [one.text(titles) for one in found]
    rows += [f"{words}: not yet run. Nothing on this site was seen there." for words in unseen(facts, [one.record for one in found])]
    items = [nodes.list_item("", nodes.paragraph("", row)) for row in rows]
    return nodes.bullet_list("", *items)
