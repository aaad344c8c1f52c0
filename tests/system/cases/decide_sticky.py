"""Sticky and monotone: a user keeps the version, and a higher percentage
only adds users."""

import json

from harness import limit, wire

USERS = [f"user-{i}" for i in range(10000)]
PERCENTS = [0.1, 1, 10, 50, 100]


def ask_all(admin):
    """{user: (bucket, version)} of ten thousand users."""
    session = admin.session()
    out = {}
    for user in USERS:
        value = session.explain(user)
        out[user] = (value["bucket"], value["version"])
    return out


@limit(240)
def test_ten_thousand_users(h):
    t = h.stand(percent=0)
    admin = t.proxy.admin()
    buckets = None
    before = set()
    for percent in PERCENTS:
        admin.rollout(percent=percent)
        answers = ask_all(admin)
        chosen = {u for u, (_, v) in answers.items() if v == "enhanced"}
        assert before <= chosen, f"{percent}%: {len(before - chosen)} users were taken back"
        share = len(chosen) / len(USERS) * 100
        # six standard deviations of a fair draw: a fixed salt, so it never flakes
        spread = 6 * (percent / 100 * (1 - percent / 100) / len(USERS)) ** 0.5 * 100
        assert abs(share - percent) <= spread + 0.02, f"{percent}%: got {share}%"
        for user, (bucket, version) in answers.items():
            assert (version == "enhanced") == (bucket < percent * 1000), user
        now = {u: b for u, (b, _) in answers.items()}
        assert buckets in (None, now), "a bucket has moved"
        buckets, before = now, chosen
    assert before == set(USERS)


def served(t, users):
    """{user: version} by real requests on one connection."""
    out = {}
    with t.client() as c:
        for user in users:
            out[user] = c.ask("GET", "/", [("x-user-id", user)]).version
    return out


def test_traffic_agrees_with_explain_and_survives_a_restart(h):
    t = h.stand(percent=30)
    users = USERS[:500]
    first = served(t, users)
    session = t.proxy.admin().session()
    assert first == {u: session.explain(u)["version"] for u in users}
    assert served(t, reversed(users)) == first
    t.proxy.restart()
    assert served(t, users) == first


def test_two_instances_agree(h):
    one, two = h.stand(percent=30), h.stand(percent=30)
    users = USERS[:300]
    assert served(one, users) == served(two, users)


def test_another_salt_draws_anew(h):
    one = h.stand(percent=50)
    two = h.stand(percent=50, rules={"rollout": {"salt": "other"}})
    users = USERS[:300]
    first, second = served(one, users), served(two, users)
    same = sum(first[u] == second[u] for u in users)
    assert 90 < same < 210, f"{same} of 300 drawn alike"


def test_pipelined_users_keep_their_version(h):
    t = h.stand(percent=40)
    users = USERS[:100]
    want = served(t, users)
    c = t.client()
    c.send(b"".join(wire.request("GET", "/", [("x-user-id", u)]) for u in users))
    assert {u: c.read_answer().version for u in users} == want


def test_recorded_bucket_is_the_explained_one(h):
    t = h.stand(percent=50)
    served(t, USERS[:20])
    rows = t.legs(20)
    session = t.proxy.admin().session()
    want = sorted(session.explain(u)["bucket"] for u in USERS[:20])
    assert sorted(r["bucket"] for r in rows) == want
    assert all((r["bucket"] < 50000) == (r["version"] == "enhanced") for r in rows), \
        json.dumps(rows[:3])
