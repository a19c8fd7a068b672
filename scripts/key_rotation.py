"""What the scripts that rotate a service's key files share: the current key becomes an old one
under another name, and a new one takes its place at once."""

import base64
import json
import os
import sys
import time
from pathlib import Path

SEED_BYTES = 56


def sync_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(descriptor)
    os.close(descriptor)


def make_key(path, like):
    """A new key under a name that front ends do not read, with the owner and mode of `like`."""
    about = like.stat()
    seed = base64.urlsafe_b64encode(os.urandom(SEED_BYTES)).decode().rstrip("=")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        file.write(json.dumps({"crv": "X448", "Seed": seed}) + "\n")
        os.fchmod(file.fileno(), about.st_mode & 0o777)
        if os.geteuid() == 0:
            os.fchown(file.fileno(), about.st_uid, about.st_gid)
        file.flush()
        os.fsync(file.fileno())


def rotate(script, help_text, stem, following_is, old_is):
    """Does what `script` is asked on the command line, with the key file `stem`.json. The two
    last say what becomes of the next key, and of the old one."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--next"]
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.exit(help_text)
    folder = Path(arguments[0])
    current, following = folder / f"{stem}.json", folder / f"{stem}-next.json"
    if not current.is_file():
        sys.exit(f"{script}: {current} is not there; the first start of a front end makes it")
    if not following.exists():
        temporary = folder / f"{current.name}.{os.getpid()}"
        make_key(temporary, current)
        os.replace(temporary, following)
    if "--next" in sys.argv:
        sync_folder(folder)
        print(f"{following} is the next {following_is}")
        return
    seconds, nanos = divmod(time.time_ns(), 10**9)
    moment = time.strftime("%Y%m%dT%H%M%S", time.gmtime(seconds))
    old = folder / f"{stem}-{moment}.{nanos:09}Z.json"
    os.link(current, old)
    os.replace(following, current)
    sync_folder(folder)
    print(f"{current} is new; {old} {old_is}")
