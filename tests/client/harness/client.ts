// What the matrix of client libraries knows of one: how it is asked, and how its errors look.
import { APIError } from "openai";
import type { Place } from "./client_docs.ts";

export type Tool = { name: string; description: string; parameters: Record<string, unknown> };
export type Question = {
  model: string;
  prompt: string;
  /** What the engine is told before the prompt. */
  rules?: string;
  tools?: Tool[];
  /** The most tokens of the answer. */
  limit?: number;
  /** Of the answer; its name is `colour`. */
  schema?: Record<string, unknown>;
  /** A PNG in base64. */
  picture?: string;
};
export type Call = { id: string; name: string; arguments: unknown };
export type Answer = {
  text: string;
  calls: Call[];
  /** Why it ended: by itself, to call tools, at its limit. */
  end: "stop" | "calls" | "limit" | undefined;
  usage: { input: number | undefined; output: number | undefined } | undefined;
};

export type Client = {
  ask(question: Question, signal?: AbortSignal): Promise<Answer>;
  stream(question: Question, heard: (text: string) => void, signal?: AbortSignal): Promise<Answer>;
  /** Asks again with the results of all calls of `answer`, in their order. */
  tell(question: Question, answer: Answer, results: string[]): Promise<Answer>;
};

/** How an error shows itself to who uses the library. */
export type Refusal = {
  name: string;
  status: number | undefined;
  code: string | undefined;
  requestId?: string | undefined;
};
export type Subject = {
  /** The heading of its section in docs/clients.md. */
  heading: string;
  /** Without retries. */
  connect(place: Place): Promise<Client>;
  /** Where its questions go, by models whose engine speaks its dialect. */
  path: string;
  models: string[];
  /** The class of the error that a status becomes. */
  nameOf(status: number): string;
  refusalOf(error: unknown): Refusal;
  /** Whether its user gave up, and nothing else happened. */
  isGivenUp(error: unknown): boolean;
  /** False where its errors have no place for our code and the request's id. */
  tellsCodes?: false;
  /** False where calls have no id. */
  callsHaveIds?: false;
  /** Of which aimock counts nothing in this dialect, and says that every answer ended by itself. */
  uncounted?: string[];
};

/** The classes of OpenAI's client, and of those who build on it or copy them. */
export function openAiErrorOf(status: number): string {
  const names: Record<number, string> = {
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    429: "RateLimitError",
  };
  return names[status] ?? (status < 500 ? "APIError" : "InternalServerError");
}

export function openAiRefusalOf(error: unknown): Refusal {
  if (!(error instanceof APIError)) throw error;
  const { status, code, requestID } = error;
  const name = error.constructor.name;
  return { name, status, code: code ?? undefined, requestId: requestID ?? undefined };
}
