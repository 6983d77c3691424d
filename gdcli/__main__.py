"""`gd`, `gdcli` and `python -m gdcli`: the process begins here, and so does its care for Ctrl-C."""

import signal
import sys

# While the heavy imports run, Ctrl-C ends the process at once, without a traceback.
if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def main() -> None:
    """Run the command line and end the process with its exit code."""
    if sys.argv[1:] == ["--version"] and sys.stdout is not None:
        from gdcli import __version__

        try:
            sys.stdout.write(f"gd {__version__}\n")
            sys.stdout.flush()
            sys.exit(0)
        except OSError:
            pass  # a full disk or a closed pipe: told and counted like those of every command
    from gdcli.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
