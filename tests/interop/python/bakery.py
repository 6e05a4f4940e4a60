"""openbadges-bakery as a command.

`bakery.py extract FILE` prints the Open Badges 2.0 text baked into a PNG or SVG; exit code 1 when there is none.
`bakery.py bake FILE TEXTFILE OUT` bakes TEXTFILE's text into FILE: a picture baked by someone else, for reading.
"""

import sys

from openbadges_bakery import bake, unbake


def main(arguments):
    match arguments:
        case ["extract", path]:
            with open(path, "rb") as image:
                text = unbake(image)
            if not text:
                print(f"no Open Badges text in {path}", file=sys.stderr)
                return 1
            sys.stdout.buffer.write(text.encode())
            return 0
        case ["bake", path, text_path, out]:
            with open(path, "rb") as image, open(text_path, encoding="utf-8") as text, open(out, "wb") as baked:
                baked.write(bake(image, text.read()).read())
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
