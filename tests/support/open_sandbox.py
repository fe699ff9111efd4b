"""A sandbox whose workers run guest code as it stands: what is left to hold it is the walls. For tests only."""

from pathlib import Path

from latm_magic.sandbox import Sandbox


class OpenSandbox(Sandbox):
    """All walls, no policy."""

    _program = (
        f"sys.path.append({str(Path(__file__).parent)!r}); from open_language import OpenLanguage; "
        "from latm_magic.sandbox.worker.zygote import main; main(OpenLanguage())"
    )
