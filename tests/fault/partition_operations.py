"""Cases of the partition matrix: what an operator does to a cluster that runs well, and an etcd
that comes and goes. No request may fail."""

import json
import time

from cluster import await_condition
from matrix_scene import LOWER_HALF, Case

# Back ends tell etcd every 30 s what they bear.
FIGURES_SECONDS = 60
# So long etcd is away; nobody asks it for anything that does not come again.
AWAY_SECONDS = 2


def slots_of(scene, backend):
    """How many slots the map gives to a back end, and pins."""
    shown = scene.moves.admin("map", "show")["map"]
    mine = [one for one in shown["partitions"] if one["backEnd"] == backend]
    pins = [pin for pin in shown.get("pins", []) if pin["partition"] in [one["id"] for one in mine]]
    return sum(last - first + 1 for one in mine for first, last in one["slots"]), len(pins)


def carry(scene, moves):
    """Waits until all moves that mesh-admin has begun are over."""
    if not moves:
        scene.fault("nothing was to be moved")
    for move in moves:
        scene.expect(move["id"], "cleaned")


def rebalance(scene):
    """An empty back end is added, and gets its share."""
    cluster, moves = scene.cluster, scene.moves
    cluster.backend_ports["b3"] = None
    cluster.start_backend("b3", ready=False)
    moves.admin("map", "add-partition", "--id", 3, "--back-end", "b3")
    cluster._await_backend("b3")
    await_condition("a plan", lambda: moves.admin("rebalance")["moves"], FIGURES_SECONDS)
    carry(scene, moves.admin("rebalance", "--apply")["moves"])
    scene.figures["slots"] = {name: slots_of(scene, name)[0] for name in ("b1", "b2", "b3")}
    if slots_of(scene, "b3")[0] == 0:
        scene.fault("the new back end has no slots")


def evacuate(scene):
    """Everything leaves a back end, an account that is pinned there too; then it is ended."""
    name = scene.move_away(scene.account)
    carry(scene, scene.moves.admin("evacuate", name, "--apply")["moves"])
    if slots_of(scene, name) != (0, 0):
        scene.fault(f"the back end still has {slots_of(scene, name)} slots and pins")
    if code := scene.cluster.backends[name].stop():
        scene.fault(f"the back end ended with {code}")
    time.sleep(AWAY_SECONDS)  # Whoever still asked it would have failed by now.


def restarts(scene):
    """Every program restarted, one after another, twice."""
    for _ in range(2):
        for name in ("b1", "b2"):
            scene.cluster.backends[name].stop()
            scene.cluster.start_backend(name)
            time.sleep(1)
        for number in (0, 1):
            scene.frontend(number).stop()
            scene.start_frontend(number)
            time.sleep(1)
        scene.cluster.etcd.kill()
        scene.cluster.etcd.start()


def etcd_away(scene):
    """etcd is killed, is frozen, and is slow; then an account moves as ever."""
    server = scene.cluster.etcd
    server.kill()
    time.sleep(AWAY_SECONDS)
    server.start()
    server.freeze()
    time.sleep(AWAY_SECONDS)
    for _ in range(20):  # It runs a tenth of the time.
        server.thaw()
        time.sleep(0.02)
        server.freeze()
        time.sleep(0.18)
    server.thaw()
    scene.move_away(scene.account)


def etcd_wiped(scene):
    """etcd loses everything, and gets the map back from a front end's copy; then slots move."""
    cluster = scene.cluster
    scene.move_away(scene.account)
    before = json.loads((cluster.folder / "frontend" / "map-cache.json").read_text())["epoch"]
    cluster.etcd.kill()
    cluster.etcd.wipe()
    cluster.etcd.start()
    await_condition("a refusal", lambda: cluster.metric("mesh_map_refused_total"))
    cache = cluster.folder / "frontend" / "map-cache.json"
    epoch = scene.moves.admin("map", "restore", "--file", cache)["epoch"]
    if epoch <= before:
        scene.fault(f"the map that was restored has epoch {epoch}, after {before}")
    await_condition("back ends", lambda: all(
        cluster.etcd_key(f"nodes/{name}") in cluster.entries() for name in cluster.backends))
    for move in scene.moves.begin("slots", LOWER_HALF, "--to", "b2"):
        scene.expect(move, "cleaned")


def cases(options):
    return {"rebalance": Case(rebalance), "evacuate": Case(evacuate), "restarts": Case(restarts),
            "etcd-away": Case(etcd_away), "etcd-wiped": Case(etcd_wiped)}
