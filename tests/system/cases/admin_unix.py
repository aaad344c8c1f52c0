"""The control API on a Unix socket."""

import os
import stat



def stand(h):
    """The socket's path must be short, so it lies in the case's folder."""
    path = h.dir / "admin.sock"
    return path, h.stand(percent=100, config={"admin": {"address": f"unix:{path}"}})


def test_speaks_the_same_api(h):
    path, t = stand(h)
    assert t.proxy.admin_address == str(path)
    assert t.status()["rollout"]["percent"] == 100
    t.proxy.admin().rollback("by socket")
    assert t.get().version == "legacy"


def test_is_not_for_everybody(h):
    path, t = stand(h)
    mode = stat.S_IMODE(os.stat(path).st_mode)
    assert mode & 0o007 == 0, oct(mode)
    assert t.proxy.admin().call("GET", "/healthz").status == 200


def test_is_removed_at_the_end_and_replaced_after_a_crash(h):
    path, t = stand(h)
    t.proxy.stop()
    assert not path.exists()
    t.proxy.start()
    t.proxy.kill()
    assert path.exists()
    t.proxy.start()
    assert t.status()["rollout"]
