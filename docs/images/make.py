"""Make the README's pictures: a tool and its answers in JupyterLab, in light and in dark.

    .venv/bin/python docs/images/make.py

Needs what `make test-browser` installs. Everything in them is real but the maker's reply, which is the recorded one.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from lab import browser, jupyterlab, missing  # noqa: E402  tests/support is no package
from opened import CARD, Opened  # noqa: E402

PICTURES = {"quickstart.png": "JupyterLab Light", "quickstart-dark.png": "JupyterLab Dark"}
WIDTH, HEIGHT, SCALE = 1100, 1400, 1.4
"""Of the window, in CSS pixels, and how many pixels each of them gets."""
MARGIN = 8
QUESTIONS = "1 lb 12 oz of salmon\nhalf a pound of butter\n0.4 kg rice\n3 oz walnuts"


def cells() -> list[str]:
    """Give the cell of the quickstart that makes to_grams between loading and solving; the last one stays empty."""
    quickstart = json.loads((ROOT / "notebooks" / "quickstart.ipynb").read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in quickstart["cells"]]
    make = next(source for source in sources if source.startswith("%%latm to_grams"))
    return ["%load_ext latm_magic", make, f"%%latm_solve --lines\n{QUESTIONS}", ""]


def take(opened: Opened, path: Path) -> None:
    """Take a picture of the cells from the first to the last but one."""
    first, last = opened.cell(0).bounding_box(), opened.cell(-2).bounding_box()
    top, bottom = first["y"] - MARGIN, last["y"] + last["height"]
    clip = {"x": first["x"], "y": top, "width": first["width"] + MARGIN, "height": bottom - top}
    opened.page.screenshot(path=path, clip=clip, animations="disabled")


def main() -> None:
    """Run the notebook once, and take it in each theme."""
    if reason := missing():
        sys.exit(reason)
    window = {"viewport": {"width": WIDTH, "height": HEIGHT}, "device_scale_factor": SCALE}
    with tempfile.TemporaryDirectory() as folder, jupyterlab(Path(folder)) as lab, browser(**window) as chromium:
        opened = lab.open(chromium.new_page(), lab.write("picture", *cells()))
        opened.run_all()
        opened.page.locator(CARD).filter(has_text="4 by parser").wait_for()
        for name, theme in PICTURES.items():
            opened.theme(theme)
            take(opened, HERE / name)


if __name__ == "__main__":
    main()
