import { crc32 } from './digest'

/** Up to two letters that stand for a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean)
  const picked = words.length > 1 ? [words[0]!, words.at(-1)!] : words
  const letters = picked.map((word) => [...word][0] ?? '')
  return letters.join('').toLocaleUpperCase() || '?'
}

export const HUES = 8

/** A steady choice of one of the eight hues for a user. */
export function hueOf(uid: string): number {
  return crc32(new TextEncoder().encode(uid)) % HUES
}
