"""The first lines of the child process: obey the pipe that only the parent holds, and be the server.

Run by path and never imported, so that nothing else of Threadkeep is loaded beside the server.
"""

import os
import runpy
import shutil
import signal
import sys
import threading


def obey_parent(scratch: str) -> None:
    """Stop in order when a byte comes, and at once when the pipe ends, as it does even for a killed parent.

    A signal sent to the process may be taken by any of its threads, and then the main one sleeps on (one stop in
    six did nothing); this one is for the main thread. Without a parent there is no farewell: what was acknowledged
    is on disk, and a folder that is free at once is worth more to the next start than a checkpoint.
    """
    main = threading.main_thread().ident
    while os.read(0, 1) and main is not None:
        signal.pthread_kill(main, signal.SIGTERM)
    if scratch:
        shutil.rmtree(scratch, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    _, folder_to_remove, module, *arguments = sys.argv
    threading.Thread(target=obey_parent, args=(folder_to_remove,), daemon=True).start()
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)
