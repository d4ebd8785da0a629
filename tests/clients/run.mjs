// Runs one function of a client: node run.mjs CLIENT FUNCTION, its arguments as JSON on stdin, its
// result as JSON on stdout. Amplify warns on the console that the endpoint is its user's own.
import { createHmac } from "node:crypto";

const [client, name] = process.argv.slice(2);
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const given = JSON.parse(Buffer.concat(chunks).toString());
console.warn = console.log = () => {};

const loaded = await import(client === "amplify" ? "./amplify.mjs" : "./identity.cjs");
const { configure, ...functions } = loaded.default ?? loaded;
configure(given);
const result = await functions[name](given, { code, totp });
process.stdout.write(JSON.stringify(result), () => process.exit(0));

/** The code that was mailed last to an address. */
async function code(recipient) {
  const { messages } = await (await fetch(`${given.url}/mail.json`)).json();
  return messages.find((message) => message.recipient === recipient).code;
}

/** The code of an authenticator app, `steps` half minutes from now (RFC 6238). */
function totp(secret, steps) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((c) => alphabet.indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps));
  const mac = createHmac("sha1", key).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}
