"""A network of its own for a script: a Linux network namespace with a few addresses, and its own
/etc/resolv.conf, so that programs find names as they do anywhere.

    inside, why_not = namespace.enter(addresses, name_server)
    inside, why_not = namespace.enter()    # without either

runs the script again inside, from its beginning, where that may be done (as root). The namespaces have
no names: they are gone with their last process, and all processes in them with the script, whatever
ends it. SIGTERM to either is SystemExit inside.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

INSIDE = "MESH_NAMESPACE"  # Set in the environment of what runs inside.
REFUSED = "MESH_NO_NAMESPACE"  # Why it could not be, for those who ask later.
UNSHARE = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]


# What is needed is not in the PATH of everybody.
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def _run(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE, text=True, env={**os.environ, "PATH": PATH})


def _furnish(addresses, name_server):
    """Makes what is inside: the loopback interface alone, with further addresses."""
    _run("ip", "link", "set", "lo", "up")
    for address in addresses:
        _run("ip", "address", "add", f"{address}/32", "dev", "lo")
    if not name_server:
        return
    with tempfile.NamedTemporaryFile("w", prefix="mesh-resolv-") as file:
        file.write(f"nameserver {name_server}\n")
        file.flush()
        _run("mount", "--bind", file.name, "/etc/resolv.conf")  # Outlives the file's name.


def _why_not(addresses, name_server):
    """Tries it all; why it cannot be done, or None."""
    if os.geteuid() != 0:
        return "only root may make one"
    try:
        subprocess.run([*UNSHARE, sys.executable, "-B", __file__, name_server, *addresses],
                       check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError as error:
        return str(error)
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or "").strip().splitlines() or ["it is refused"]
        return lines[-1]
    return None


def enter(addresses=(), name_server=""):
    """(True, None) inside. Outside (False, why not), if it cannot be; else does not return."""
    if os.environ.get(INSIDE):
        # The first process of a namespace ignores what it does not handle.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
        _furnish(addresses, name_server)
        return True, None
    why_not = _why_not(addresses, name_server)
    if why_not:
        os.environ[REFUSED] = why_not
        return False, why_not
    sys.stdout.flush()
    os.environ[INSIDE] = "1"
    sys.exit(_stand_for(subprocess.Popen([*UNSHARE, sys.executable, "-B", *sys.argv])))


def _stand_for(child):
    """Hands signals on until it ends; its exit code. SIGINT comes to all by itself."""
    def tell(number, _frame):
        for inner in Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split():
            os.kill(int(inner), number)
    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = child.wait()
    return code if code >= 0 else 128 - code


def main():
    try:
        _furnish(sys.argv[2:], sys.argv[1])
    except OSError as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(error.stderr)


if __name__ == "__main__":
    main()
