// The text of case files: placeholders in braces, then escapes, then bytes.

export class CaseError extends Error {}

/** Gives the text of a placeholder, or undefined when there is none of that name. */
export type Lookup = (name: string) => string | undefined;

const kPlaceholder = /\{([A-Za-z][\w.+-]*)(?:\[(\d*):(\d*)\])?\}/g;
const kRepeat = /\{rep:((?:[^:{}]|\\.)+):(\d+)\}/g;
const kEscape = /\\(r|n|t|\\|"|x[0-9a-fA-F]{2})/g;
const kByteEscape = /\\x([0-9a-fA-F]{2})/g;
const kPlain: Record<string, string> = { r: "\r", n: "\n", t: "\t", "\\": "\\", '"': '"' };

/** Puts in what `{NAME}`, `{NAME[0:40]}` and `{rep:TEXT:N}` stand for. */
export function expand(text: string, lookup: Lookup): string {
  return text
    .replace(kPlaceholder, (whole, name: string, from?: string, to?: string) => {
      const value = lookup(name);
      if (value === undefined) throw new CaseError(`nothing is called ${whole}`);
      return from === undefined ? value : value.slice(Number(from), to ? Number(to) : undefined);
    })
    .replace(kRepeat, (_, piece: string, times: string) => piece.repeat(Number(times)));
}

/** Bytes of a head or body: \r \n \t \\ \" \xHH are escapes, any other backslash stays. */
export function wireBytes(text: string): Buffer {
  return toBytes(text, kEscape, (what) =>
    what.startsWith("x") ? String.fromCharCode(parseInt(what.slice(1), 16)) : kPlain[what]!,
  );
}

/** Bytes of a JSON text: only \xHH is an escape, the others are JSON's own. */
export function jsonBytes(text: string): Buffer {
  return toBytes(text, kByteEscape, (hex) => String.fromCharCode(parseInt(hex, 16)));
}

function toBytes(text: string, escape: RegExp, replace: (what: string) => string): Buffer {
  const bytewise = Buffer.from(text, "utf8").toString("latin1");
  return Buffer.from(
    bytewise.replace(escape, (_, what: string) => replace(what)),
    "latin1",
  );
}
