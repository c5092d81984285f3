"""python -m maskify"""

from maskify.cli import main

if __name__ == "__main__":
    main(prog_name="maskify")
