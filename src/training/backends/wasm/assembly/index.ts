export { adamStep } from "./adam";
export { combineChannels, scaleChannels, sumChannels, sumProducts, sumSquares } from "./channels";
export { convolve, packFilter } from "./convolve";
export { filterGradient } from "./filter-gradient";
export { copyRows, placeImages } from "./images";
export { maxPoolGradient } from "./pooling";
export { reluGradient } from "./relu";
