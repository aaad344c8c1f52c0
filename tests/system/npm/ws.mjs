// ws.mjs URL USER VERSION -- the npm `ws` client through understudy, to the
// server of ws_server.mjs.  One line a check; exits 1 at the first failure.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import WebSocket from "ws";

const [url, user, version] = process.argv.slice(2);

// A connection that keeps what comes, so that nothing is missed.
async function open(options = {}, protocols = []) {
  const socket = new WebSocket(url, protocols, {
    headers: { "x-user-id": user }, ...options,
  });
  const waiting = [];
  const come = [];
  socket.on("message", (data, binary) => {
    const message = { data, binary };
    if (waiting.length) waiting.shift()(message);
    else come.push(message);
  });
  socket.next = () =>
    come.length ? Promise.resolve(come.shift()) : new Promise((done) => waiting.push(done));
  socket.on("upgrade", (response) => (socket.upgradeHeaders = response.headers));
  await once(socket, "open");
  assert.equal((await socket.next()).data.toString(), version, "who answers");
  return socket;
}

async function closed(socket) {
  const [code, reason] = await once(socket, "close");
  return [code, reason.toString()];
}

const digest = (data) => createHash("sha256").update(data).digest("hex");

const checks = {
  "the 101 says who it was": async () => {
    const socket = await open();
    assert.equal(socket.upgradeHeaders["x-understudy-version"], version);
    assert.ok(socket.upgradeHeaders["x-request-id"]);
    socket.close();
    await closed(socket);
  },
  "text comes back": async () => {
    const socket = await open();
    for (const text of ["hello", "", "Grüße, 東京 🚚", "x".repeat(70000)]) {
      socket.send(text);
      const { data, binary } = await socket.next();
      assert.equal(binary, false);
      assert.equal(data.toString(), text);
    }
    socket.close();
    await closed(socket);
  },
  "binary comes back, of every size of frame": async () => {
    const socket = await open();
    for (const size of [0, 1, 125, 126, 65535, 65536, 1 << 20]) {
      const sent = randomBytes(size);
      socket.send(sent);
      const { data, binary } = await socket.next();
      assert.ok(binary && data.equals(sent), `${size} bytes`);
    }
    socket.close();
    await closed(socket);
  },
  "fragments are one message": async () => {
    const socket = await open();
    for (let i = 0; i < 20; i++)
      socket.send(Buffer.from(`part ${i};`), { fin: i === 19, binary: true });
    const { data } = await socket.next();
    assert.equal(data.toString(), Array.from({ length: 20 }, (_, i) => `part ${i};`).join(""));
    socket.close();
    await closed(socket);
  },
  "a message of 16 MB": async () => {
    const socket = await open({ perMessageDeflate: false });
    const sent = randomBytes(16 << 20);
    socket.send(sent);
    assert.equal(digest((await socket.next()).data), digest(sent));
    socket.close();
    await closed(socket);
  },
  "compression is between the two ends": async () => {
    const socket = await open();
    assert.match(socket.extensions, /permessage-deflate/);
    const text = "again and again ".repeat(5000);
    socket.send(text);
    assert.equal((await socket.next()).data.toString(), text);
    socket.close();
    await closed(socket);
  },
  "the subprotocol is between the two ends": async () => {
    const socket = await open({}, ["other", "chat"]);
    assert.equal(socket.protocol, "chat");
    socket.close();
    await closed(socket);
  },
  "pings both ways": async () => {
    const socket = await open();
    socket.ping("from here");
    const [pong] = await once(socket, "pong");
    assert.equal(pong.toString(), "from here");
    socket.send("ping");
    assert.equal((await socket.next()).data.toString(), "pong are you there");
    socket.close();
    await closed(socket);
  },
  "close codes of the client": async () => {
    const socket = await open();
    socket.close(4321, "enough");
    assert.deepEqual(await closed(socket), [4321, "enough"]);
  },
  "close codes of the server": async () => {
    for (const [code, reason] of [[1000, "done"], [1011, "oops"], [4001, "go away"]]) {
      const socket = await open();
      socket.send(`close ${code} ${reason.split(" ")[0]}`);
      assert.deepEqual(await closed(socket), [code, reason.split(" ")[0]]);
    }
  },
  "a server that drops the connection is seen": async () => {
    const socket = await open();
    socket.send("kill");
    assert.equal((await closed(socket))[0], 1006);
  },
  "a client that does not read for a while": async () => {
    const socket = await open({ perMessageDeflate: false });
    socket.pause();
    socket.send("flood 20000");
    await new Promise((done) => setTimeout(done, 200));
    socket.resume();
    let got = 0;
    while (got < 20000) {
      const { data } = await socket.next();
      assert.equal(data.length, 1024);
      got++;
    }
    socket.close();
    await closed(socket);
  },
  "fifty at once": async () => {
    const sockets = await Promise.all(Array.from({ length: 50 }, () => open()));
    await Promise.all(sockets.map(async (socket, n) => {
      for (let i = 0; i < 10; i++) {
        socket.send(`${n} ${i}`);
        assert.equal((await socket.next()).data.toString(), `${n} ${i}`);
      }
      socket.close();
      await closed(socket);
    }));
  },
};

for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log(`ok: ${name}`);
}
console.log(`all ${Object.keys(checks).length} checks passed through ${version}`);
