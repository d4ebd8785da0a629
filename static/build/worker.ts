// What the service worker is built from beside its source: the list of files, and its pages.

import { createHash } from 'node:crypto'

import type { Plugin } from 'vite'

/** The addresses that are the client's (router.ts), as the insides of a regular expression. */
const PAGES = ['/', '/r/[^/]+(?:/[^/]+)?', '/admin', '/sign-in(?:/more)?', '/sign-up', '/confirm', '/reset']

/** Files of public/ that a start without a network needs. */
const PUBLIC = ['/favicon.svg', '/manifest.webmanifest', '/icon-192.png']

/** Old formats of KaTeX's fonts, which no browser asks for that runs this code. */
const UNUSED = /\.(?:ttf|woff)$/u

export function worker(): Plugin {
  return {
    name: 'labchat:worker',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      for (const name of Object.keys(bundle)) if (UNUSED.test(name)) delete bundle[name]
      const sw = bundle['sw.js']
      if (sw?.type !== 'chunk') return
      if (sw.imports.length > 0) throw new Error('the service worker must be one file')
      const assets = Object.keys(bundle).filter((name) => name.startsWith('assets/')).sort()
      const files = ['/index.html', ...PUBLIC, ...assets.map((name) => `/${name}`)]
      const page = Object.values(bundle).map((file) => file.fileName).sort().join('\n')
      const version = createHash('sha256').update(page).update(sw.code).digest('hex').slice(0, 12)
      sw.code = sw.code
        .replaceAll('__PRECACHE__', JSON.stringify(files))
        .replaceAll('__PAGES__', JSON.stringify(PAGES))
        .replaceAll('__VERSION__', JSON.stringify(version))
    },
  }
}
