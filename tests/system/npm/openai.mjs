// openai.mjs -- the same calls direct and through understudy, with the npm
// `openai` client; every result must be deeply equal.
//
//   node openai.mjs DIRECT_URL PROXY_URL USER VERSION
//
// What differs by nature (id, created, x-request-id) is put aside by name;
// nothing else is.  Prints one line a call and exits 1 at the first
// difference.
import assert from "node:assert/strict";
import OpenAI, { APIError } from "openai";

const [directUrl, proxyUrl, user, version] = process.argv.slice(2);

function client(base) {
  return new OpenAI({
    apiKey: "sk-test",
    baseURL: base + "/v1",
    maxRetries: 0,
    timeout: 30000,
    defaultHeaders: { "x-user-id": user },
  });
}

// By nature another one each time.
function settled(value) {
  const drop = new Set(["id", "created", "_request_id"]);
  return JSON.parse(JSON.stringify(value, (k, v) => (drop.has(k) ? undefined : v)));
}

const messages = [
  { role: "system", content: "You are terse." },
  { role: "user", content: "Where is my order 4711? Grüße, 東京 🚚" },
];

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

// Every call gives a value to compare; what it throws is a value too.
const calls = {
  "a completion": (c) => c.chat.completions.create({ model: "demo", messages }),
  "a longer conversation": (c) =>
    c.chat.completions.create({
      model: "demo",
      messages: Array.from({ length: 40 }, (_, i) => ({
        role: i % 2 ? "assistant" : "user",
        content: `turn ${i} ` + "lorem ipsum ".repeat(40),
      })).concat(messages),
    }),
  "a limited completion": (c) =>
    c.chat.completions.create({ model: "demo", messages, max_tokens: 3 }),
  "a stream": async (c) =>
    collect(await c.chat.completions.create({ model: "demo", messages, stream: true })),
  "a stream, assembled by the library": async (c) => {
    const runner = c.chat.completions.stream({ model: "demo", messages });
    const seen = [];
    runner.on("content", (delta) => seen.push(delta));
    const final = await runner.finalChatCompletion();
    return { final, seen };
  },
  "a stream that is broken off": async (c) => {
    const stream = await c.chat.completions.create({ model: "demo", messages, stream: true });
    for await (const chunk of stream) {
      stream.controller.abort();
      return chunk;
    }
    return null;
  },
  "ten at once": (c) =>
    Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        c.chat.completions.create({
          model: "demo",
          messages: [{ role: "user", content: `question ${i}` }],
        }))),
  "the models": async (c) => collect(await c.models.list()),
  "a refusal": (c) => c.chat.completions.create({ model: "demo", messages: [] }),
  "a route that is not there": (c) => c.embeddings.create({ model: "demo", input: "x" }),
};

async function outcome(call, c) {
  try {
    return { value: await call(c) };
  } catch (fault) {
    if (!(fault instanceof APIError)) throw fault;
    return { thrown: fault.constructor.name, status: fault.status, error: fault.error,
      code: fault.code, type: fault.type };
  }
}

const direct = client(directUrl);
const proxied = client(proxyUrl);
for (const [name, call] of Object.entries(calls)) {
  const want = settled(await outcome(call, direct));
  const got = settled(await outcome(call, proxied));
  assert.deepEqual(got, want, name);
  assert.notDeepEqual(want, {}, name);
  console.log(`same: ${name}`);
}

const { response } = await proxied.chat.completions
  .create({ model: "demo", messages }).withResponse();
assert.equal(response.headers.get("x-understudy-version"), version);
assert.ok(response.headers.get("x-request-id"));
console.log(`all ${Object.keys(calls).length} calls are the same through ${version}`);
