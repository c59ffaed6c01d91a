export { adamStep } from "./adam";
export { addChannels, combineChannels, scaleChannels, sumChannels, sumProducts, sumSquares } from "./channels";
export { convolve, packFilter } from "./convolve";
export { dots } from "./dots";
export { dropoutMask } from "./dropout";
export { filterGradient } from "./filter-gradient";
export { copyRows, placeImages } from "./images";
export { maxPoolGradient } from "./pooling";
export { relu, reluGradient } from "./relu";
