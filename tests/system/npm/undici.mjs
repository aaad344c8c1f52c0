// undici.mjs URL -- npm `undici` through understudy: pipelining, kept
// connections, streams, aborts.  Behind is a backend that answers /echo/*
// with the target and /mirror with the body.  One line a check; exits 1 at
// the first failure.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { Client, Pool } from "undici";

const url = process.argv[2];
const headers = { "x-user-id": "undici" };

// A client of one connection, and how many it really made.
function client(options) {
  const c = new Client(url, { keepAliveTimeout: 60000, ...options });
  c.made = 0;
  c.on("connect", () => c.made++);
  return c;
}

async function echo(c, path) {
  const { statusCode, body } = await c.request({ path, method: "GET", headers });
  assert.equal(statusCode, 200);
  assert.equal((await body.json()).target, path);
}

async function mirror(c, sent, body = sent) {
  const answer = await c.request({ path: "/mirror", method: "POST", headers, body });
  assert.equal(answer.statusCode, 200);
  const got = Buffer.from(await answer.body.arrayBuffer());
  assert.ok(got.equals(sent), `${sent.length} bytes`);
}

// In pieces of its own choice, without a length: chunked.
function* pieces(data) {
  for (let at = 0; at < data.length; at += 7001) yield data.subarray(at, at + 7001);
}

const checks = {
  "requests in a pipeline are answered in order": async () => {
    const c = client({ pipelining: 10 });
    await Promise.all(Array.from({ length: 300 }, (_, i) => echo(c, `/echo/${i}?n=${i}`)));
    assert.equal(c.made, 1);
    await c.close();
  },
  "methods mixed in a pipeline": async () => {
    const c = client({ pipelining: 8 });
    await Promise.all(Array.from({ length: 120 }, async (_, i) => {
      if (i % 3 === 0) return echo(c, `/echo/${i}`);
      if (i % 3 === 1) return mirror(c, Buffer.from(`body ${i} `.repeat(i)));
      const { statusCode, headers: got, body } = await c.request({
        path: `/echo/${i}`, method: "HEAD", headers });
      assert.equal(statusCode, 200);
      assert.equal(got["content-length"], "7");
      assert.equal((await body.text()).length, 0);
    }));
    await c.close();
  },
  "bodies with and without a length": async () => {
    const c = client({ pipelining: 1 });
    for (const size of [0, 1, 1000, 70000, 1 << 20]) {
      const sent = randomBytes(size);
      await mirror(c, sent);
      if (size > 0) await mirror(c, sent, Readable.from(pieces(sent)));
    }
    assert.equal(c.made, 1);
    await c.close();
  },
  "a stream is read as it comes": async () => {
    const c = client();
    const { body } = await c.request({ path: "/events", method: "GET", headers });
    let text = "";
    for await (const piece of body) text += piece;
    assert.equal(text, Array.from({ length: 50 }, (_, i) => `data: ${i}\n\n`).join(""));
    await c.close();
  },
  "a big answer, read slowly": async () => {
    const c = client();
    const { body } = await c.request({ path: "/big", method: "GET", headers });
    const sum = createHash("sha256");
    let size = 0;
    for await (const piece of body) {
      sum.update(piece);
      size += piece.length;
      if (size % 64 === 0) await new Promise(setImmediate);
    }
    assert.equal(size, 32 << 20);
    assert.equal(sum.digest("hex"), createHash("sha256").update(Buffer.alloc(32 << 20, "b"))
      .digest("hex"));
    await c.close();
  },
  "an abort leaves the next request alone": async () => {
    const c = client();
    for (let i = 0; i < 10; i++) {
      const abort = new AbortController();
      const { body } = await c.request({
        path: "/big", method: "GET", headers, signal: abort.signal });
      body.once("data", () => abort.abort());
      await assert.rejects(async () => { for await (const _ of body); }, { name: "AbortError" });
      await echo(c, `/echo/after-${i}`);
    }
    await c.close();
  },
  "an abort before the answer": async () => {
    const c = client();
    const abort = new AbortController();
    const asked = c.request({ path: "/hang", method: "GET", headers, signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await assert.rejects(asked, { name: "AbortError" });
    await echo(c, "/echo/after");
    await c.close();
  },
  "a pool of pipelines": async () => {
    const pool = new Pool(url, { connections: 8, pipelining: 4 });
    await Promise.all(Array.from({ length: 1000 }, (_, i) =>
      i % 4 ? echo(pool, `/echo/p${i}`) : mirror(pool, Buffer.from(`p${i}`))));
    await pool.close();
  },
  "no body where none may be": async () => {
    const c = client({ pipelining: 3 });
    for (const status of [204, 304]) {
      const { statusCode, body } = await c.request({
        path: `/status/${status}`, method: "GET", headers });
      assert.equal(statusCode, status);
      assert.equal((await body.text()).length, 0);
    }
    await echo(c, "/echo/in-step");
    assert.equal(c.made, 1);
    await c.close();
  },
  "interim answers do not confuse it": async () => {
    const c = client();
    const seen = [];
    const { statusCode, body } = await c.request({
      path: "/hints", method: "GET", headers, onInfo: (info) => seen.push(info.statusCode) });
    assert.equal(statusCode, 200);
    assert.equal(await body.text(), "ok");
    assert.deepEqual(seen, [103]);
    await c.close();
  },
};

for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log(`ok: ${name}`);
}
console.log(`all ${Object.keys(checks).length} checks passed`);
