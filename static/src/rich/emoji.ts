// The emoji of the picker and of `:name` in the composer, from our own origin, on demand.

import { fold } from '../model/fold'

export interface Emoji {
  emoji: string
  name: string
  /** The Vietnamese name; '' when there is none. */
  vi: string
  /** Short names and words to find it by, folded. */
  words: string
  group: number
}

let table: Promise<Emoji[]> | undefined

/** Made at build time by the `emoji` plugin of vite.config.ts. */
export function emojis(): Promise<Emoji[]> {
  table ??= import('virtual:emoji').then(({ default: rows }) =>
    rows.map(([emoji, name, vi, group, words]) => ({ emoji, name, vi, group, words: fold(`${name} ${vi} ${words}`) })),
  )
  return table
}

export async function findEmoji(typed: string, most: number): Promise<Emoji[]> {
  const wanted = fold(typed).replaceAll('_', ' ')
  const rank = ({ name, words }: Emoji) => (name.startsWith(wanted) ? 0 : words.split(' ').some((word) => word.startsWith(wanted)) ? 1 : 2)
  return (await emojis())
    .filter(({ words }) => words.includes(wanted))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, most)
}
