import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = join(import.meta.dirname, '../src')

/** What each layer may import from the others, and which packages. The arrows point one way. */
const MAY: Record<string, string[]> = {
  i18n: ['i18n', 'vue'],
  model: ['model', 'i18n', 'ulid'],
  net: ['net', 'model'],
  store: ['store', 'model', 'net/ports', 'dexie'],
}

function imports(layer: string): { file: string; target: string }[] {
  return readdirSync(join(SRC, layer)).flatMap((file) => {
    const text = readFileSync(join(SRC, layer, file), 'utf8')
    return [...text.matchAll(/(?:from|import)\s*\(?'([^']+)'/gu)].map(([, target]) => ({
      file,
      target: target!.replace(/^\.\.\//u, '').replace(/^\.\//u, `${layer}/`),
    }))
  })
}

describe.each(Object.keys(MAY))('%s', (layer) => {
  it('imports only from layers below it', () => {
    const wrong = imports(layer).filter(
      ({ target }) => !MAY[layer]!.some((allowed) => target === allowed || target.startsWith(`${allowed}/`)),
    )
    expect(wrong).toEqual([])
  })
})

it.each(['model', 'net', 'store'])('%s knows no page', (layer) => {
  for (const file of readdirSync(join(SRC, layer))) {
    const text = readFileSync(join(SRC, layer, file), 'utf8').replace(/\/\/.*|\/\*[\s\S]*?\*\//gu, '')
    expect(text, file).not.toMatch(/\b(document|window|localStorage|navigator|setTimeout|Date\.now|Math\.random)\b/u)
  }
})

it('no HTML string is ever given to the page', () => {
  for (const file of readdirSync(SRC, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(vue|ts)$/u.test(file)) continue
    expect(readFileSync(join(SRC, file), 'utf8'), file).not.toMatch(/v-html|innerHTML/u)
  }
})
