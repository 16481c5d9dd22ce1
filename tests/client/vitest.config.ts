import { defineConfig } from "vitest/config";

// Files run one after another: each starts real servers, and two cores are all there is.
export default defineConfig({
  test: {
    include: ["*.test.ts", "clients/*.test.ts"],
    fileParallelism: false,
    allowOnly: false,
    passWithNoTests: false,
    testTimeout: 60_000,
    hookTimeout: 90_000,
    silent: "passed-only",
    reporters: ["default"],
  },
});
