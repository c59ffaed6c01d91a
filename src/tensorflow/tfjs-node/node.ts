import { decodeImage as decodePngOrJpeg, decodeJpeg as readJpeg, decodePng as readPng } from "./images.js";
import { native } from "./native.js";

/** What `tf.node` of tfjs-node has. */
export { summaryFileWriter, tensorBoard } from "./tensor-board.js";

export const decodeImage = native("decodeImage", decodePngOrJpeg);
export const decodePng = native("decodePng", readPng);
export const decodeJpeg = native("decodeJpeg", readJpeg);
export const decodeBmp = native("decodeBmp");
export const decodeGif = native("decodeGif");
export const encodePng = native("encodePng");
export const encodeJpeg = native("encodeJpeg");
export const loadSavedModel = native("loadSavedModel");
export const getMetaGraphsFromSavedModel = native("getMetaGraphsFromSavedModel");
export const getNumOfSavedModels = native("getNumOfSavedModels");
