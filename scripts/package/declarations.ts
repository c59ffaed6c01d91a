/** Rolls up the types of what study files import: a few files in place of thousands. */
import { type LogHandlerWithDefault, type Plugin, rollup } from "rollup";
import { dts } from "rollup-plugin-dts";

/** Of `tunelens`, `tunelens/training`, and tfjs-node: what several use is in a file of its own, so that it is the same type to TypeScript. */
export async function rollUpOurTypes(out: string): Promise<void> {
  const roll = await rollup({
    input: {
      index: "dist/index.d.ts",
      "tensorflow/index": "dist/tensorflow/index.d.ts",
      "tensorflow/tfjs-node": "dist/tensorflow/tfjs-node.d.ts",
    },
    external: /^@tensorflow\//,
    plugins: [dts()],
    onLog: refuseWarnings,
  });
  await roll.write({ dir: out, entryFileNames: "[name].d.ts", chunkFileNames: "chunks/types.d.ts" });
}

/** Of `@tensorflow/tfjs`, with those of the packages that it is made of. */
export async function rollUpTensorFlowTypes(out: string): Promise<void> {
  const roll = await rollup({
    input: { index: "node_modules/@tensorflow/tfjs/dist/index.d.ts" },
    plugins: [withMethodsOfTensors(), dts({ respectExternal: true })],
    onLog: refuseWarnings,
  });
  await roll.write({ dir: out, entryFileNames: "[name].d.ts", chunkFileNames: "types.d.ts" });
}

/** A type that no entry exports may be part of one that is: it is in the file, without a name to import it by. */
const refuseWarnings: LogHandlerWithDefault = (level, log, byDefault) => {
  if (log.message.includes("private shared type exports")) return;
  byDefault(level === "warn" ? "error" : level, log);
};

/**
 * TensorFlow.js declares each method of a tensor in a module beside the class (`declare module "../../tensor"`), where the roll up would lose what
 * the names in it mean. They become an interface beside the class.
 */
function withMethodsOfTensors(): Plugin {
  const AUGMENTATION =
    /^declare module '[./]+\/tensor' \{\s*interface Tensor<R extends Rank = Rank> \{([\s\S]*?)^ {4}\}\s*^\}/m;
  const methods: string[] = [];
  return {
    name: "methods-of-tensors",
    transform(code) {
      const own = AUGMENTATION.exec(code)?.[1];
      if (own === undefined) return code.replace(/^\/\/\/ <reference types="@webgpu\/types\/dist" \/>$/gm, "");
      methods.push(own);
      return code.replace(AUGMENTATION, "");
    },
    renderChunk: (code) => `${code}\ninterface Tensor<R extends Rank = Rank> {\n${methods.join("")}}\n`,
  };
}
