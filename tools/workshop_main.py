"""Where ./workshop enters Python. Kept to old syntax, so that an old Python can still read why it is refused."""
import sys

if sys.version_info < (3, 9):
    sys.stderr.write("workshop: python3 is %d.%d here; 3.9 or newer is needed\n" % sys.version_info[:2])
    sys.exit(2)

from workshop.cli import main  # noqa: E402  (the version had to be looked at first)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
