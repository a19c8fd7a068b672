"""A case of the partition matrix that measures: how long the requests to an account with 10^5
entries wait while it moves. They have a load of their own, beside that of all other accounts; the
same load just before, while nothing moves, says what the machine adds."""

import datetime
import time

from cluster import Cluster
from matrix_scene import CONNECTIONS, Case

ENTRIES = 100_000
PER_UPLOAD = 200
# To the account alone; so many requests meet a freeze of 50 ms that they are more than one in 1000.
RATE = 100
STILL_SECONDS = 20
MOVES = 2


def open_cluster(options):
    return Cluster(etcd=True, programs=options.bin, frontend_flags=["--account-rate", "0"],
                   backend_flags=["--move-bytes-per-second", options.pause_bytes_per_second])


def freeze(cluster, move):
    """Where the time of a freeze went, by the target's log, ms: until both ends had the same, until
    the map was another one."""
    at = {}
    for backend in ("b1", "b2"):
        for line in cluster.backends[backend].log.read_text().splitlines():
            for name, sign in (("frozen", "phase=frozen"), ("verified", "phase=verified"),
                               ("switched", "a move is switched")):
                if f"move={move}" in line and sign in line:
                    at[name] = datetime.datetime.fromisoformat(line.split()[0].rstrip("Z"))
    names = ("frozen", "verified", "switched")
    return {f"{before} to {after}": round((at[after] - at[before]).total_seconds() * 1000)
            for before, after in zip(names, names[1:]) if before in at and after in at}


def pause(scene):
    load = scene.load(f"{scene.name}-moved", RATE, 1, ENTRIES, PER_UPLOAD)
    time.sleep(STILL_SECONDS)
    scene.end_load(load, "still")
    load.start(RATE, scene.options.mix, CONNECTIONS)
    for _ in range(MOVES):
        scene.move_away(f"{load.name}-0@{scene.cluster.domain}")
    scene.figures["freezes_ms"] = [freeze(scene.cluster, move) for move in scene.moves.records()]
    scene.figures["entries"] = load.acknowledged()
    scene.end_load(load, "moving")


def cases(options):
    return {"pause": Case(pause, open=open_cluster)}
