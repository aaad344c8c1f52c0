"""What the documents tell a reader to type works as they say."""

import hashlib
import hmac
import json
import re
import subprocess
import urllib.parse

from harness import SLACK, limit, scripts
from harness.programs import TOP, UNDERSTUDY, environment


def commands(document, program):
    """The indented command lines of a document that call that program."""
    text = (TOP / "docs" / document).read_text()
    return [l.strip() for l in text.splitlines()
            if re.match(rf"    {program} .*(SELECT|select)", l)]


def shell(line, folder, **env):
    """Run one line as a reader would; its standard output."""
    done = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True,
                          timeout=60 * SLACK, check=False, env={"PATH": "/usr/bin:/bin", **env})
    assert done.returncode == 0, done.stderr
    return done.stdout


def traffic(t):
    """A little of everything, so that each view has something to say."""
    for i in range(12):
        t.ask("GET", "/stream" if i == 1 else "/bad" if i % 4 == 0 else "/ok",
              [("x-user-id", f"user-{i}"), ("x-session-id", f"s-{i % 3}")])
    t.wait_status(lambda s: s["store"]["written"] >= 24 + 12 and s["store"]["spooled"] == 0,
                  "all is written", 30)


def stand(h, **kw):
    """Both versions answer everything, differently."""
    stream = scripts.sse([b"1", b"2"])
    return h.stand(percent=50, shadow=100,
                   legacy=scripts.routes({"/stream": stream}, scripts.as_json({"a": 1})),
                   enhanced=scripts.routes({"/bad": scripts.status(500), "/stream": stream},
                                           scripts.as_json({"a": 2})),
                   rules={"signals": [{"name": "a", "json": "/a", "kind": "number"}]},
                   config={"keep": {"bodies": "different"}, **kw.pop("config", {})}, **kw)


def check_lines(h, lines, folder, **env):
    """Each line runs and says something."""
    assert len(lines) >= 8, lines
    for line in lines:
        with h.check(line):
            assert shell(line, folder, **env).strip() or "PAIR" in line or "WHERE" in line


def test_sql_in_sqlite(h):
    t = stand(h)
    traffic(t)
    check_lines(h, commands("sql.md", "sqlite3"), t.proxy.dir)


@limit(120)
def test_sql_in_postgresql(h):
    cluster = h.cluster()
    t = stand(h, config={"store": cluster.conninfo})
    traffic(t)
    check_lines(h, commands("sql.md", "psql"), t.proxy.dir, DB=cluster.conninfo)


def test_the_rows_of_one_user(h):
    # docs/sql.md: HMAC-SHA256 of "user", 0x1F and the id, cut to 128 bits
    t = h.stand()
    t.get(user="ada")
    row = t.legs(1)[0]
    key = bytes.fromhex(shell("sqlite3 -readonly understudy.db \"SELECT value FROM local"
                              " WHERE key = 'hash_key'\"", t.proxy.dir).strip())
    want = hmac.new(key, b"user\x1fada", hashlib.sha256).hexdigest()[:32]
    assert row["user_hash"] == want, (row["user_hash"], want)


def test_bucket_vectors(h):
    """The published vectors, asked of the running program."""
    text = (TOP / "docs/bucketing.md").read_text()
    rows = re.findall(r'\| `(".*?")` \| `("rollout")` \| `(".*?")` \| `[0-9a-f]+` \| (\d+) \|', text)
    by_salt = {}
    for salt, _, user, bucket in rows:
        by_salt.setdefault(json.loads(salt), []).append((json.loads(user), int(bucket)))
    assert sum(map(len, by_salt.values())) >= 10
    by_salt.pop("", None)       # for the arithmetic only: no rules have it
    for salt, users in by_salt.items():
        t = h.stand(rules={"rollout": {"salt": salt}})
        session = t.proxy.admin().session()
        for user, bucket in users:
            if user == "":
                continue
            with h.check(f"{salt}/{user}"):
                got = session.explain(urllib.parse.quote(user, safe=""))["bucket"]
                assert got == bucket, f"{got}, published {bucket}"
        t.proxy.stop()


def test_the_configuration_of_the_readme(h):
    """Both files, as a reader copies them, are without a fault; and the commands
    under them name what there is."""
    text = (TOP / "README.md").read_text()
    blocks = re.findall(r"```json\n(.*?)```", text, re.S)
    names = re.findall(r"`(\w+\.json)`[:,]", text)
    assert len(blocks) == 2 and names == ["understudy.json", "migration.json"], names
    folder = h.folder("readme")
    for name, block in zip(names, blocks):
        (folder / name).write_text(block)
    done = subprocess.run([UNDERSTUDY, "-c", "understudy.json", "--check"], cwd=folder,
                          capture_output=True, text=True, timeout=30 * SLACK, check=False,
                          env=environment())
    assert done.returncode == 0, done
    stages = [s["name"] for s in json.loads(blocks[1])["rollout"]["stages"]]
    for stage in re.findall(r"understudyctl set stage (\S+)", text):
        assert stage in stages, stage


def test_every_link_between_documents_leads_somewhere(h):
    for path in [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text()):
            with h.check(f"{path.name}: {target}"):
                assert (path.parent / target).exists()
