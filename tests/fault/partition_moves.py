"""Cases of the partition matrix: moves, and nothing else happens. No request may fail."""

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


def abort(scene):
    """A move that is given up, and begun again."""
    move, = scene.moves.begin("slots", LOWER_HALF, "--to", "b2")
    scene.moves.await_phase(move, "copying")
    scene.moves.admin("moves", "abort", move)
    scene.expect(move, "aborted")
    scene.moves.admin("moves", "resume", move)
    scene.expect(move, "cleaned")


def cases(options):
    return {"slots": Case(slots), "account": Case(account), "abort": Case(abort)}
