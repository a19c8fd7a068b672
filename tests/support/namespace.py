"""A network of its own for a script: a Linux network namespace with a few addresses, and its own
/etc/resolv.conf, so that programs find names as they do anywhere.

    inside, why_not = namespace.enter(addresses, name_server)

runs the script again inside, from its beginning, where that may be done (as root). The namespaces have
no names: they are gone with their last process, and all processes in them with the script, whatever
ends it.
"""

import os
import subprocess
import sys
import tempfile

INSIDE = "MESH_NAMESPACE"  # Set in the environment of what runs inside.
UNSHARE = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]


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


def enter(addresses, name_server):
    """(True, None) inside. Outside (False, why not), if it cannot be; else does not return."""
    if os.environ.get(INSIDE):
        _furnish(addresses, name_server)
        return True, None
    why_not = _why_not(addresses, name_server)
    if why_not:
        return False, why_not
    sys.stdout.flush()
    os.environ[INSIDE] = "1"
    os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, "-B", *sys.argv])


def main():
    try:
        _furnish(sys.argv[2:], sys.argv[1])
    except OSError as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(error.stderr)


if __name__ == "__main__":
    main()
