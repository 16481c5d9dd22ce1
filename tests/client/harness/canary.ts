import { lstatSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The forms in which a secret may hide in a file: as it is, base64, base64url, hex, URL-escaped. */
export function disguises(secret: string): Record<string, Buffer> {
  const bytes = Buffer.from(secret);
  const forms: Record<string, string> = {
    raw: secret,
    json: JSON.stringify(secret).slice(1, -1),
    hex: bytes.toString("hex"),
    HEX: bytes.toString("hex").toUpperCase(),
    url: encodeURIComponent(secret),
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
  return Object.fromEntries(Object.entries(forms).map(([name, text]) => [name, Buffer.from(text)]));
}

/** "PLACE: SECRET as FORM" for every hit. */
export function leaksIn(place: string, data: Buffer, secrets: Record<string, string>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    Object.entries(disguises(secret))
      .filter(([, bytes]) => data.includes(bytes))
      .map(([form]) => `${place}: ${name} as ${form}`),
  );
}

/** Every regular file below `folder`. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path).isFile());
}

export function leaksBelow(folder: string, secrets: Record<string, string>): string[] {
  return filesBelow(folder).flatMap((file) => leaksIn(file, readFileSync(file), secrets));
}
