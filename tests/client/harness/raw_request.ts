/** A request as it stood on the wire. */
export type RawRequest = {
  method: string;
  target: string;
  /** In the order and spelling of the wire. */
  fields: [name: string, value: string][];
  /** By lower-case name; repeated fields are joined with ", ". */
  headers: Record<string, string>;
  body: Buffer;
};

const kHeadEnd = Buffer.from("\r\n\r\n");

/** Cuts the bytes of one connection into requests. It trusts its peer: only the gateway calls it. */
export class RequestReader {
  private pending = Buffer.alloc(0);

  private readonly deliver: (request: RawRequest) => void;

  constructor(deliver: (request: RawRequest) => void) {
    this.deliver = deliver;
  }

  feed(data: Buffer): void {
    this.pending = Buffer.concat([this.pending, data]);
    for (let request = this.take(); request; request = this.take()) this.deliver(request);
  }

  private take(): RawRequest | undefined {
    const end = this.pending.indexOf(kHeadEnd);
    if (end < 0) return undefined;
    const request = parseHead(this.pending.subarray(0, end).toString("latin1"));
    const rest = this.pending.subarray(end + kHeadEnd.length);
    const body = request.headers["transfer-encoding"]
      ? dechunk(rest)
      : fixed(rest, Number(request.headers["content-length"] ?? 0));
    if (!body) return undefined;
    this.pending = rest.subarray(body.used);
    return { ...request, body: body.bytes };
  }
}

function parseHead(text: string): Omit<RawRequest, "body"> {
  const [line, ...lines] = text.split("\r\n");
  const [method = "", target = ""] = line!.split(" ");
  const fields = lines.map((each): [string, string] => {
    const colon = each.indexOf(":");
    return [each.slice(0, colon), each.slice(colon + 1).trim()];
  });
  const headers: Record<string, string> = {};
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
  }
  return { method, target, fields, headers };
}

type Body = { bytes: Buffer; used: number };

function fixed(data: Buffer, length: number): Body | undefined {
  if (data.length < length) return undefined;
  return { bytes: Buffer.from(data.subarray(0, length)), used: length };
}

function dechunk(data: Buffer): Body | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = data.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(data.subarray(at, lineEnd).toString("latin1"), 16);
    const next = lineEnd + 2 + size + 2;
    if (data.length < next) return undefined;
    if (size === 0) return { bytes: Buffer.concat(parts), used: next };
    parts.push(data.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
