import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { type BirpcReturn, createBirpc } from "birpc";
import { ipcChannel, RemoteError } from "../protocol/channel.js";
import { type AttachHello, type RunEvents, runEventNames, type RunFunctions } from "../protocol/run.js";
import { PROTOCOL_VERSION } from "../protocol/wire.js";
import type { RunEvent } from "./event-log.js";
import { SocketPort } from "./socket-port.js";
import { toWireError } from "./wire-error.js";

/** How long somebody who connects may take to show the secret. */
const GREETING_MS = 5_000;
/** How long those who are attached may take to read the last event. */
const FAREWELL_MS = 5_000;
/** Characters that somebody may leave unread before output and epochs are left out for them. */
const MOST_UNREAD = 16_000_000;

export interface DoorOptions {
  readonly secret: string;
  /** What a late comer is told first. */
  readonly replay: () => readonly RunEvent[];
  readonly functions: Omit<RunFunctions, "attach" | "leave">;
  readonly onAttached: () => void;
  /** The connection to the run's owner is lost. */
  readonly onLost: () => void;
  /** The last one has gone. @param stopAfterMs as it has wished; null without a word. */
  readonly onAlone: (stopAfterMs: number | null) => void;
}

interface Client {
  readonly port: SocketPort;
  readonly rpc: BirpcReturn<RunEvents, RunFunctions>;
  /** undefined until it has shown the secret. */
  hello: AttachHello | undefined;
  /** undefined until it has said that it goes. */
  wish: { readonly stopAfterMs: number | null } | undefined;
}

/** Where others attach to a run: a socket, on which the first call has to have the secret. Any number may be attached at once. */
export class RunDoor {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly attached = new Set<Client>();
  private isClosing = false;
  private firstAttached = () => {};
  private met = false;
  private readonly first = new Promise<void>((resolve) => (this.firstAttached = resolve));

  constructor(private readonly options: DoorOptions) {
    this.server = createServer((socket) => this.meet(socket));
  }

  async open(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(path, resolve);
    });
  }

  /** Whether anybody has ever been attached. */
  get hasMet(): boolean {
    return this.met;
  }

  /** Closing does not wait for the first one to come. */
  expectNobody(): void {
    this.firstAttached();
  }

  tell(told: RunEvent): void {
    for (const client of this.attached) send(client, told);
  }

  /**
   * Waits until those who are attached have read everything; before that, for the first one to come.
   * @returns whether anybody was attached at the end.
   */
  async close(patienceMs: number): Promise<boolean> {
    await within(patienceMs, this.first);
    // The answer to its greeting is on its way.
    await new Promise((resolve) => setImmediate(resolve));
    this.isClosing = true;
    const wereThere = this.attached.size > 0;
    const read = [...this.sockets].map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.once("close", () => resolve());
          socket.end();
        }),
    );
    this.server.close();
    await within(FAREWELL_MS, Promise.all(read));
    return wereThere;
  }

  private meet(socket: Socket): void {
    this.sockets.add(socket);
    const port = new SocketPort(socket, () => client.hello !== undefined);
    const functions = this.functionsFor(() => client);
    const rpc = createBirpc<RunEvents, RunFunctions>(functions, {
      ...ipcChannel(port, toWireError),
      bind: "functions",
      eventNames: [...runEventNames],
    });
    const client: Client = { port, rpc, hello: undefined, wish: undefined };
    const timer = setTimeout(() => client.hello || socket.destroy(), GREETING_MS);
    socket.once("close", () => {
      clearTimeout(timer);
      this.sockets.delete(socket);
      this.left(client);
    });
  }

  private functionsFor(caller: () => Client): RunFunctions {
    const { functions } = this.options;
    const known = <Arguments extends unknown[], Result>(call: (...args: Arguments) => Promise<Result>) => {
      return (...args: Arguments): Promise<Result> => {
        if (!caller().hello) throw new RemoteError({ code: "not-attached", message: "Attach to the run first." });
        return call(...args);
      };
    };
    return {
      // birpc answers with what is thrown here, too.
      attach: (hello) => Promise.resolve(this.attach(caller(), hello)),
      leave: known((stopAfterMs) => {
        caller().wish = { stopAfterMs };
        return Promise.resolve();
      }),
      stop: known(functions.stop),
      stopTrial: known(functions.stopTrial),
      setTrials: known(functions.setTrials),
      pause: known(functions.pause),
      dispose: known(functions.dispose),
    };
  }

  private attach(client: Client, hello: AttachHello): void {
    if (!isSecret(hello.secret, this.options.secret)) {
      // After the answer.
      setImmediate(() => client.port.socket.end());
      throw new RemoteError({ code: "wrong-secret", message: "The secret is wrong." });
    }
    if (hello.protocol !== PROTOCOL_VERSION)
      throw new RemoteError({
        code: "protocol-mismatch",
        message: `The run uses version ${PROTOCOL_VERSION} of the protocol, and this program version ${hello.protocol}. Stop the run with the Tunelens that started it, or end process ${process.pid}.`,
      });
    client.hello = hello;
    for (const told of this.options.replay()) send(client, told);
    this.attached.add(client);
    this.met = true;
    this.firstAttached();
    this.options.onAttached();
  }

  private left(client: Client): void {
    if (!this.attached.delete(client) || this.isClosing) return;
    if (client.hello?.owns && client.wish === undefined) this.options.onLost();
    else if (this.attached.size === 0) this.options.onAlone(client.wish?.stopAfterMs ?? null);
  }
}

/** Somebody who does not read must not fill the memory of the run. */
function send({ port, rpc }: Client, { name, event }: RunEvent): void {
  if ((name === "output" || name === "epoch") && port.waiting > MOST_UNREAD) return;
  void (rpc[name] as (event: unknown) => Promise<void>)(event);
}

function isSecret(shown: unknown, secret: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return typeof shown === "string" && timingSafeEqual(digest(shown), digest(secret));
}

async function within(milliseconds: number, what: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([what, new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)))]);
  clearTimeout(timer);
}
