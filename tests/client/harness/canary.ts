import { lstatSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const unitsOf = (text: string) =>
  [...Array(text.length).keys()].map((at) => text.charCodeAt(at).toString(16).padStart(4, "0"));

/** The forms in which a secret may hide in a file: as it is, base64, base64url, hex, escaped for
 * JSON or a URL, UTF-16. */
export function disguises(secret: string): Record<string, Buffer> {
  const bytes = Buffer.from(secret);
  const forms: Record<string, string> = {
    raw: secret,
    json: JSON.stringify(secret).slice(1, -1),
    "json in json": JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
    "json units": unitsOf(secret)
      .map((unit) => `\\u${unit}`)
      .join(""),
    hex: bytes.toString("hex"),
    HEX: bytes.toString("hex").toUpperCase(),
    url: encodeURIComponent(secret),
    "lower url": encodeURIComponent(secret).replace(/%../g, (escaped) => escaped.toLowerCase()),
    form: new URLSearchParams([["", secret]]).toString().slice(1),
  };
  // Inside a longer text a secret starts at any of three places of a base64 group; the characters
  // that depend on its neighbours are left out.
  for (const shift of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
    const whole = shifted.subarray(shift === 0 ? 0 : 3, shifted.length - (shifted.length % 3));
    forms[`base64 at ${shift}`] = whole.toString("base64");
    forms[`base64url at ${shift}`] = whole.toString("base64url");
  }
  const wide = Buffer.from(secret, "utf16le");
  return {
    ...Object.fromEntries(Object.entries(forms).map(([name, text]) => [name, Buffer.from(text)])),
    "utf-16 le": wide,
    "utf-16 be": Buffer.from(wide).swap16(),
  };
}

const known = new Map<string, [form: string, bytes: Buffer][]>();

/** The disguises of `secret` without those that look like another one. */
function formsOf(secret: string): [form: string, bytes: Buffer][] {
  const forms = known.get(secret) ?? distinct(Object.entries(disguises(secret)));
  known.set(secret, forms);
  return forms;
}

const distinct = (forms: [form: string, bytes: Buffer][]) =>
  forms.filter(([, bytes], at) => forms.findIndex(([, other]) => other.equals(bytes)) === at);

/** "PLACE: SECRET as FORM" for every hit. */
export function leaksIn(place: string, data: Buffer, secrets: Record<string, string>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    formsOf(secret)
      .filter(([, bytes]) => data.includes(bytes))
      .map(([form]) => `${place}: ${name} as ${form}`),
  );
}

/** Every regular file below `folder`. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isFile());
}

export function leaksBelow(folder: string, secrets: Record<string, string>): string[] {
  return filesBelow(folder).flatMap((file) => {
    const data = contentOf(file);
    return data ? leaksIn(file, withoutPadding(data), secrets) : [];
  });
}

/** Nothing of a file that a running platform has just put its successor in the place of. */
function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Less the zeros with which some files reserve their space; the last character keeps its own. */
function withoutPadding(data: Buffer): Buffer {
  let end = data.length;
  while (end > 0 && data[end - 1] === 0) end -= 1;
  return data.subarray(0, end + 2);
}
