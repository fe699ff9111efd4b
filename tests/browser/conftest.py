"""One JupyterLab and one Chromium for all tests here, and a page for each that asks for one."""

import pytest
from lab import browser, jupyterlab, missing


@pytest.fixture(scope="package")
def chromium():
    """Return a headless Chromium, or skip, saying what is not installed."""
    if reason := missing():
        pytest.skip(reason)
    with browser() as started:
        yield started


@pytest.fixture(scope="package")
def lab(chromium, tmp_path_factory):
    """Return a JupyterLab without a key, on a project of its own."""
    with jupyterlab(tmp_path_factory.mktemp("lab") / "all") as running:
        yield running


@pytest.fixture
def page(chromium, lab):
    """Return a new page; the kernels that it started end with the test."""
    opened = chromium.new_page()
    yield opened
    opened.close()
    lab.stop_kernels()
