import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// `npm run dev` serves the client alone and passes the rest to a running `labchat up`.
const server = 'http://localhost:8080'

export default defineConfig({
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: 'false' },
  build: { target: 'es2022' },
  server: {
    proxy: {
      '/config.json': server,
      '/cognito': server,
      '/mail': server,
      '/ws': { target: server, ws: true },
    },
  },
  test: { include: ['tests/**/*.test.ts'], setupFiles: ['tests/setup.ts'], testTimeout: 5000 },
})
