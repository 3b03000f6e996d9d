"""Which tests stay in one process when several processes run them: those on one interpreter, which share its captures, and
else those of one file, which share what its fixtures made."""
import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        python = item.callspec.params.get("python") if hasattr(item, "callspec") else None
        item.add_marker(pytest.mark.xdist_group(item.module.__name__ if python is None else python.name))


def pytest_configure(config):
    config.addinivalue_line("markers", "xdist_group: tests that stay in one process")
