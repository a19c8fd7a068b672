"""Cases of the partition matrix: moves, and kills while they happen."""

import subprocess

from cluster import SLOTS, await_condition
from matrix_scene import LOST, NOT_APPLIED, OVER, PHASES, UNKNOWN, Case

LOWER_HALF = f"0-{SLOTS // 2 - 1}"
ANY = frozenset({NOT_APPLIED, UNKNOWN, LOST})


def slots(scene):
    """All slots of one back end go to the other, and come back."""
    for target in ("b2", "b1"):
        for move in scene.moves.begin("slots", LOWER_HALF, "--to", target):
            scene.expect(move, "cleaned")


def account(scene):
    """One account to and fro."""
    for number in range(scene.options.rounds):
        target = "b2" if number % 2 == 0 else "b1"
        for move in scene.moves.begin("account", scene.account, "--to", target):
            scene.expect(move, "cleaned")


def abort(scene):
    """A move that is given up, and begun again."""
    move, = scene.moves.begin("slots", LOWER_HALF, "--to", "b2")
    scene.moves.await_phase(move, "copying")
    scene.moves.admin("moves", "abort", move)
    scene.expect(move, "aborted")
    scene.moves.admin("moves", "resume", move)
    scene.expect(move, "cleaned")


def kill(victim, phase):
    def case(scene):
        move, = scene.moves.begin("slots", LOWER_HALF, "--to", "b2")
        scene.moves.await_phase(move, phase)
        scene.cluster.kill_backend({"source": "b1", "target": "b2"}[victim])
        scene.kills += 1
        scene.cluster.start_backend({"source": "b1", "target": "b2"}[victim])
        scene.expect(move, *OVER)
    return Case(case, ANY)


def kill_admin(scene):
    """Whoever asked for a move is not needed for it."""
    child = subprocess.Popen(scene.moves.command("move", "slots", LOWER_HALF, "--to", "b2",
                                                 "--wait"), stdout=subprocess.DEVNULL)
    move, = await_condition("a move", lambda: list(scene.moves.records()))
    scene.moves.await_phase(move, "copying")
    child.kill()
    child.wait()
    scene.kills += 1
    scene.expect(move, "cleaned")


def cases(options):
    table = {"slots": Case(slots), "account": Case(account), "abort": Case(abort),
             "kill-admin": Case(kill_admin)}
    for victim in ("source", "target"):
        for phase in PHASES[1:-1]:
            table[f"kill-{victim}-{phase}"] = kill(victim, phase)
    return table
