import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { openChannel } from "../../src/command/trial-channel.js";

/** What a program that sends a message is answered, by a trial that sends it back. */
async function answerTo(message: object): Promise<unknown> {
  const channel = await openChannel((received) => received);
  const [host, port, secret] = channel.address.split(":");
  const socket = connect(Number(port), host);
  try {
    socket.write(`${secret}\n${JSON.stringify(message)}\n`);
    const [line] = (await once(createInterface(socket), "line")) as [string];
    return JSON.parse(line);
  } finally {
    socket.destroy();
    channel.close();
  }
}

it("a program may tell its trial something long", async () => {
  const message = { op: "set_attr", key: "matrix", value: "1".repeat(500_000) };
  expect(await answerTo(message)).toEqual({ result: message });
});

it("a program is told that its message is too long", async () => {
  expect(await answerTo({ op: "set_attr", key: "matrix", value: "1".repeat(2_000_000) })).toEqual({
    error: "A message has fewer than 1,000,000 characters. Store what is this long as an artifact.",
  });
});
