// Installed (as a copy) into the extension's node_modules, the only place the TypeScript server loads plugins from.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- what the server loads is CommonJS.
module.exports = require("../../dist/typescript-plugin.cjs").init;
