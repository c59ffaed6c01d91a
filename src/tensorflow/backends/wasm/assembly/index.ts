export { erf, gelu, geluGradient, tanh } from "./activations";
export { adamStep } from "./adam";
export {
  addChannels,
  combineChannels,
  scaleChannels,
  sumChannels,
  sumNormalized,
  sumProducts,
  sumSquares,
} from "./channels";
export { convolve, packFilter } from "./convolve";
export { dots } from "./dots";
export { dropoutMask } from "./dropout";
export { extremeGradient } from "./extremes";
export { filterGradient } from "./filter-gradient";
export { storeConstants } from "./functions";
export { copyRows, placeImages } from "./images";
export { lstm, lstmGradient } from "./lstm";
export { multiplyMatrices, packColumns } from "./matrices";
export { maxPoolGradient } from "./pooling";
export { leakyRelu, leakyReluGradient, relu, reluGradient } from "./relu";
export { rmsPropStep } from "./rms-prop";
export { normalizeRows, normalizeRowsGradient, softmax, softmaxGradient } from "./rows";
export { countNonZeros, sparseFilterGradient, sparseInputGradient } from "./sparse";
export { transformFilter, winograd } from "./winograd";
