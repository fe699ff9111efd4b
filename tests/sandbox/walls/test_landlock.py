"""Landlock on kernels of every age: what is asked of each, and that a wall which is not up is not reported."""

import os
import sys

import pytest

from latm_magic.sandbox.walls import landlock

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these walls are Linux's")


class OldKernel:
    """Answers as a kernel without Landlock, or with one that refuses."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def syscall(self, *_):
        return self.answers.pop(0)


def test_landlock_when_the_kernel_has_none():
    """Without Landlock, or where it cannot be put up, the wall is not reported as up."""
    assert landlock.deny_all(OldKernel(-1)) is False
    assert landlock.deny_all(OldKernel(3, -1)) is False
    assert landlock.deny_all(OldKernel(7, os.open("/dev/null", os.O_RDONLY), -1)) is False


def test_landlock_when_versions_differ():
    """Each version of Landlock is asked to deny all that it knows and nothing that it does not."""
    sizes = {version: landlock._everything(version)[1] for version in (1, 3, 4, 5, 6, 7)}
    assert sizes == {1: 8, 3: 8, 4: 16, 5: 16, 6: 24, 7: 24}
    assert landlock._everything(1)[0].files == 2**13 - 1
    assert landlock._everything(9)[0].files == 2**16 - 1
    assert (landlock._everything(3)[0].net, landlock._everything(6)[0].scopes) == (0, 3)
