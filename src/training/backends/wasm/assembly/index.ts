export { convolve, packFilter } from "./convolve";
export { filterGradient } from "./filter-gradient";
export { copyRows, placeImages } from "./images";
