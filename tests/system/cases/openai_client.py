"""A real LLM client: the npm `openai` library gets the same objects through
understudy as direct, whole and streamed."""

from harness import limit, npm
from harness.demo import Demo


def compare(h, direct, proxied, user, version):
    """Run openai.mjs; its last line."""
    host, port = proxied
    return npm.run(h, "openai.mjs", direct, f"http://{host}:{port}", user, version)


@limit(300)
def test_the_same_objects_as_direct(h):
    legacy = h.keep(Demo("legacy", latency=10, jitter=0))
    enhanced = h.keep(Demo("enhanced", latency=10, jitter=0))
    t = h.stand(shadow=100, legacy=legacy, enhanced=enhanced, rules={"rollout": {
        "overrides": [{"users": ["new"], "version": "enhanced"}]}})
    for user, version, direct in (("old", "legacy", legacy), ("new", "enhanced", enhanced)):
        with h.check(version):
            last = compare(h, direct.url, t.proxy.address, user, version)
            assert last.startswith("all 10 calls are the same"), last
    s = t.wait_status(lambda s: s["comparisons"]["same"] + s["comparisons"]["different"] > 10,
                      "pairs are compared")
    assert s["versions"]["enhanced"]["failures"] == 0, s["versions"]


@limit(300)
def test_fallback_is_not_noticed(h):
    legacy = h.keep(Demo("legacy", latency=10, jitter=0))
    t = h.stand(percent=100, legacy=legacy, enhanced=h.refusing())
    compare(h, legacy.url, t.proxy.address, "anybody", "legacy")
    assert t.metric("understudy_fallbacks_total") >= 10
