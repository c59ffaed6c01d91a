import { randomBytes } from "node:crypto";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { LineReader } from "./line-reader.js";

/** Characters. */
const LONGEST_MESSAGE = 1_000_000;

/** Answers a message of the program. A rejection is told to the program. */
export type Answer = (message: Readonly<Record<string, unknown>>) => unknown;

export interface TrialChannel {
  /** What the program needs to connect: host, port, and a secret. */
  readonly address: string;
  close(): void;
}

/**
 * Where a trial's program asks whether to go on. It is a socket of this machine alone: unlike a pipe, it is reached through everything that may
 * stand between us and the program (`uv run`, a shell, the launcher of a virtual environment on Windows, a pool of processes), and unlike a
 * file, it answers at once. Each line is a message in JSON; the first has the secret, so that no other user of the machine can speak for the
 * program.
 */
export async function openChannel(answer: Answer): Promise<TrialChannel> {
  const secret = randomBytes(24).toString("hex");
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    serve(socket, secret, answer);
  });
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}:${secret}`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function serve(socket: Socket, secret: string, answer: Answer): void {
  let isKnown = false;
  let last = Promise.resolve();
  const reader = new LineReader((line) => {
    if (!isKnown && line !== secret) socket.destroy();
    else if (!isKnown) isKnown = true;
    else last = last.then(() => respond(socket, line, answer));
  }, LONGEST_MESSAGE);
  socket.on("data", (bytes) => reader.feed(bytes));
}

async function respond(socket: Socket, line: string, answer: Answer): Promise<void> {
  let response: unknown;
  try {
    if (line.length === LONGEST_MESSAGE)
      throw new Error("A message has fewer than 1,000,000 characters. Store what is this long as an artifact.");
    response = { result: (await answer(JSON.parse(line) as Record<string, unknown>)) ?? null };
  } catch (error) {
    response = { error: error instanceof Error ? error.message : String(error) };
  }
  if (!socket.destroyed) socket.write(`${JSON.stringify(response)}\n`);
}
