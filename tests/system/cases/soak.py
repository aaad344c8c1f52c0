"""Minutes of mixed traffic: nothing may grow that should not.  (--long)"""

import os
import random
import threading

from harness import Load, eventually, limit, long, scripts, wire
from harness.programs import SANITIZER

WAYS = [scripts.echo(), scripts.mirror(), scripts.reset(), scripts.cut(), scripts.garbage(),
        scripts.status(500), scripts.fixed(b"x" * 50000, chunked=True), scripts.close(),
        scripts.sse(scripts.chat_events("all is well that ends well")), scripts.close_after_head()]


def descriptors(t):
    """Open descriptors of understudy."""
    return len(os.listdir(f"/proc/{t.proxy.process.pid}/fd"))


@long
@limit(600)
def test_nothing_leaks(h):
    draw = random.Random(1)

    def any_way(x):
        draw.choice(WAYS)(x)
    t = h.stand(percent=50, shadow=50, legacy=any_way, enhanced=any_way,
                config={"shadow": {"timeout": "2s"}})

    def burst(seconds):
        ends = threading.Event()
        timer = threading.Timer(seconds, ends.set)
        timer.start()
        with Load(t.proxy.address, threads=6, status=None, body=b'{"q":1}'):
            while not ends.wait(0.05):
                with t.client() as c:   # clients that leave at any moment
                    c.send(wire.request("POST", "/", [("x-user-id", "u")], b"b" * 1000)
                           [:draw.randrange(1200)])
                    if draw.random() < 0.5:
                        c.reset()

    def settled():
        m = t.proxy.admin().metrics()
        return (m["understudy_shadow_inflight"] == 0 and m["understudy_client_connections"] == 0
                and m["understudy_shadow_captured_bytes"] == 0)
    burst(30)
    eventually(settled, "all is quiet", 30)
    memory, files = t.proxy.rss_kib(), descriptors(t)
    for _ in range(4):
        burst(30)
    eventually(settled, "all is quiet", 30)
    t.legacy.close_idle()
    t.enhanced.close_idle()
    assert descriptors(t) <= files + 20, (files, descriptors(t))
    if not SANITIZER:
        assert t.proxy.rss_kib() < memory * 1.5 + 8192, (memory, t.proxy.rss_kib())
    s = t.wait_status(lambda s: s["store"]["spooled"] == 0, "all written", 60)
    assert s["store"]["dropped"] == 0
