// ws_server.mjs NAME -- a websocket server that echoes, and does as it is told.
//
// Says NAME first.  Every message comes back as it came, but for commands:
// "close CODE REASON" closes, "ping" pings, "flood N" sends N kB, "kill" ends
// the connection without a word.  Prints its port.
import { WebSocketServer } from "ws";

const name = process.argv[2];
const server = new WebSocketServer({
  port: 0,
  host: "127.0.0.1",
  perMessageDeflate: { threshold: 100 },
  handleProtocols: (offered) => (offered.has("chat") ? "chat" : false),
});

const commands = {
  close: (socket, [code, reason]) => socket.close(Number(code), reason),
  ping: (socket) => socket.ping("are you there"),
  kill: (socket) => socket.terminate(),
  flood: (socket, [count]) => {
    const block = Buffer.alloc(1024, "f");
    for (let i = 0; i < Number(count); i++) socket.send(block, { compress: false });
  },
};

server.on("connection", (socket) => {
  socket.send(name);
  socket.on("pong", (data) => socket.send(`pong ${data}`));
  socket.on("message", (data, binary) => {
    const [word, ...rest] = binary || data.length > 100 ? [] : data.toString().split(" ");
    if (commands[word]) commands[word](socket, rest);
    else socket.send(data, { binary });
  });
  socket.on("error", () => {});
});
server.on("listening", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
