"""Cases of the partition matrix: moves, and nothing else happens. No request may fail."""

from cluster import await_condition
from matrix_scene import LOWER_HALF, Case


def slots(scene):
    """All slots of one back end go to the other, and come back."""
    for target in ("b2", "b1"):
        for move in scene.moves.begin("slots", LOWER_HALF, "--to", target):
            scene.expect(move, "cleaned")


def account(scene):
    """One account to and fro."""
    for _ in range(scene.options.rounds):
        scene.move_away(scene.account)


def added(scene):
    """A back end that runs gets a second partition, opens it, and takes what a rebalance gives it."""
    for move in scene.moves.begin("slots", "0-6143", "--to", "b2"):
        scene.expect(move, "cleaned")  # So that b1 bears least.
    scene.moves.admin("map", "add-partition", "--id", 3, "--back-end", "b1")
    await_condition("the partition", lambda: scene.cluster.metric(
        "mesh_backend_partitions_opened_total", "b1") == 1)
    begun = [move for move in scene.moves.admin("rebalance", "--apply")["moves"]
             if move["target"] == 3]
    if not begun:
        scene.fault("nothing was to go to the new partition")
    for move in begun:
        scene.expect(move["id"], "cleaned")


def abort(scene):
    """A move that is given up, and begun again."""
    move, = scene.moves.begin("slots", LOWER_HALF, "--to", "b2")
    scene.moves.await_phase(move, "copying")
    scene.moves.admin("moves", "abort", move)
    scene.expect(move, "aborted")
    scene.moves.admin("moves", "resume", move)
    scene.expect(move, "cleaned")


def cases(options):
    return {"slots": Case(slots), "account": Case(account), "added": Case(added),
            "abort": Case(abort)}
