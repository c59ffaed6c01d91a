import { fileURLToPath } from "node:url";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";

/** `eslint.config.js` without the rules that need types: those take seconds, for they read the whole program, and know only its files. */
export const untypedLint = new ESLint({
  cwd: fileURLToPath(new URL("../", import.meta.url)),
  overrideConfig: [tseslint.configs.disableTypeChecked],
});
