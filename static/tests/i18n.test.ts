import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parse } from '@vue/compiler-sfc'
import { expect, it } from 'vitest'

import { preferred } from '../src/i18n'
import { en } from '../src/i18n/en'
import { vi } from '../src/i18n/vi'

const SRC = join(import.meta.dirname, '../src')
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
const pages = files.filter((file) => file.endsWith('.vue'))

/** Names and keys, which are the same in every language. */
const SAME = new Set(['labchat', 'Ctrl K', '99+', '@', '(', ')'])
const SPOKEN = /^(?:aria-label|title|placeholder|alt|label|hint)$/u

interface Node {
  type: number
  content?: string | { content?: string }
  props?: { type: number; name: string; value?: { content: string } }[]
  children?: Node[]
}

/** Words that stand in a template instead of in the catalogue. */
function literal(node: Node): string[] {
  const [TEXT, ATTRIBUTE] = [2, 6]
  const own = node.type === TEXT && typeof node.content === 'string' ? [node.content.trim()] : []
  const spoken = (node.props ?? []).filter(({ type, name }) => type === ATTRIBUTE && SPOKEN.test(name))
  const texts = [...own, ...spoken.map(({ value }) => value?.content ?? '')]
  const words = texts.filter((text) => /\p{L}{2,}/u.test(text) && !SAME.has(text))
  return [...words, ...(node.children ?? []).flatMap(literal)]
}

it.each(pages)('%s takes its words from the catalogue', (file) => {
  const { descriptor } = parse(readFileSync(join(SRC, file), 'utf8'))
  expect(literal(descriptor.template?.ast as unknown as Node)).toEqual([])
})

function keys(words: object, path = ''): string[] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'object' ? keys(value as object, `${path}${key}.`) : [`${path}${key}`],
  )
}

it('both catalogues have the same keys, none of them empty', () => {
  expect(keys(vi)).toEqual(keys(en))
  for (const catalogue of [en, vi]) expect(JSON.stringify(catalogue)).not.toMatch(/:""/u)
})

it('every word of the catalogue is used', () => {
  const code = files.filter((file) => /\.(?:vue|ts)$/u.test(file) && !/^i18n.(?:en|vi)/u.test(file)).map((file) => readFileSync(join(SRC, file), 'utf8')).join('\n')
  // Tables that are read by a key that is not written out.
  const tables = /^(?:refused|roles|levels|connection|keys|auth\.(?:ask|errors)|emoji\.groups|settings\.(?:themes|sends|saved))(?:\.|$)/u
  expect(keys(en).filter((key) => !tables.test(key) && !code.includes(`w.${key}`))).toEqual([])
})

it("takes the first of the reader's languages that there is", () => {
  expect(preferred(['fr', 'vi-VN', 'en'])).toBe('vi')
  expect(preferred(['fr'])).toBe('en')
})
