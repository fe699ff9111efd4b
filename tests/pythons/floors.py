"""Print the oldest version of each dependency that pyproject.toml allows, as constraints for pip.

Those of the package and of its extras that a person installs; tools of development stay as new as they are.
"""

import re
import tomllib
from pathlib import Path

EXTRAS = ("widgets", "pandas", "dask")


def floors(project: dict) -> list[str]:
    """Return "name==version" for each requirement with a floor."""
    named = project["dependencies"] + [each for extra in EXTRAS for each in project["optional-dependencies"][extra]]
    return [f"{found[1]}=={found[2]}" for each in named if (found := re.match(r"([\w.-]+)>=([\d.]+)", each))]


if __name__ == "__main__":
    pyproject = Path(__file__).parents[2] / "pyproject.toml"
    print("\n".join(floors(tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"])))
