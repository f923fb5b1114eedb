"""The entry point of the child process: it listens to the pipe of its parent and runs the server.

The parent runs this file by its path and nothing imports it, so the child loads nothing else of Threadkeep.
"""

import os
import runpy
import shutil
import signal
import sys
import threading


def obey_parent(folder_to_remove: str) -> None:
    """Stop the server when a byte arrives, and end the process at once when the pipe closes.

    The pipe also closes if the parent is killed. Then the process ends without a checkpoint: acknowledged writes are on
    disk already, and the next start can use the folder at once.

    A signal to the whole process may reach any thread, and then the main thread continues to sleep: one stop in six did
    nothing. So this sends the signal to the main thread.
    """
    main = threading.main_thread().ident
    while os.read(0, 1) and main is not None:
        signal.pthread_kill(main, signal.SIGTERM)
    if folder_to_remove:
        shutil.rmtree(folder_to_remove, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    _, temporary_folder, module, *arguments = sys.argv
    threading.Thread(target=obey_parent, args=(temporary_folder,), daemon=True).start()
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)
