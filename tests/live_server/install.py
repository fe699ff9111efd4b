"""Build the model server of the live test: llama.cpp's, in an environment of its own, with a model made on the spot.

`python tests/live_server/install.py` does nothing where it is built already. It needs a C++ compiler and about two
minutes; llama.cpp is compiled because no wheel of it is published.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
MODEL = ENVIRONMENT / "tiny.gguf"
STAMP = ENVIRONMENT / "built"

# Not optimised: the compiler is done sooner, and the model is tiny.
QUICK_BUILD = "-DGGML_NATIVE=OFF -DGGML_OPENMP=OFF -DLLAVA_BUILD=OFF -DCMAKE_BUILD_TYPE=Release "
QUICK_BUILD += "-DCMAKE_C_FLAGS_RELEASE=-O0 -DCMAKE_CXX_FLAGS_RELEASE=-O0"


def main():
    """Build environment and model, unless they are those of these very files."""
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    STAMP.unlink(missing_ok=True)
    run(sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT))
    environment = os.environ | {"CMAKE_ARGS": QUICK_BUILD, "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 1)}
    run(str(PYTHON), "-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements.txt"), env=environment)
    run(str(PYTHON), str(HERE / "tiny_model.py"), str(MODEL))
    STAMP.write_text(wanted)


def fingerprint():
    """Return what the build depends on: these files and the Python version."""
    files = ("requirements.txt", "tiny_model.py", "install.py")
    content = b"".join((HERE / name).read_bytes() for name in files) + sys.version.encode()
    return hashlib.sha256(content).hexdigest()


def run(*command, env=None):
    """Run a command; a failing one ends the build."""
    subprocess.run(command, check=True, env=env)


if __name__ == "__main__":
    main()
