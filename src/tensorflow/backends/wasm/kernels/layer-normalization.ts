import type {
  LayerNormalizationAttrs,
  LayerNormalizationGradInputs,
  LayerNormalizationInputs,
} from "../../../fused/layer-normalization.js";
import { channelSums } from "./channel-sums.js";
import { floatsOf, type WasmKernelCall, wasmKernel } from "../kernel.js";
import { addressOf, NS_PER_NUMBER, threadPool } from "../threads/thread-pool.js";

export const layerNormalization = wasmKernel(
  "LayerNormalization",
  ({ inputs, attrs, backend }: WasmKernelCall<LayerNormalizationInputs, LayerNormalizationAttrs>) => {
    const [rows, columns] = inputs.x.shape as [number, number];
    const outputs = [[rows, columns], [rows], [rows]].map((shape) => backend.makeOutput(shape, "float32"));
    const { x, gamma, beta } = inputs;
    const [from, by, shift, y, mean, scale] = [x, gamma, beta, ...outputs].map((tensor) => addressOf(backend, tensor));
    threadPool(backend).run("normalizeRows", [from!, by!, shift!, y!, mean!, scale!, columns, attrs.epsilon], {
      units: rows,
      each: 2 * columns * NS_PER_NUMBER,
    });
    return outputs;
  },
);

export const layerNormalizationGrad = wasmKernel(
  "LayerNormalizationGrad",
  ({ inputs, backend }: WasmKernelCall<LayerNormalizationGradInputs, object>) => {
    const [rows, columns] = inputs.x.shape as [number, number];
    const outputs = [[rows, columns], [columns], [columns]].map((shape) => backend.makeOutput(shape, "float32"));
    const [dx, dGamma, dBeta] = outputs;
    const at = { dy: 0, x: 0, gamma: 0, mean: 0, scale: 0 };
    for (const name of Object.keys(at) as (keyof typeof at)[]) at[name] = addressOf(backend, inputs[name]);
    const args = [at.dy, at.x, at.gamma, at.mean, at.scale, addressOf(backend, dx!), columns] as const;
    threadPool(backend).run("normalizeRowsGradient", [...args], { units: rows, each: 2 * columns * NS_PER_NUMBER });
    const normalized = channelSums(backend, "sumNormalized", [at.dy, at.x, at.mean, at.scale], rows, columns);
    floatsOf(backend, dGamma!).set(normalized);
    floatsOf(backend, dBeta!).set(channelSums(backend, "sumChannels", [at.dy], rows, columns));
    return outputs;
  },
);
