import { describeClient } from "../harness/client_matrix.ts";
import { responses } from "./responses.ts";

describeClient(responses);
