// A package of the workspace, so that it is in the extension's node_modules: the only place the TypeScript server loads plugins from. In the
// packaged extension it lies there as a copy, as deep in the folder as here.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- what the server loads is CommonJS.
module.exports = require("../../dist/typescript-plugin.cjs").init;
