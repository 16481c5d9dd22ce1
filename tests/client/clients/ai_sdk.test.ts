import { describeClient } from "../harness/client_matrix.ts";
import { aiSdk } from "./ai_sdk.ts";

describeClient(aiSdk);
