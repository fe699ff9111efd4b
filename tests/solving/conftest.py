"""A real Dask cluster, for the tests that need one."""

import sys

import pytest


@pytest.fixture(scope="module")
def client():
    """Return a client of a cluster of two worker processes, each with one thread."""
    import distributed

    vars(sys.modules["__main__"]).setdefault("__spec__", None)  # gone where a test has reset an IPython shell
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client
