"""Cases of the partition matrix: kill -9 of each program at each step that a move records.

A watch on the record says when the step has come. In half of the tries, by chance, etcd is stopped
for the moment between that and the kill, so that no further step can be recorded; in the others
the kill comes as it comes. A program that was killed is started again at once. Requests may fail only
if they are told that they were not applied (and then they were not, as the journal shows); those that
a killed back end had in hand may be told that nobody knows, and those that a killed front end had
lose their connection to it.
"""

import json
import subprocess
import time

from matrix_scene import LOST, LOWER_HALF, NOT_APPLIED, OVER, PHASES, UNKNOWN, Case

VICTIMS = ("source", "target", "admin", "frontend", "etcd")
ABORTS = ("aborting", "aborted")
# Besides that they were not applied. A request that a killed back end had is asked again, and
# told that its outcome is unknown if the back end is not there again before the deadline.
MAY_BE_TOLD = {"source": {UNKNOWN}, "target": {UNKNOWN}, "frontend": {LOST}}
# From the step to the kill, at most.
LATEST_SECONDS = 0.03


class Kill:
    """One victim at one phase, several times: the slots go to and fro between b1 and b2."""

    def __init__(self, victim, phase):
        self.victim, self.phase = victim, phase

    def __call__(self, scene):
        here, there = "b1", "b2"
        for _ in range(scene.options.times):
            if self.once(scene, here, there) == "cleaned":
                here, there = there, here

    def once(self, scene, here, there):
        """How the move ended."""
        events = scene.cluster.etcd.watch(scene.cluster.etcd_key("moves/"))
        next(events)
        admin = subprocess.Popen(scene.moves.command("move", "slots", LOWER_HALF, "--to", there,
                                                     "--wait"),
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            move = self.await_step(scene, events)
            events.close()
            self.strike(scene, admin, {"source": here, "target": there}.get(self.victim))
        finally:
            admin.kill()
            admin.wait()
        return scene.expect(move, *OVER)["phase"]

    def await_step(self, scene, events):
        """The move's name, once the step is there or its chance is past."""
        asked = False
        for key, value in events:
            phase, move = json.loads(value)["phase"], key.rsplit("/", 1)[1]
            if phase in (self.phase, *OVER):
                steps = scene.figures.setdefault("struck at", {})
                steps[phase] = steps.get(phase, 0) + 1
                return move
            if self.phase in ABORTS and phase == "copying" and not asked:
                asked = True
                # Too late for a move that is already switched: then that is the end of it.
                subprocess.run(scene.moves.command("moves", "abort", move), check=False,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        raise AssertionError("etcd ended")

    def strike(self, scene, admin, backend):
        server = scene.cluster.etcd
        # By turns: after a kill all connections are to the other one.
        number = scene.kills % 2
        hold = self.victim != "etcd" and scene.random.random() < 0.5
        if hold:
            server.freeze()
        time.sleep(scene.random.random() * LATEST_SECONDS)
        if self.victim == "admin":
            admin.kill()
            scene.kills += 1
        elif self.victim == "frontend":
            scene.kill_frontend(number)
        elif self.victim == "etcd":
            scene.kill_etcd()
        else:
            scene.kill_backend(backend)
        if hold:
            server.thaw()
        if self.victim == "frontend":
            scene.start_frontend(number)
        elif self.victim == "etcd":
            server.start()
        elif backend:
            scene.cluster.start_backend(backend)


def cases(options):
    table = {}
    for victim in VICTIMS:
        told = {NOT_APPLIED} | MAY_BE_TOLD.get(victim, set())
        for phase in (*PHASES, *ABORTS):
            table[f"kill-{victim}-{phase}"] = Case(Kill(victim, phase), frozenset(told))
    return table
