// `virtual:emoji`: the picker's table, from emoji-picker-element-data, small enough to send.

import { createRequire } from 'node:module'

import type { Plugin } from 'vite'

interface Datum {
  emoji: string
  annotation: string
  tags?: string[]
  shortcodes?: string[]
  group?: number
}

const ID = 'virtual:emoji'
/** Skin tones and hair by themselves are no emoji to pick. */
const COMPONENT = 2

function table(): string {
  const load = createRequire(import.meta.url)
  const all = load('emoji-picker-element-data/en/emojibase/data.json') as Datum[]
  const own = new Map((load('emoji-picker-element-data/vi/cldr/data.json') as Datum[]).map((each) => [each.emoji, each]))
  const rows = all
    .filter(({ group }) => group !== undefined && group !== COMPONENT)
    .map(({ emoji, annotation, tags = [], shortcodes = [], group }) => {
      const vi = own.get(emoji)
      const words = new Set([...tags, ...shortcodes.map((code) => code.replaceAll('_', ' ')), ...(vi?.tags ?? [])])
      return [emoji, annotation, vi?.annotation ?? '', group, [...words].join(' ')]
    })
  return `export default ${JSON.stringify(rows)}`
}

export function emoji(): Plugin {
  return {
    name: 'labchat:emoji',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load: (id) => (id === `\0${ID}` ? table() : undefined),
  }
}
