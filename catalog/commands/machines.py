"""machines: the saved machines of the team and the one at hand; save and remove."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from catalog.bootstrap import open_cardex
from catalog.commands import printing
from catalog.fit import hardware
from catalog.fit.hardware import Machine
from catalog.services.machines import TeamMachines, named
from catalog.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands of this module."""
    group = commands.add_parser(
        "machines",
        help="the saved machines, and the one at hand",
        description="The machines that `fit --hardware` and `fits:` know beside the devices.",
    )
    actions = group.add_subparsers(title="actions", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="this machine, then the saved ones")
    listed.add_argument("--json", action="store_true", help="one JSON document")
    listed.set_defaults(run=_list)
    add = actions.add_parser("add", help="save a machine under a name")
    add.add_argument("name", metavar="NAME", help="Lab server")
    add.add_argument("device", metavar="DEVICE", help="rtx-4090, 2x-rtx-4090 or 24GiB")
    add.add_argument("--host", metavar="SIZE", help="its main memory: 128GiB")
    add.set_defaults(run=_add)
    remove = actions.add_parser("remove", help="remove a saved machine")
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(run=_remove)


def _team(settings: Settings) -> TeamMachines:
    cardex = open_cardex(settings)
    printing.notice(cardex.catalog.notice())
    printing.notice(cardex.machines.problem())
    return cardex.machines


def _list(given: argparse.Namespace, settings: Settings) -> int:
    team = _team(settings)
    machines = (team.detect(), *team.all())
    if given.json:
        printing.document({"machines": [asdict(one) for one in machines]})
        return 0
    for one in machines:
        print(_line(one))
    return 0


def _line(one: Machine) -> str:
    facts = [one.name, _size(one.memory_bytes)]
    if one.host_bytes:
        facts.append(f"{_size(one.host_bytes)} of main memory")
    if one.bandwidth:
        facts.append(f"{one.bandwidth / 10**9:,.0f} GB/s")
    return printing.clean(f"{one.slug}: {', '.join(facts)}")


def _size(number: int | None) -> str:
    return printing.NOT_STATED if number is None else f"{number / hardware.GIB:,.1f} GiB"


def _add(given: argparse.Namespace, settings: Settings) -> int:
    host = hardware.size(given.host) if given.host is not None else None
    one = named(given.name, given.device, host_bytes=host)
    print(f"saved {_line(_team(settings).save(one))}")
    return 0


def _remove(given: argparse.Namespace, settings: Settings) -> int:
    print(f"removed {_line(_team(settings).remove(given.name))}")
    return 0
