import { fileURLToPath } from 'node:url'

import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

import { budget } from './build/budget'
import { emoji } from './build/emoji'
import { policy } from './build/policy'
import { worker } from './build/worker'

// `npm run dev` serves the client alone and passes the rest to a running `labchat up`.
const server = 'http://localhost:8080'
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The gallery shows every state of the client to its tests, and is never deployed. */
function inputs(mode: string): Record<string, string> {
  return mode === 'gallery' ? { gallery: path('gallery.html') } : { index: path('index.html'), sw: path('src/sw.ts') }
}

export default defineConfig(({ mode }) => ({
  plugins: [vue(), emoji(), policy(), ...(mode === 'gallery' ? [] : [worker(), budget()])],
  define: { __VUE_OPTIONS_API__: 'false' },
  build: {
    target: 'es2022',
    // Inlined fonts and pictures would be `data:` addresses, which the policy forbids.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: inputs(mode),
      output: {
        // One file: the gallery is loaded a hundred times.
        ...(mode === 'gallery' ? { codeSplitting: false } : {}),
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    proxy: {
      '/config.json': server,
      '/cognito': server,
      '/mail': server,
      '/ws': { target: server, ws: true },
    },
  },
  test: { include: ['tests/**/*.test.ts'], setupFiles: ['tests/setup.ts'], testTimeout: 5000 },
}))
