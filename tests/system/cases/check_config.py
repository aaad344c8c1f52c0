"""Wrong configurations: a table of file and message."""

import json
import subprocess

from harness import base_config, base_rules, merged
from harness.programs import TOP, UNDERSTUDY, environment
from harness.tls import Pair, openssl

URL = "http://127.0.0.1:9"


def check(folder, config, rules, env=None, files=None):
    """(exit status, everything printed) of --check on these."""
    for name, value in {"understudy.json": config, "rules.json": rules, **(files or {})}.items():
        text = value if isinstance(value, str) else json.dumps(value, indent=1)
        (folder / name).write_text(text)
    done = subprocess.run([UNDERSTUDY, "-c", str(folder / "understudy.json"), "--check"],
                          capture_output=True, text=True, timeout=60, check=False,
                          env=environment(**(env or {})))
    return done.returncode, done.stdout + done.stderr


CONFIG = base_config(URL, URL)
RULES = base_rules(5, 100)


def with_config(**over):
    """understudy.json with changes."""
    return merged(CONFIG, over), RULES


def with_rollout(**over):
    """rules.json with changes in its rollout."""
    return CONFIG, merged(RULES, {"rollout": over})


def with_rules(**over):
    """rules.json with changes."""
    return CONFIG, merged(RULES, over)


def guard(**over):
    """rules.json with one guard rule."""
    rule = {"name": "g", "metric": "error_rate", "above": "5%", "action": "alert", **over}
    return with_rules(guard=[{k: v for k, v in rule.items() if v is not None}])


def field(**over):
    """rules.json with one rule about /a."""
    rule = {"path": "/a", **over}
    return with_rules(compare={"fields": [{k: v for k, v in rule.items() if v is not None}]})


# (why, (config, rules), file that is named, words that must be in the message)
TABLE = [
    ("unknown key, with the nearest", with_config(workerz=1), "understudy.json",
     ["/workerz", "workers"]),
    ("unknown key, nested", with_config(limits={"hed": 1}), "understudy.json",
     ["/limits/hed", "head"]),
    ("unknown key in the rules", with_rollout(stagez=[]), "rules.json",
     ["/rollout/stagez", "stages"]),
    ("not JSON", ("{\n \"listen\": [\n", RULES), "understudy.json", ["understudy.json:2:", "not JSON"]),
    ("not an object", ("[]", RULES), "understudy.json", ["object"]),
    ("empty file", ("", RULES), "understudy.json", ["JSON"]),
    ("trailing comma", ('{"listen": [],}', RULES), "understudy.json", ["not JSON"]),
    ("a key twice", ('{"workers": 1, "workers": 2}', RULES), "understudy.json", ["twice"]),
    ("no listener", with_config(listen=[]), "understudy.json", ["/listen", "empty"]),
    ("listen missing", with_config(listen=None), "understudy.json", ["/listen", "missing"]),
    ("backends missing", with_config(backends=None), "understudy.json", ["/backends", "missing"]),
    ("enhanced missing", with_config(backends={"enhanced": None}), "understudy.json",
     ["/backends/enhanced", "missing"]),
    ("no port", with_config(listen=[{"address": "127.0.0.1"}]), "understudy.json",
     ["/listen/0/address", "port"]),
    ("port too high", with_config(listen=[{"address": "127.0.0.1:70000"}]), "understudy.json",
     ["/listen/0/address", "65535"]),
    ("IPv6 without brackets", with_config(listen=[{"address": "::1:80"}]), "understudy.json",
     ["bracket"]),
    ("bad IP", with_config(listen=[{"address": "127.0.0.256:80"}]), "understudy.json",
     ["127.0.0.256"]),
    ("listen twice", with_config(listen=[{"address": "127.0.0.1:9999"}] * 2), "understudy.json",
     ["/listen/1", "twice"]),
    ("tls of nothing", with_config(listen=[{"address": "127.0.0.1:0", "tls": {}}]),
     "understudy.json", ["/listen/0/tls", "certificate"]),
    ("control without urls", with_config(backends={"control": {"host": "x"}}),
     "understudy.json", ["/backends/control/urls", "missing"]),
    ("tls for nothing", with_config(backends={"legacy": {"tls": {"verify": False}}}),
     "understudy.json", ["/backends/legacy/tls", "https://"]),
    ("no URL", with_config(backends={"legacy": {"urls": ["localhost:80"]}}), "understudy.json",
     ["/backends/legacy/urls/0", "http://"]),
    ("URL with a query", with_config(backends={"legacy": {"urls": [URL + "/?a"]}}),
     "understudy.json", ["query"]),
    ("URL with a user", with_config(backends={"legacy": {"urls": ["http://u:p@h/"]}}),
     "understudy.json", ["user"]),
    ("no URLs", with_config(backends={"legacy": {"urls": []}}), "understudy.json",
     ["/backends/legacy/urls", "empty"]),
    ("duration without a unit", with_config(timeouts={"head": 5}), "understudy.json",
     ["/timeouts/head", "duration"]),
    ("duration in words", with_config(timeouts={"head": "soon"}), "understudy.json",
     ["/timeouts/head", "soon"]),
    ("duration too long", with_config(timeouts={"head": "99h"}), "understudy.json",
     ["/timeouts/head", "range"]),
    ("size in words", with_config(limits={"head": "big"}), "understudy.json", ["/limits/head"]),
    ("size too small", with_config(limits={"head": "10B"}), "understudy.json",
     ["/limits/head", "range"]),
    ("too many fields", with_config(limits={"fields": 1000}), "understudy.json",
     ["/limits/fields", "100"]),
    ("no workers", with_config(workers=0), "understudy.json", ["/workers"]),
    ("half a worker", with_config(workers=1.5), "understudy.json", ["/workers", "whole"]),
    ("text for a number", with_config(workers="two"), "understudy.json", ["/workers"]),
    ("unknown level", with_config(log_level="inof"), "understudy.json", ["/log_level", "info"]),
    ("unknown store", with_config(store="mysql://x"), "understudy.json",
     ["/store", "postgresql"]),
    ("open admin without tokens", with_config(admin={"address": "0.0.0.0:9900"}),
     "understudy.json", ["/admin/address", "tokens"]),
    ("admin on the listener", with_config(listen=[{"address": "127.0.0.1:9900"}],
                                          admin={"address": "127.0.0.1:9900"}),
     "understudy.json", ["/admin/address", "listen"]),
    ("token file missing", with_config(admin={"address": "127.0.0.1:0", "tokens": "no.json"}),
     "understudy.json", ["/admin/tokens", "no.json"]),
    ("rule file missing", with_config(rules=["nosuch.json"]), "understudy.json",
     ["/rules/0", "nosuch.json"]),
    ("rules file twice", with_config(rules=["rules.json", "rules.json"]), "understudy.json",
     ["/rules/1", "twice"]),
    ("unknown stage", with_rollout(stage="tset"), "rules.json", ["/rollout/stage", "test"]),
    ("stage without a name", with_rollout(stage=None, stages=[{"percent": 1}]), "rules.json",
     ["/rollout/stages/0", "name"]),
    ("two stages of one name", with_rollout(stage=None, stages=[{"name": "a"}, {"name": "a"}]),
     "rules.json", ["/rollout/stages/1/name"]),
    ("over 100 %", with_rollout(stage=None, stages=[{"name": "a", "percent": 101}]),
     "rules.json", ["/rollout/stages/0/percent"]),
    ("percent too fine", with_rollout(stage=None, stages=[{"name": "a", "percent": 0.0001}]),
     "rules.json", ["/rollout/stages/0/percent", "0.001"]),
    ("percent in words", with_rollout(stage=None, stages=[{"name": "a", "percent": "half"}]),
     "rules.json", ["/rollout/stages/0/percent", "half"]),
    ("advance", with_rollout(advance="soon"), "rules.json", ["/rollout/advance", "manual"]),
    ("hours", with_rollout(hours={"days": ["monday"], "from": "9", "offset": "CET"}), "rules.json",
     ["/rollout/hours/days", "mon", "/rollout/hours/from", "09:30", "/rollout/hours/offset"]),
    ("freeze", with_rollout(freezes=[{"from": "2026-02-31", "to": "2026-03-01"},
                                     {"from": "2026-03-02", "to": "2026-03-01"}]), "rules.json",
     ["/rollout/freezes/0/from", "/rollout/freezes/1/to", "later"]),
    ("gate", with_rollout(stage=None, stages=[{"name": "a", "gates": [
        {"name": "g", "metric": "error_rate"},
        {"name": "g", "metric": "latency_p95", "below": "5%"},
        {"name": "h", "metric": "error_rate", "above": "1%", "test": "sequential"}]}]), "rules.json",
     ["/gates/0", "above", "/gates/1/below", "duration", "/gates/2/test"]),
    ("override of nothing", with_rollout(overrides=[{"version": "legacy"}]), "rules.json",
     ["/rollout/overrides/0", "users"]),
    ("override by two things", with_rollout(overrides=[
        {"header": "a", "cookie": "b", "version": "legacy"}]), "rules.json",
     ["/rollout/overrides/0", "one"]),
    ("override to a third version", with_rollout(overrides=[
        {"header": "a", "version": "enhancde"}]), "rules.json",
     ["/rollout/overrides/0/version", "enhanced"]),
    ("equals with users", with_rollout(overrides=[
        {"users": ["a"], "equals": "b", "version": "legacy"}]), "rules.json",
     ["/rollout/overrides/0/equals"]),
    ("unknown failure", with_rollout(fallback={"on": ["4xx"]}), "rules.json",
     ["/rollout/fallback/on/0", "4xx"]),
    ("source of nothing", with_rules(identity=[{}]), "rules.json", ["/identity/0"]),
    ("source of two things", with_rules(identity=[{"header": "a", "query": "b"}]), "rules.json",
     ["/identity/0", "one"]),
    ("header that is none", with_rules(identity=[{"header": "a b"}]), "rules.json",
     ["/identity/0/header"]),
    ("pointer without a slash", with_rules(identity=[{"body": "userId"}]), "rules.json",
     ["/identity/0/body"]),
    ("template without a name", with_rules(identity=[{"path": "/a/b"}]), "rules.json",
     ["/identity/0/path"]),
    ("route without a match", with_rules(routes=[{"rollout": True}]), "rules.json",
     ["/routes/0", "match"]),
    ("star within a segment", with_rules(routes=[{"match": {"path": "/a*b"}}]), "rules.json",
     ["/routes/0/match/path"]),
    ("method in lower case", with_rules(routes=[{"match": {"path": "/*", "methods": ["get"]}}]),
     "rules.json", ["/routes/0/match/methods/0"]),
    ("ignore without a slash", with_rules(compare={"ignore": ["id"]}), "rules.json",
     ["/compare/ignore/0"]),
    ("only without a slash", with_rules(compare={"only": ["choices"]}), "rules.json",
     ["/compare/only/0", "begin it with"]),
    ("a field of no place", field(path=None, string="case"), "rules.json",
     ["/compare/fields/0/path", "missing"]),
    ("a field that says nothing", field(), "rules.json", ["/compare/fields/0", "how"]),
    ("a field twice", with_rules(compare={"fields": [{"path": "/a", "absolute": 1}] * 2}),
     "rules.json", ["/compare/fields/1/path", "already"]),
    ("an unknown matcher", field(string="rgex"), "rules.json",
     ["/compare/fields/0/string", "regex"]),
    ("a broken pattern", field(string="regex", pattern="[a-"), "rules.json",
     ["/compare/fields/0/pattern", "[a-", "byte 3"]),
    ("regex of nothing", field(string="regex"), "rules.json",
     ["/compare/fields/0/string", "pattern"]),
    ("a pattern for a UUID", field(string="uuid", pattern="x"), "rules.json",
     ["/compare/fields/0/pattern", "regex"]),
    ("a time within a number", field(string="timestamp", within=5), "rules.json",
     ["/compare/fields/0/within", "unit"]),
    ("items by no key", field(array="key"), "rules.json", ["/compare/fields/0/array", "key"]),
    ("a key for no array", field(absolute=1, key="/id"), "rules.json",
     ["/compare/fields/0/key", "array"]),
    ("an index of a set", with_rules(compare={"fields": [{"path": "/a", "array": "set"}],
                                              "ignore": ["/a/0"]}), "rules.json",
     ["/compare/fields/0/array", "index"]),
    ("a tolerance below nothing", field(absolute=-0.1), "rules.json",
     ["/compare/fields/0/absolute", "0 or more"]),
    ("a share over all", with_rules(compare={"numbers": {"relative": "200%"}}), "rules.json",
     ["/compare/numbers/relative", "100%"]),
    ("a cookie to compare", with_rules(compare={"headers": [{"name": "Set-Cookie"}]}),
     "rules.json", ["/compare/headers/0/name", "credentials"]),
    ("a header twice", with_rules(compare={"headers": [{"name": "a"}, {"name": "A"}]}),
     "rules.json", ["/compare/headers/1/name", "already"]),
    ("a header that is none", with_rules(compare={"headers": [{"name": "a:b"}]}), "rules.json",
     ["/compare/headers/0/name", "a:b"]),
    ("similarity over 1", with_rules(compare={"text_similarity": 1.5}), "rules.json",
     ["/compare/text_similarity"]),
    ("unknown metric", guard(metric="eror_rate"), "rules.json",
     ["/guard/0/metric", "error_rate"]),
    ("no limit", guard(above=None), "rules.json", ["/guard/0", "above"]),
    ("two limits", guard(above_legacy_times=2), "rules.json", ["/guard/0", "one"]),
    ("duration for a rate", guard(above="500ms"), "rules.json", ["/guard/0/above"]),
    ("rate for a latency", guard(metric="latency_p95", above="5%"), "rules.json",
     ["/guard/0/above"]),
    ("unknown action", guard(action="panic"), "rules.json", ["/guard/0/action", "rollback"]),
    ("rollback because of legacy", guard(version="legacy", action="rollback"), "rules.json",
     ["/guard/0/version"]),
    ("two rules of one name", with_rules(guard=[
        {"name": "g", "metric": "error_rate", "above": "5%"}] * 2), "rules.json",
     ["/guard/1/name"]),
    ("breaker over 100 %", with_rules(breaker={"failure_rate": "200%"}), "rules.json",
     ["/breaker/failure_rate"]),
]


def test_table(h):
    for i, (why, files, name, words) in enumerate(TABLE):
        with h.check(why):
            folder = h.folder(f"c{i}")
            code, text = check(folder, *files)
            assert code == 1, f"exit {code}: {text}"
            assert name in text, text
            for word in words:
                assert word in text, f"no {word!r} in: {text}"
            line = next(l for l in text.splitlines() if name in l)
            place = line.split(name, 1)[1]
            assert place[0] == ":" and place[1].isdigit(), f"no line number: {line}"


def test_all_faults_at_once(h):
    config = merged(CONFIG, {"workerz": 1, "log_level": "loud", "store": "x",
                             "timeouts": {"head": 5}})
    rules = merged(RULES, {"rollout": {"stage": "nosuch"}, "identity": [{}]})
    code, text = check(h.folder("all"), config, rules)
    assert code == 1
    for word in ("workerz", "loud", "/store", "/timeouts/head", "nosuch", "/identity/0"):
        with h.check(word):
            assert word in text, text


def test_right_ones_pass(h):
    code, text = check(h.folder("ok"), CONFIG, RULES)
    assert code == 0 and "no fault" in text, text
    code, text = check(h.folder("min"), {"listen": CONFIG["listen"],
                                         "backends": CONFIG["backends"]}, "{}")
    assert code == 0, text


def test_a_key_in_two_rule_files(h):
    config = merged(CONFIG, {"rules": ["rules.json", "more.json"]})
    code, text = check(h.folder("two"), config, RULES, files={"more.json": {"rollout": {}}})
    assert code == 1 and "rules.json" in text and "more.json" in text, text
    code, text = check(h.folder("two"), config, RULES, files={"more.json": {"routes": []}})
    assert code == 0, text


def test_the_switch_of_last_resort_has_no_typing_errors(h):
    code, text = check(h.folder("env"), CONFIG, RULES, env={"UNDERSTUDY_ENABLED": "flase"})
    assert code == 1 and "UNDERSTUDY_ENABLED" in text, text


def test_missing_file(h):
    done = subprocess.run([UNDERSTUDY, "-c", str(h.dir / "nosuch.json"), "--check"],
                          capture_output=True, text=True, timeout=60, check=False,
                          env=environment())
    assert done.returncode == 1 and "nosuch.json" in done.stdout + done.stderr


def test_a_wrong_one_does_not_start(h):
    folder = h.folder("start")
    check(folder, *with_config(workerz=1))
    done = subprocess.run([UNDERSTUDY, "-c", str(folder / "understudy.json")],
                          capture_output=True, text=True, timeout=60, check=False,
                          env=environment())
    assert done.returncode == 1 and "workerz" in done.stderr, done


def test_shipped_files_are_right(h):
    found = sorted((TOP / "deploy").glob("*.json"))
    configs = [p for p in found if "\"backends\"" in p.read_text()]
    assert configs, "no example configuration under deploy/"
    for path in configs:
        with h.check(path.name):
            done = subprocess.run([UNDERSTUDY, "-c", str(path), "--check"], capture_output=True,
                                  text=True, timeout=60, check=False, env=environment())
            assert done.returncode == 0, done.stdout + done.stderr


def listener(pair, **tls):
    """understudy.json with TLS by that pair."""
    return merged(CONFIG, {"listen": [{"address": "127.0.0.1:0", "tls": {
        "certificate": str(pair.certificate), "key": str(pair.key), **tls}}]})


def legacy_tls(**tls):
    """understudy.json with a legacy by https."""
    return merged(CONFIG, {"backends": {"legacy": {"urls": ["https://127.0.0.1:9"], "tls": tls}}})


def test_tls_files(h):
    ca = h.authority()
    good, other, weak = ca.issue("a.example"), ca.issue("a.example"), ca.issue("w", key="weak")
    locked = h.dir / "locked.key"
    openssl("pkey", "-in", good.key, "-aes128", "-passout", "pass:x", "-out", locked)
    none, empty = h.dir / "none.pem", h.dir / "empty.pem"
    empty.write_text("")
    key, certificate = "/listen/0/tls/key", "/listen/0/tls/certificate"
    several = {"certificate": None, "key": None, "certificates": [good.config(), {
        "certificate": str(good.certificate), "key": str(other.key)}]}
    table = [
        ("no such certificate", listener(Pair(none, good.key)), certificate,
         "No such file"),
        ("no such key", listener(Pair(good.certificate, none)), key, "No such file"),
        ("nothing in it", listener(Pair(empty, good.key)), certificate, "no start line"),
        ("a key for a certificate", listener(Pair(good.key, good.key)), certificate,
         "no start line"),
        ("a certificate for a key", listener(Pair(good.certificate, good.certificate)), key,
         "holds no private key"),
        ("another's key", listener(Pair(good.certificate, other.key)), key,
         "is not the key of the certificate"),
        ("another's, in a list", merged(CONFIG, {"listen": [{
            "address": "127.0.0.1:0",
            "tls": {k: v for k, v in several.items() if v is not None}}]}),
         "/listen/0/tls/certificates/1/key", "is not the key of"),
        ("locked", listener(Pair(good.certificate, locked)), key, "is encrypted"),
        ("weak", listener(weak), certificate, "too small"),
        ("client CA", listener(good, client_ca=str(none), client_verify="required"),
         "/listen/0/tls/client_ca", "No such file"),
        ("client CA that is a key", listener(good, client_ca=str(good.key),
                                             client_verify="optional"),
         "/listen/0/tls/client_ca", "holds no CA certificate"),
        ("ciphers", listener(good, ciphers="FAST-AND-SAFE"), "/listen/0/tls/ciphers",
         "names no cipher"),
        ("admin", merged(CONFIG, {"admin": {"tls": {"certificate": str(none),
                                                    "key": str(none)}}}),
         "/admin/tls/certificate", "No such file"),
        ("backend's CA", legacy_tls(ca=str(none)), "/backends/legacy/tls/ca", "No such file"),
        ("backend's client key", legacy_tls(certificate=str(good.certificate),
                                            key=str(other.key), ca=str(ca.certificate)),
         "/backends/legacy/tls/key", "is not the key of"),
    ]
    for i, (why, config, place, word) in enumerate(table):
        with h.check(why):
            code, text = check(h.folder(f"t{i}"), config, RULES)
            assert code == 1 and f"{place}: " in text and word in text, text
            assert "understudy.json:" in text, text
    code, text = check(h.folder("several"), listener(Pair(none, other.key), ciphers="X",
                                                     min_version="1"), RULES)
    assert code == 1 and text.count("/listen/0/tls/") >= 3, text


def test_tls_files_that_somebody_should_know_of(h):
    ca = h.authority()
    stale, open_to_all = ca.issue("a.example", days=-1), ca.issue("a.example")
    open_to_all.key.chmod(0o644)
    code, text = check(h.folder("stale"), listener(stale), RULES)
    assert code == 0 and "warning: " in text and "has expired" in text, text
    code, text = check(h.folder("open"), listener(open_to_all), RULES)
    assert code == 0 and "can be read by everybody" in text, text
    code, text = check(h.folder("fine"), listener(ca.issue("a.example")), RULES)
    assert code == 0 and "warning" not in text, text


def test_private_keys_are_not_shown(h):
    ca = h.authority()
    pair, other = ca.issue("a.example"), ca.issue("a.example")
    t = h.stand(config={"log_level": "debug", **{"listen": listener(pair)["listen"]}})
    shown = t.proxy.admin().call("GET", "/api/v1/config").body.decode()
    assert str(pair.key) in shown
    pair.certificate.write_bytes(other.certificate.read_bytes())
    assert t.proxy.admin().call("POST", "/api/v1/reload", {"reason": "test"}).status >= 400
    lines = [l for p in (pair, other) for l in p.key.read_text().splitlines()[1:-1]]
    text = shown + "\n".join(t.proxy.raw)
    assert "PRIVATE KEY" not in text
    for line in lines:
        assert line[:30] not in text
