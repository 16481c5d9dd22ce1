import { describeClient } from "../harness/client_matrix.ts";
import { openai } from "./openai.ts";

describeClient(openai);
