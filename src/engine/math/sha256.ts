import { firstPrimes } from "./primes.js";

/** The hexadecimal SHA-256 (FIPS 180-4) of a text in ASCII. For names that other programs compute too, not for secrets. */
export function sha256(ascii: string): string {
  const hash = Uint32Array.from(firstPrimes(8), (prime) => fractionBits(Math.sqrt(prime)));
  const words = paddedWords(ascii);
  for (let block = 0; block < words.length; block += 16) compress(hash, words.subarray(block, block + 16));
  return [...hash].map((word) => word.toString(16).padStart(8, "0")).join("");
}

const ROUNDS = 64;
const roundConstants = Uint32Array.from(firstPrimes(ROUNDS), (prime) => fractionBits(Math.cbrt(prime)));

/** The first 32 bits after the point. */
function fractionBits(x: number): number {
  return Math.floor((x - Math.floor(x)) * 2 ** 32);
}

/** The text, a one bit, zeros, and the text's length in bits, in blocks of 16 big-endian words. */
function paddedWords(ascii: string): Uint32Array {
  const words = new Uint32Array(16 * Math.ceil((ascii.length + 9) / 64));
  for (let i = 0; i < ascii.length; i++) words[i >> 2]! |= ascii.charCodeAt(i) << (24 - 8 * (i % 4));
  words[ascii.length >> 2]! |= 0x80 << (24 - 8 * (ascii.length % 4));
  words[words.length - 1] = ascii.length * 8;
  return words;
}

function compress(hash: Uint32Array, block: Uint32Array): void {
  const schedule = new Uint32Array(ROUNDS);
  schedule.set(block);
  for (let t = 16; t < ROUNDS; t++) {
    const [w2, w15] = [schedule[t - 2]!, schedule[t - 15]!];
    const sigma0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3);
    const sigma1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10);
    schedule[t] = schedule[t - 16]! + sigma0 + schedule[t - 7]! + sigma1;
  }
  let [a, b, c, d, e, f, g, h] = [...hash] as [number, number, number, number, number, number, number, number];
  for (let t = 0; t < ROUNDS; t++) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + sum1 + ((e & f) ^ (~e & g)) + roundConstants[t]! + schedule[t]!) | 0;
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const second = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) hash[i]! += value;
}

function rotate(x: number, by: number): number {
  return (x >>> by) | (x << (32 - by));
}
