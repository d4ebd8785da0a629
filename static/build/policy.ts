// Trusted Types, wherever the client is served from: no string becomes HTML or a script, except by
// the two policies of these names, Vue's for its own templates and the one of app/worker.ts.

import type { Plugin } from 'vite'

export function policy(): Plugin {
  return {
    name: 'labchat:policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: "require-trusted-types-for 'script'; trusted-types vue labchat" },
        injectTo: 'head-prepend',
      },
    ],
  }
}
