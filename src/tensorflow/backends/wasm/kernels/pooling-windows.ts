import type * as tf from "@tensorflow/tfjs";

/** One axis of a window that moves over an image: its reach, its step, and the zeros before the image. */
interface WindowAxis {
  readonly inSize: number;
  readonly outSize: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBefore: number;
}

/** How a window moves over images [batch, depth, height, width, channels]; without depth, that axis has size 1. */
export interface Windows {
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly depth: WindowAxis;
  readonly rows: WindowAxis;
  readonly columns: WindowAxis;
}

type Plane = Omit<tf.backend_util.Conv2DInfo, "inShape" | "outShape" | "filterShape" | "dataFormat">;

const flat: WindowAxis = { inSize: 1, outSize: 1, filter: 1, stride: 1, dilation: 1, padBefore: 0 };

export function windows2D(info: tf.backend_util.Conv2DInfo): Windows {
  return { ...planeWindows(info), depth: flat };
}

export function windows3D(info: tf.backend_util.Conv3DInfo): Windows {
  const depth = {
    inSize: info.inDepth,
    outSize: info.outDepth,
    filter: info.filterDepth,
    stride: info.strideDepth,
    dilation: info.dilationDepth,
    padBefore: info.padInfo.front,
  };
  return { ...planeWindows(info), depth };
}

function planeWindows(info: Plane): Omit<Windows, "depth"> {
  return {
    batch: info.batchSize,
    inChannels: info.inChannels,
    outChannels: info.outChannels,
    rows: {
      inSize: info.inHeight,
      outSize: info.outHeight,
      filter: info.filterHeight,
      stride: info.strideHeight,
      dilation: info.dilationHeight,
      padBefore: info.padInfo.top,
    },
    columns: {
      inSize: info.inWidth,
      outSize: info.outWidth,
      filter: info.filterWidth,
      stride: info.strideWidth,
      dilation: info.dilationWidth,
      padBefore: info.padInfo.left,
    },
  };
}

/**
 * Visits each place of the window with the elements under it.
 *
 * @param visit gets the place's offset in the output (its first channel), and how many of the window's elements lie on the
 * image: their offsets in the input (first channel) and their positions in the filter are the first `count` of `pixels` and
 * `positions`, which are filled anew for each place. Positions count row by row from the filter's first.
 */
export function forEachWindow(
  { batch, inChannels, outChannels, depth, rows, columns }: Windows,
  visit: (out: number, count: number, pixels: Int32Array, positions: Int32Array) => void,
): void {
  const size = depth.filter * rows.filter * columns.filter;
  const [pixels, positions] = [new Int32Array(size), new Int32Array(size)];
  const [depthSpans, rowSpans, columnSpans] = [spansOf(depth), spansOf(rows), spansOf(columns)];
  let out = 0;
  for (let b = 0; b < batch; b++) {
    for (const depthSpan of depthSpans) {
      for (const rowSpan of rowSpans) {
        for (const columnSpan of columnSpans) {
          let count = 0;
          for (let d = depthSpan.first; d < depthSpan.end; d++) {
            const plane = b * depth.inSize + depthSpan.start + d * depth.dilation;
            for (let r = rowSpan.first; r < rowSpan.end; r++) {
              const row = plane * rows.inSize + rowSpan.start + r * rows.dilation;
              const position = (d * rows.filter + r) * columns.filter;
              for (let c = columnSpan.first; c < columnSpan.end; c++, count++) {
                pixels[count] = (row * columns.inSize + columnSpan.start + c * columns.dilation) * inChannels;
                positions[count] = position + c;
              }
            }
          }
          visit(out, count, pixels, positions);
          out += outChannels;
        }
      }
    }
  }
}

/** Where a window starts on its axis, and which of its elements (from `first` to before `end`) lie on the image. */
interface Span {
  readonly start: number;
  readonly first: number;
  readonly end: number;
}

function spansOf({ inSize, outSize, filter, stride, dilation, padBefore }: WindowAxis): Span[] {
  return Array.from({ length: outSize }, (_, i) => {
    const start = i * stride - padBefore;
    const first = Math.max(0, Math.ceil(-start / dilation));
    const end = Math.min(filter, Math.ceil((inSize - start) / dilation));
    return { start, first, end };
  });
}
