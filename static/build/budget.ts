// The page stays light, or the build fails: gzip sizes of the JavaScript that a start loads.

import { gzipSync } from 'node:zlib'

import type { Plugin } from 'vite'

/** kB. What one aims at stands in docs/architecture.md; here is where it stops. */
const PAINT = 150
const UNCLICKED = 230

/** Loaded by themselves after the first paint. */
const SOON = [/\/app\/auth\.ts$/u, /\/rich\/markdown\.ts$/u, /\/i18n\/vi\.ts$/u]

export function budget(): Plugin {
  return {
    name: 'labchat:budget',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      const size = (start: string[]) => {
        const seen = new Set<string>()
        const visit = (name: string) => {
          const chunk = bundle[name]
          if (chunk?.type !== 'chunk' || seen.has(name)) return
          seen.add(name)
          chunk.imports.forEach(visit)
        }
        start.forEach(visit)
        return [...seen].reduce((sum, name) => sum + gzipSync((bundle[name] as { code: string }).code).length, 0) / 1000
      }
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
      const entry = chunks.filter((chunk) => chunk.isEntry && chunk.fileName !== 'sw.js').map((chunk) => chunk.fileName)
      const soon = chunks.filter((chunk) => SOON.some((end) => end.test(chunk.facadeModuleId ?? ''))).map((chunk) => chunk.fileName)
      if (entry.length === 0) return
      if (soon.length !== SOON.length) throw new Error('budget: a chunk that is loaded after the first paint was not found')
      const [paint, unclicked] = [size(entry), size([...entry, ...soon])]
      this.info(`JavaScript, gzip: ${paint.toFixed(1)} kB to paint and type, ${unclicked.toFixed(1)} kB without a click`)
      if (paint > PAINT) throw new Error(`budget: ${paint.toFixed(1)} kB to paint, at most ${PAINT}`)
      if (unclicked > UNCLICKED) throw new Error(`budget: ${unclicked.toFixed(1)} kB without a click, at most ${UNCLICKED}`)
    },
  }
}
