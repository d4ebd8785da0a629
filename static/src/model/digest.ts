const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** CRC-32 as in zlib and Python's `zlib.crc32`. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!
  return (crc ^ 0xffffffff) >>> 0
}

/** The digest `h` of a ping: equal on both sides when no push was lost. */
export function digest(cursors: Readonly<Record<string, string>>): string {
  const lines = Object.entries(cursors).map(([rid, rev]) => `${rid}:${rev}`)
  return String(crc32(new TextEncoder().encode(lines.sort().join('\n'))))
}
