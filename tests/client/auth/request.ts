// The bytes of one request of a case.
import { CaseError } from "./text.ts";
import type { Scene } from "./scene.ts";
import type { Step } from "./case_format.ts";

export const kChatPath = "/v1/chat/completions";
const kSlots = { bearer: "Authorization: Bearer ", x_api_key: "x-api-key: ", api_key: "api-key: " };

/** `rest` of a step is sent after the head only when the answer has come or 300 ms have passed. */
export function requestBytes(step: Step, scene: Scene): Buffer {
  if (step["raw"] !== undefined) return scene.bytes(step["raw"] as string);
  const body = bodyOf(step, scene);
  const method = (step["method"] as string) ?? (body ? "POST" : "GET");
  const path = (step["path"] as string) ?? (body ? kChatPath : "/v1/models");
  const type = (step["type"] as string) ?? "application/json";
  const fields = (step["fields"] as string[]) ?? [];
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...(fields.some((each) => /^host/i.test(each)) ? [] : ["Host: gw.test"]),
    ...Object.entries(kSlots).flatMap(([name, start]) =>
      step[name] === undefined ? [] : [start + String(step[name])],
    ),
    ...fields,
    ...(body ? [`Content-Type: ${type}`, `Content-Length: ${body.length}`] : []),
  ];
  const head = scene.bytes(`${lines.join("\\r\\n")}\\r\\n\\r\\n`);
  return body ? Buffer.concat([head, body]) : head;
}

function bodyOf(step: Step, scene: Scene): Buffer | undefined {
  if (step["body"] !== undefined) return scene.bytes(step["body"] as string);
  if (step["chat"] === undefined) return undefined;
  const messages = [{ role: "user", content: "hi" }];
  const members = { model: step["chat"], messages, ...(step["members"] as object | undefined) };
  return Buffer.from(JSON.stringify(members));
}

/** Every credential that the step sends: none of them may show up anywhere. */
export function credentialsOf(step: Step, scene: Scene): string[] {
  const texts = [step["bearer"], step["x_api_key"], step["api_key"], step["path"], step["raw"]];
  const all = [...texts, ...((step["fields"] as string[]) ?? [])];
  return all.filter((each) => typeof each === "string").map((each) => scene.text(each as string));
}

/** The step once for every value it is to be played with. */
export function spread(step: Step, scene: Scene, replace: <T>(what: T, value: string) => T): Step[] {
  const times = (step["times"] as number) ?? 1;
  const values = step["for_cuts_of"] !== undefined ? cuts(step, scene) : (step["for"] as string[]);
  const each = values ? values.map((value) => replace(step, value)) : [step];
  return Array.from({ length: times }, () => each).flat();
}

// The token cut after every byte, with other base64url text in place of the rest.
function cuts(step: Step, scene: Scene): string[] {
  const token = scene.token(step["for_cuts_of"] as string);
  if (token === undefined) throw new CaseError(`no token ${String(step["for_cuts_of"])}`);
  return Array.from({ length: token.length - 1 }, (_, index) => {
    const start = token.slice(0, index + 1);
    return start + otherText(token.slice(index + 1));
  });
}

const kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function otherText(tail: string): string {
  for (;;) {
    const pick = () => kLetters[Math.floor(Math.random() * kLetters.length)]!;
    const text = Array.from(tail, pick).join("");
    if (text !== tail) return text;
  }
}
