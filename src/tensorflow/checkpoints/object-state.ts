import * as tf from "@tensorflow/tfjs";
import { expectAlive } from "../leaks.js";

/**
 * What the fields of an object hold, as JSON: numbers, texts, tensors, and lists and plain objects of them. An optimizer or a callback that
 * gets it back goes on as if it had never stopped.
 */
export type ObjectState = { readonly [field: string]: FieldState };

type FieldState =
  | null
  | boolean
  | string
  | number
  /** What JSON has no number for. */
  | { readonly number: string }
  | { readonly nothing: true }
  /** A typed array, as Base64. */
  | { readonly bytes: string; readonly of: string }
  /** An index among the tensors. */
  | { readonly tensor: number; readonly trainable?: boolean }
  | { readonly list: readonly FieldState[] }
  | { readonly fields: ObjectState };

/** What every callback gets from its training. */
const given: readonly string[] = ["model", "params", "validationData"];

/** Called with the path of what cannot be kept, such as `buffer.items`. */
type Refuse = (field: string) => void;

/**
 * The state of an object. What it holds besides data (functions, other objects) is left out.
 * @param tensors those that it holds are added.
 * @param refuse called for what is left out and is no function.
 */
export function stateOf(object: object, tensors: tf.Tensor[], refuse: Refuse = () => {}): ObjectState {
  const kept = Object.entries(object).flatMap(([name, value]): [string, FieldState][] => {
    if (given.includes(name)) return [];
    const state = fieldState(value, tensors, (field) => refuse(name + field));
    return state === undefined ? [] : [[name, state]];
  });
  return Object.fromEntries(kept);
}

/** @param refuse called with the path from the value, such as `.items`. */
function fieldState(value: unknown, tensors: tf.Tensor[], refuse: Refuse): FieldState | undefined {
  if (value === undefined) return { nothing: true };
  if (typeof value === "number")
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { number: Object.is(value, -0) ? "-0" : `${value}` };
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (value instanceof tf.Tensor) {
    const tensor = tensors.push(value as tf.Tensor) - 1;
    return value instanceof tf.Variable ? { tensor, trainable: value.trainable } : { tensor };
  }
  if (Array.isArray(value)) {
    const list = value.map((item, i) => fieldState(item, tensors, (field) => refuse(`[${i}]${field}`)));
    return list.every((item) => item !== undefined) ? { list } : undefined;
  }
  if (isTypedArray(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return { bytes: Buffer.from(buffer, byteOffset, byteLength).toString("base64"), of: value.constructor.name };
  }
  if (isPlain(value)) return { fields: stateOf(value, tensors, (field) => refuse(`.${field}`)) };
  if (typeof value !== "function") refuse("");
  return undefined;
}

/** Gives an object a state back. @param tensors as `stateOf` listed them. */
export function restoreState(object: object, state: ObjectState, tensors: readonly tf.Tensor[]): void {
  for (const [name, field] of Object.entries(state))
    Reflect.set(object, name, restored(Reflect.get(object, name), field, tensors));
}

function restored(now: unknown, field: FieldState, tensors: readonly tf.Tensor[]): unknown {
  if (typeof field !== "object" || field === null) return field;
  if ("number" in field) return Number(field.number);
  if ("nothing" in field) return undefined;
  if ("bytes" in field) return typedArray(field.of, field.bytes);
  if ("tensor" in field) return restoredTensor(now, tensors[field.tensor]!, field.trainable);
  if ("list" in field)
    return field.list.map((item, i) => restored(Array.isArray(now) ? (now as unknown[])[i] : undefined, item, tensors));
  const object = typeof now === "object" && now !== null ? now : {};
  restoreState(object, field.fields, tensors);
  return object;
}

function restoredTensor(now: unknown, tensor: tf.Tensor, trainable: boolean | undefined): tf.Tensor {
  if (now instanceof tf.Variable) {
    now.assign(tensor);
    return now;
  }
  if (now instanceof tf.Tensor) now.dispose();
  if (trainable !== undefined) return tf.variable(tensor, trainable);
  const own = tf.keep(tensor.clone());
  expectAlive([own]);
  return own;
}

const typedArrays = {
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
};
type TypedArray = InstanceType<(typeof typedArrays)[keyof typeof typedArrays]>;

function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && Object.hasOwn(typedArrays, value.constructor.name);
}

function typedArray(name: string, base64: string): TypedArray {
  const { buffer } = new Uint8Array(Buffer.from(base64, "base64"));
  return new typedArrays[name as keyof typeof typedArrays](buffer);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
