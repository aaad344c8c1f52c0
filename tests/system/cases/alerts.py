"""Alerts: who is told of what the guard does, in which form, and what becomes of
targets that are slow, broken or gone."""

import hashlib
import hmac
import json
import time

from harness import eventually, limit, scripts
from harness.ctl import DENIED, REFUSED, Ctl
from harness.guard import NO_FALLBACK, rule
from harness.mail import MailServer
from harness.tls import server_context

SECRET = "hush-0123456789-the-secret"


def receiver(h, script=None, name="receiver", **kw):
    """Somebody who takes alerts by HTTP."""
    return h.backend(script or scripts.fixed(b"ok"), name, **kw)


def hook(target, name="hook", **more):
    """A signed webhook of all severities."""
    return {"name": name, "kind": "webhook", "url": target.url + "/in?x=1", "secret": SECRET,
            "severities": ["info", "warning", "critical"], **more}


def to(*targets):
    """As a configuration."""
    return {"alerts": {"source": "shop-1", "targets": list(targets)}}


def guarded(h, *targets, rules=None, enhanced=None, **kw):
    """All traffic on enhanced, with one rule and these targets."""
    return h.stand(percent=100, enhanced=enhanced, config=to(*targets), rules={
        "guard": [rule(**(rules or {}))], "rollout": NO_FALLBACK}, **kw)


def fail(t, n=25):
    """Enhanced fails n times."""
    t.enhanced.script = scripts.status(500)
    for i in range(n):
        t.get(user=f"u{i}")


SHAPE = {"version": int, "key": str, "phase": str, "kind": str, "severity": str, "source": str,
         "name": str, "epoch": int, "time": str, "stage": str, "percent": (int, float),
         "latched": bool, "summary": str, "evidence": (dict, type(None))}


def read_hook(request):
    """A webhook's document, its signature and shape verified."""
    stamp, given = (request.header("x-understudy-" + n) for n in ("timestamp", "signature"))
    want = hmac.new(SECRET.encode(), stamp.encode() + b"." + request.body, hashlib.sha256)
    assert given == "sha256=" + want.hexdigest(), (given, request.body)
    assert abs(int(stamp) - time.time()) < 60, stamp
    assert request.method == "POST" and request.header("content-type") == "application/json"
    doc = json.loads(request.body)
    assert doc.keys() == SHAPE.keys(), doc
    assert all(isinstance(doc[k], kind) for k, kind in SHAPE.items()), doc
    assert doc["key"] == f"shop-1/{doc['name']}/{doc['epoch']}", doc
    return doc


def read_pagerduty(request):
    """An event of PagerDuty's Events API v2, as its description has it."""
    doc = json.loads(request.body)
    assert doc["routing_key"] == "R0UTING" and len(doc["dedup_key"]) <= 255, doc
    assert doc["event_action"] in ("trigger", "resolve"), doc
    if doc["event_action"] == "trigger":
        payload = doc["payload"]
        assert payload["severity"] in ("critical", "warning", "info"), doc
        assert 0 < len(payload["summary"]) <= 1024 and payload["source"] == "shop-1", doc
    else:
        assert doc.keys() == {"routing_key", "event_action", "dedup_key"}, doc
    return doc


def read_slack(request):
    """A message of an incoming webhook with one attachment, as Slack describes them."""
    doc = json.loads(request.body)
    assert request.header("content-type") == "application/json"
    assert doc.keys() == {"text", "attachments"} and len(doc["attachments"]) == 1, doc
    part = doc["attachments"][0]
    assert part.keys() == {"color", "fallback", "text", "fields", "ts"}, doc
    assert part["color"] in ("good", "warning", "danger", "#439fe0"), doc
    assert all(f.keys() == {"title", "short", "value"} for f in part["fields"]), doc
    assert isinstance(part["ts"], int) and part["text"] == part["fallback"] != "", doc
    assert not any(c in doc["text"] + part["text"] for c in "<>"), "it could call people"
    return doc


def test_a_trip_and_its_end_reach_every_kind(h):
    slack, duty, web, mail = (receiver(h, name=n) for n in ("slack", "duty", "web", "-"))
    mail = h.keep(MailServer())
    t = guarded(h, {"name": "team", "kind": "slack", "url": slack.url + "/services/T/B/x"},
                {"name": "duty", "kind": "pagerduty", "url": duty.url + "/v2/enqueue",
                 "routing_key": "R0UTING", "severities": ["critical"]},
                hook(web), {"name": "mail", "kind": "email", "url": mail.url, "starttls": "off",
                            "from": "understudy@shop.test",
                            "to": ["ada@shop.test", "bob@shop.test"]})
    fail(t)
    first = [b.wait_requests(1)[0] for b in (slack, duty, web)]
    doc = read_hook(first[2])
    assert (doc["phase"], doc["kind"], doc["severity"]) == ("begin", "trip", "critical"), doc
    assert doc["name"] == "errors" and doc["latched"] is True, doc
    assert doc["evidence"]["rule"] == "errors" and doc["evidence"]["limit"] == 0.2, doc
    event = read_pagerduty(first[1])
    assert event["event_action"] == "trigger" and event["dedup_key"] == doc["key"], event
    text = read_slack(first[0])
    assert "trip" in text["text"] and text["attachments"][0]["color"] == "danger", text
    assert text["attachments"][0]["text"].startswith("errors: error_rate"), text
    letter = mail.wait(1)[0]
    assert letter.sender == "understudy@shop.test", letter
    assert letter.recipients == ["ada@shop.test", "bob@shop.test"], letter
    assert letter.message["subject"] == "understudy shop-1: trip (critical): errors", letter
    assert doc["summary"] in letter.text and doc["key"] in letter.text, letter.text
    t.proxy.admin().rearm("it was the network")
    assert read_pagerduty(duty.wait_requests(2)[1]) == {
        "routing_key": "R0UTING", "event_action": "resolve", "dedup_key": doc["key"]}
    note, end = (read_hook(r) for r in web.wait_requests(3)[1:])
    assert (note["phase"], note["kind"]) == ("note", "rearm"), note
    assert (end["phase"], end["key"]) == ("end", doc["key"]), end
    assert "it was the network" in end["summary"], end
    assert read_slack(slack.wait_requests(2)[1])["attachments"][0]["color"] == "good"
    over = mail.wait(2)[1]
    assert over.message["references"] == letter.message["references"], "one thread"
    assert over.message["message-id"] != letter.message["message-id"]
    assert t.metric('understudy_alerts_sent_total{target="duty"}') == 2


def test_a_rule_that_alerts_ends_by_itself(h):
    web = receiver(h)
    t = guarded(h, hook(web), rules={"action": "alert", "severity": "warning", "window": "1s"})
    fail(t)
    assert read_hook(web.wait_requests(1)[0])["kind"] == "alert"
    t.enhanced.script = scripts.echo()
    for _ in range(300):
        t.get()
        if len(web.seen()) > 1:
            break
        time.sleep(0.02)    # the window is real time
    end = read_hook(web.wait_requests(2)[1])
    assert (end["phase"], end["name"]) == ("end", "errors"), end


def test_slack_is_sent_plain_text(h):
    slack = receiver(h)
    t = h.stand(config=to({"name": "team", "kind": "slack", "url": slack.url}))
    t.proxy.admin().rollback('<!channel> & "all" of \u20ac \\ ' + "\U0001f600" * 100)
    part = read_slack(slack.wait_requests(1)[0])["attachments"][0]
    assert part["text"].startswith('&lt;!channel&gt; &amp; "all" of \u20ac \\ \U0001f600'), part


def test_severities_route(h):
    low, high = receiver(h, name="low"), receiver(h, name="high")
    t = guarded(h, hook(low, "low", severities=["info"]),
                hook(high, "high", severities=["critical"]), rules={"mode": "observe"})
    fail(t)
    assert read_hook(low.wait_requests(1)[0])["kind"] == "observed"
    t.proxy.admin().rollback("by hand")
    assert read_hook(high.wait_requests(1)[0])["kind"] == "rollback"
    t.proxy.admin().rearm("fine", resume=True)
    assert [read_hook(r)["kind"] for r in high.wait_requests(2)] == ["rollback", "resolved"]
    kinds = [read_hook(r)["kind"] for r in low.wait_requests(3)]
    assert kinds == ["observed", "rearm", "resolved"], kinds


def test_what_fails_is_tried_again(h):
    web = receiver(h, scripts.sequence(
        scripts.status(500), scripts.fixed(b"slow down", 429, [("Retry-After", "2")]),
        scripts.status(503), scripts.fixed(b"ok")))
    t = guarded(h, hook(web))
    fail(t)
    tries = web.wait_requests(4, seconds=40)
    assert tries[2].at - tries[1].at >= 1.9, "Retry-After"
    assert len({r.body for r in tries}) == 1 and len({read_hook(r)["key"] for r in tries}) == 1
    row = eventually(lambda: [a for a in t.status()["alerts"] if a["sent"] == 1], "sent")[0]
    assert (row["retried"], row["failed"], row["ok"]) == (3, 0, True), row
    assert t.metric('understudy_alerts_retried_total{target="hook"}') == 3


def test_what_is_refused_is_given_up(h):
    web = receiver(h, scripts.status(403, b"no, and not later either"))
    t = guarded(h, hook(web))
    fail(t)
    # counted first, and told apart a moment later
    row = eventually(lambda: [a for a in t.status()["alerts"]
                              if a["failed"] == 1 and a["waiting"] == 0 and a["last"]], "failed")[0]
    assert row["last"]["answer"] == "status 403: no, and not later either", row
    assert len(web.seen()) == 1 and not row["ok"], row
    assert "hook was not told of errors, after 1 tries" in t.proxy.wait_log("alerts")["msg"]


def test_given_up_after_its_time(h):
    web = receiver(h, scripts.status(503))
    t = guarded(h, hook(web, retry="2s"))
    fail(t)
    t.wait_metric('understudy_alerts_failed_total{target="hook"}', 1, 30)
    assert 2 <= len(web.seen()) <= 3, web.seen()


def waiting_for(status):
    """How many things each target is still to be told."""
    return {a["name"]: a["waiting"] for a in status["alerts"]}


def test_slow_and_dead_targets_hold_nobody_up(h):
    hanging, resetting = receiver(h, scripts.hang()), receiver(h, scripts.reset())
    dead, hole, good = h.refusing(), h.unreachable(), receiver(h)
    t = guarded(h, hook(hanging, "hangs", timeout="60s"), hook(resetting, "resets"),
                hook(dead, "dead"), hook(hole, "hole", timeout="60s"), hook(good, "good"))
    begun = time.monotonic()
    fail(t)
    t.wait_status(lambda s: s["rollout"]["latched"], "the trip")
    assert read_hook(good.wait_requests(1)[0])["kind"] == "trip"
    for i in range(20):
        assert t.get(user=f"v{i}").version == "legacy"
    t.proxy.admin().rearm("again")
    assert read_hook(good.wait_requests(3)[2])["phase"] == "end"
    assert time.monotonic() - begun < 40, "and not after 60 s"
    # the receiver has it a moment before it is known to have it
    status = t.wait_status(lambda s: waiting_for(s)["good"] == 0, "all is told")
    assert waiting_for(status)["hangs"] == 3, waiting_for(status)
    begun = time.monotonic()
    t.proxy.stop()
    assert time.monotonic() - begun < 15, "the end waits 3 s for them, not 60"
    said = " ".join(l["msg"] for l in t.proxy.logged("alerts", since=0))
    assert "hangs was not told of 3 things when understudy stopped" in said, said


def test_the_end_of_the_process_waits_a_little(h):
    """What was told at the last moment is still brought."""
    web = receiver(h, scripts.delay(0.3))
    t = guarded(h, hook(web))
    t.proxy.admin().rollback("going home")
    t.proxy.stop()
    assert [read_hook(r)["kind"] for r in web.seen()] == ["rollback"]


def test_too_many_wait_for_one_target(h):
    web = receiver(h, scripts.hang())
    t = guarded(h, hook(web, timeout="60s"))
    admin = t.proxy.admin()
    for i in range(70):
        admin.rollback(str(i))
        admin.rearm(str(i))
    row = eventually(lambda: [a for a in t.status()["alerts"] if a["dropped"] > 0], "dropped")[0]
    assert row["waiting"] == 64, row


def flap(t, times):
    """The rule fires; and it has been resolved so often then."""
    fail(t)
    t.wait_status(lambda s: s["rules"][0]["judgement"] == "trip", "it fires")
    t.enhanced.script = scripts.echo()
    for _ in range(300):
        t.get()
        if len(t.proxy.logged("resolved")) >= times:
            return
        time.sleep(0.02)    # the window is real time
    raise AssertionError("never resolved")


def test_what_flaps_is_held_back(h):
    web = receiver(h)
    t = guarded(h, hook(web, repeat="1h"), rules={"action": "alert", "window": "1s"})
    flap(t, 1)
    assert [read_hook(r)["phase"] for r in web.wait_requests(2)] == ["begin", "end"]
    flap(t, 2)
    assert t.metric('understudy_alerts_held_total{target="hook"}') == 1
    eventually(lambda: t.status()["alerts"][0]["waiting"] == 0, "forgotten")
    assert len(web.seen()) == 2, "neither its beginning nor its end"


def test_what_was_held_back_and_lasts_is_told(h):
    web = receiver(h)
    t = guarded(h, hook(web, repeat="5s"), rules={"action": "alert", "window": "1s"})
    flap(t, 1)
    web.wait_requests(2)
    # Not enough requests of a window are unknown, and unknown ends nothing.
    fail(t)
    docs = web.wait_requests(3)
    assert [read_hook(r)["phase"] for r in docs] == ["begin", "end", "begin"]
    assert docs[2].at - docs[0].at >= 4.9, "after the time of repeat"


def test_another_epoch_is_another_trouble(h):
    web = receiver(h)
    t = guarded(h, hook(web, repeat="1h"))
    admin = t.proxy.admin()
    admin.rollback("one")
    assert read_hook(web.wait_requests(1)[0])["epoch"] == 2
    admin.rearm("two", resume=True)
    admin.rollback("three")
    assert [read_hook(r)["epoch"] for r in web.wait_requests(4)] == [2, 3, 2, 4]


def test_mail_by_tls_with_a_login(h):
    ca = h.authority()
    context = server_context(ca.issue("127.0.0.1"))
    base = {"kind": "email", "from": "u@shop.test", "to": ["ada@shop.test"], "user": "u",
            "password_file": "mail.password", "tls": {"ca": str(ca.certificate)}}
    servers = {"starttls": h.keep(MailServer(context, login=("u", "pa ss"))),
               "smtps": h.keep(MailServer(context, at_once=True, login=("u", "pa ss"))),
               "wrong": h.keep(MailServer(context, login=("u", "other"))),
               "plain": h.keep(MailServer())}
    t = h.stand(config=to(*({**base, "name": n, "url": s.url} for n, s in servers.items())),
                files={"mail.password": "pa ss\n"})
    out = Ctl.of(t.proxy).run("alert-test", exit_status=REFUSED)[0].splitlines()
    assert out[0] == "starttls (email): ok: taken by the mail server", out
    assert out[1] == "smtps (email): ok: taken by the mail server", out
    assert out[2].startswith("wrong (email): failed: Login denied"), out
    assert out[3].startswith("plain (email): failed:"), out
    for name in ("starttls", "smtps"):
        letter = servers[name].letters[0]
        assert letter.is_secure and letter.login == "u", name
        assert "this is a test" in letter.text, letter.text
    assert not any(c.startswith(("MAIL", "AUTH")) for c in servers["plain"].commands), \
        "nothing goes without TLS"


def test_mail_is_tried_again_when_greylisted(h):
    mail = h.keep(MailServer())
    mail.replies["RCPT"] = "451 come back later"
    t = guarded(h, {"name": "mail", "kind": "email", "url": mail.url, "starttls": "off",
                    "from": "u@shop.test", "to": ["ada@shop.test"]})
    t.proxy.admin().rollback("by hand")
    eventually(lambda: any(c.startswith("RCPT") for c in mail.commands), "a first try")
    mail.replies.clear()
    assert "rollback" in mail.wait(1)[0].message["subject"]
    mail.replies["MAIL"] = "550 never"
    t.proxy.admin().rearm("fine")
    t.wait_metric('understudy_alerts_failed_total{target="mail"}', 1)


def test_tls_is_verified(h):
    ca, other = h.authority(), h.authority("other")
    good = receiver(h, tls=server_context(ca.issue("127.0.0.1")))
    bad = receiver(h, tls=server_context(other.issue("127.0.0.1")))
    mine = ca.issue("understudy")
    wants = receiver(h, tls=server_context(ca.issue("127.0.0.1"), client_ca=ca))
    tls = {"tls": {"ca": str(ca.certificate)}}
    t = h.stand(config=to(hook(good, "good", **tls), hook(bad, "bad", **tls),
                          hook(bad, "blind", tls={"verify": False}),
                          hook(wants, "mutual", tls={**tls["tls"], **mine.config()})))
    out = Ctl.of(t.proxy).run("alert-test", exit_status=REFUSED)[0].splitlines()
    assert [l.split()[0] for l in out if ": ok: " in l] == ["good", "blind", "mutual"], out
    assert "certificate" in out[1], out


def test_alert_test_says_what_came_back(h):
    duty, no = receiver(h, scripts.fixed(b'{"status":"success"}', 202)), \
        receiver(h, scripts.status(400, b"invalid\nkey"))
    t = h.stand(config=to(
        {"name": "duty", "kind": "pagerduty", "url": duty.url, "routing_key": "R0UTING"},
        {"name": "no", "kind": "slack", "url": no.url}, hook(h.refusing(), "gone")))
    ctl = Ctl.of(t.proxy)
    assert ctl.run("alert-test", "duty")[0] == 'duty (pagerduty): ok: status 202: ' \
        '{"status":"success"}\n'
    events = [read_pagerduty(r) for r in duty.wait_requests(2)]
    assert [e["event_action"] for e in events] == ["trigger", "resolve"], "nobody has to close it"
    assert events[0]["dedup_key"] == events[1]["dedup_key"] == "shop-1/test/1", events
    out, err = ctl.run("alert-test", exit_status=REFUSED)
    assert "no (slack): failed: status 400: invalid key" in out, out
    assert "gone (webhook): failed: Couldn't connect to server" in out, out
    assert "not reached" in err, err
    assert "nosuch" in ctl.run("alert-test", "nosuch", exit_status=REFUSED)[1]
    doc = ctl.json("alert-test", "duty")
    assert doc["targets"][0]["test"]["result"] == "ok", doc
    assert t.proxy.admin().call("POST", "/api/v1/alerts/test", {"to": "x"}).status == 400


def test_alert_test_is_for_operators(h):
    tokens = {"tokens": [{"name": "eve", "role": "viewer",
                          "sha256": hashlib.sha256(b"eve").hexdigest()}]}
    t = h.stand(config={"admin": {"tokens": "tokens.json"}},
                files={"tokens.json": json.dumps(tokens)}, token="eve")
    Ctl.of(t.proxy).run("alert-test", exit_status=DENIED)
    assert t.proxy.admin().get("/api/v1/alerts") == {"targets": []}


def test_no_secret_is_shown(h):
    echo = receiver(h, lambda x: x.answer(400, [], b"your key is " + b"." * 140 +
                                          SECRET.encode() + x.request.body))
    t = h.stand(config={"log_level": "debug", **to(
        hook(echo), {"name": "duty", "kind": "pagerduty", "url": echo.url + "/" + SECRET,
                     "routing_key": SECRET})})
    out = Ctl.of(t.proxy).run("alert-test", exit_status=REFUSED)[0]
    admin = t.proxy.admin()
    parts = [admin.call("GET", p).body.decode() for p in (
        "/api/v1/config", "/api/v1/status", "/api/v1/alerts", "/api/v1/events", "/metrics")]
    text = "\n".join([out, *parts, *t.proxy.raw])
    assert "hush" not in text and echo.url not in text
    t.proxy.change(to({"name": "x", "kind": "slack", "url": "hxxp://" + SECRET}))
    assert "hush" not in admin.call("POST", "/api/v1/reload", {"reason": "test"}).json()["error"]


def test_a_reload_gives_what_waits_another_address(h):
    first, second = receiver(h, scripts.status(503)), receiver(h)
    t = guarded(h, hook(first))
    t.proxy.admin().rollback("by hand")
    first.wait_requests(1)
    t.proxy.change(to(hook(second)))
    t.proxy.admin().reload()
    assert read_hook(second.wait_requests(1)[0])["kind"] == "rollback"
    t.proxy.change(to())
    t.proxy.admin().reload()
    eventually(lambda: t.status()["alerts"] == [], "there are none")
    t.proxy.admin().rearm("nobody hears it")


def test_an_upgrade_does_not_tell_twice(h):
    web = receiver(h)
    t = guarded(h, hook(web))
    fail(t)
    key = read_hook(web.wait_requests(1)[0])["key"]
    t.proxy.upgrade()
    t.proxy.admin().rearm("fixed")
    docs = [read_hook(r) for r in web.wait_requests(3)]
    assert [d["kind"] for d in docs] == ["trip", "rearm", "resolved"], docs
    assert docs[2]["key"] == key, docs


def test_a_test_does_not_wait_behind_what_is_not_taken(h):
    web = receiver(h, scripts.sequence(scripts.status(503), scripts.status(503),
                                       scripts.fixed(b"here")))
    t = guarded(h, hook(web))
    t.proxy.admin().rollback("by hand")
    web.wait_requests(2)
    waited = t.status()["alerts"][0]["waiting"]
    assert Ctl.of(t.proxy).run("alert-test")[0] == "hook (webhook): ok: status 200: here\n"
    assert waited == 1 and read_hook(web.seen()[2])["phase"] == "test"


def test_a_stage_that_opens_by_itself_is_a_note(h):
    web = receiver(h)
    t = h.stand(config=to(hook(web)), rules={"rollout": {
        "advance": "auto", "stage": "one", "stages": [
            {"name": "one", "min_requests": 1, "shadow": 100},
            {"name": "two", "percent": 100, "advance": "manual"}]}})
    t.get()
    note = read_hook(web.wait_requests(1)[0])
    assert (note["phase"], note["kind"], note["severity"]) == ("note", "advance", "info"), note
    assert note["stage"] == "two" and "by plan: every gate is done" in note["summary"], note
    assert note["evidence"]["stage"] == "one", note


@limit(120)
def test_a_store_that_is_gone(h):
    web, cluster = receiver(h), h.cluster()
    t = h.stand(config={"store": cluster.conninfo, **to(hook(web, severities=["warning"]))})
    t.get()
    t.settle()
    cluster.stop()
    t.get()
    begin = read_hook(web.wait_requests(1, seconds=60)[0])
    assert (begin["kind"], begin["name"], begin["severity"]) == ("store", "store", "warning")
    assert begin["summary"].startswith("store: it takes nothing, records wait: "), begin
    cluster.start()
    end = read_hook(web.wait_requests(2, seconds=60)[1])
    assert (end["phase"], end["key"]) == ("end", begin["key"]), end


def test_a_mix_up_is_told_with_its_evidence(h):
    web = receiver(h)
    t = h.stand(percent=100, config=to(hook(web)), rules={
        "isolation": {"severity": "critical", "quiet": "1s"}})
    for user in ("ann", "bob", "ann"):
        t.ask("GET", "/", [("x-user-id", user), ("x-session-id", "s-1")])
    begin, end = (read_hook(r) for r in web.wait_requests(2))
    assert (begin["phase"], begin["kind"]) == ("begin", "isolation"), begin
    assert begin["name"] == "isolation.enhanced.two_users", begin
    assert begin["severity"] == end["severity"] == "critical", (begin, end)
    assert begin["evidence"]["kind"] == "two_users" and "bob" not in json.dumps(begin), begin
    assert (end["phase"], end["key"]) == ("end", begin["key"]), end
    assert end["summary"] == "isolation.enhanced.two_users is over: none for 1s", end
