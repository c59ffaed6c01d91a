/** CRC-32 with the polynomial 0xEDB88320 (IEEE 802.3, as in zip and Python's `binascii.crc32`). */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder;
});

/** @returns the checksum of the text's UTF-8 bytes, 0 … 2^32 − 1. */
export function crc32(text: string): number {
  let checksum = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) checksum = (checksum >>> 8) ^ table[(checksum ^ byte) & 0xff]!;
  return (checksum ^ 0xffffffff) >>> 0;
}
