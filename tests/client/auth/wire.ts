// One connection to the gateway: raw bytes out, answers in. No client library's opinion in between.
import { type Socket, connect } from "node:net";

/** An answer as it stood on the wire; it grows until `complete`. */
export class Answer {
  status = 0;
  readonly fields: [name: string, value: string][] = [];
  body = Buffer.alloc(0);
  complete = false;

  /** The values of a field, joined; undefined when it is absent. */
  header(name: string): string | undefined {
    const values = this.fields.filter(([each]) => each.toLowerCase() === name).map(([, v]) => v);
    return values.length ? values.join(", ") : undefined;
  }

  get text(): string {
    return this.body.toString("utf8");
  }

  get wholeText(): string {
    return `${this.fields.map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n${this.text}`;
  }
}

export class Connection {
  closed = false;
  /** The last answer said that no other follows. */
  spent = false;
  private pending = Buffer.alloc(0);
  private readonly queue: { answer: Answer; head: boolean; parser: Generator<void, void, void> }[] =
    [];

  private readonly watchers = new Set<() => void>();
  private readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (data: Buffer) => {
      this.take(data);
      this.wake();
    });
    socket.on("close", () => {
      this.closed = true;
      this.wake();
    });
    socket.on("error", () => undefined);
    socket.setNoDelay(true);
  }

  static async open(port: number, local?: string): Promise<Connection> {
    const socket = connect({ port, host: "127.0.0.1", ...(local && { localAddress: local }) });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Connection(socket);
  }

  /** Sends a request; the answer fills itself. */
  send(bytes: Buffer): Answer {
    const answer = new Answer();
    const head = bytes.subarray(0, 5).toString("latin1") === "HEAD ";
    this.queue.push({ answer, head, parser: this.parse(answer, head) });
    this.socket.write(bytes);
    return answer;
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Returns when the answer is whole or the connection is gone. */
  async finished(answer: Answer, deadlineMs = 15_000): Promise<Answer> {
    if (answer.complete || this.closed) return answer;
    await new Promise<void>((resolve, reject) => {
      const late = () => reject(new Error(`no whole answer within ${deadlineMs} ms`));
      const timer = setTimeout(late, deadlineMs);
      const look = () => {
        if (!answer.complete && !this.closed) return;
        clearTimeout(timer);
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
    });
    return answer;
  }

  close(): void {
    this.socket.destroy();
  }

  private wake(): void {
    for (const look of [...this.watchers]) look();
  }

  private take(data: Buffer): void {
    this.pending = Buffer.concat([this.pending, data]);
    for (;;) {
      const current = this.queue[0];
      if (!current) return;
      current.parser.next();
      if (!current.answer.complete) return;
      this.queue.shift();
    }
  }

  // A generator that yields whenever it needs more bytes.
  private *parse(answer: Answer, head: boolean): Generator<void, void, void> {
    do {
      const text = yield* this.until("\r\n\r\n");
      const [line, ...lines] = text.split("\r\n");
      answer.status = Number(line!.split(" ")[1]);
      answer.fields.length = 0;
      for (const each of lines) {
        const colon = each.indexOf(":");
        answer.fields.push([each.slice(0, colon), each.slice(colon + 1).trim()]);
      }
    } while (answer.status < 200);
    if (!head && answer.status !== 204) yield* this.parseBody(answer);
    this.spent = answer.header("connection")?.toLowerCase() === "close";
    answer.complete = true;
  }

  private *parseBody(answer: Answer): Generator<void, void, void> {
    if (answer.header("transfer-encoding") === undefined) {
      const length = Number(answer.header("content-length") ?? 0);
      answer.body = yield* this.exactly(length);
      return;
    }
    for (;;) {
      const size = parseInt(yield* this.until("\r\n"), 16);
      const data = yield* this.exactly(size);
      answer.body = Buffer.concat([answer.body, data]);
      yield* this.exactly(2);
      if (size === 0) return;
    }
  }

  private *until(mark: string): Generator<void, string, void> {
    for (;;) {
      const end = this.pending.indexOf(mark);
      if (end >= 0) return (yield* this.exactly(end + mark.length)).toString("latin1", 0, end);
      yield;
    }
  }

  private *exactly(length: number): Generator<void, Buffer<ArrayBuffer>, void> {
    while (this.pending.length < length) yield;
    const bytes = Buffer.from(this.pending.subarray(0, length));
    this.pending = this.pending.subarray(length);
    return bytes;
  }
}
