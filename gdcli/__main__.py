"""`gd`, `gdcli` and `python -m gdcli`: the process begins here, and so does its care for Ctrl-C."""

import signal
import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    # While the heavy imports run, Ctrl-C ends the process at once, without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.argv[1:] == ["--version"]:
        from gdcli import __version__

        sys.stdout.write(f"gd {__version__}\n")
        sys.exit(0)
    from gdcli.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
