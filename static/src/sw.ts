// The service worker: the client's own files, all of one version, are here before it serves; so the
// chat opens with no network at all. Built into one file without imports, by vite.config.ts.

/** Paths with hashes in their names, and what of the pages' addresses belongs to the client. */
declare const __PRECACHE__: readonly string[]
declare const __PAGES__: readonly string[]
declare const __VERSION__: string

interface Worker extends EventTarget {
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
}
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface Fetching extends Lasting {
  request: Request
  respondWith(answer: Promise<Response>): void
}

const worker = self as unknown as Worker
const CACHE = `labchat ${__VERSION__}`
const SHELL = '/index.html'
const FILES = new Set(__PRECACHE__)
const PAGES = new RegExp(`^(?:${__PAGES__.join('|')})$`, 'u')

/** All or nothing: a version is never mixed with another. */
async function install(): Promise<void> {
  const cache = await caches.open(CACHE)
  await cache.addAll(__PRECACHE__.map((path) => new Request(path, { cache: path.startsWith('/assets/') ? 'default' : 'no-cache' })))
}

async function activate(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith('labchat ') && name !== CACHE)
  await Promise.all(old.map((name) => caches.delete(name)))
  await worker.clients.claim()
}

/** What the cache answers: files of this version, and the page for its own addresses. */
function cached({ method, mode, url }: Request): string | undefined {
  const { origin, pathname } = new URL(url)
  if (method !== 'GET' || origin !== location.origin) return undefined
  if (mode === 'navigate') return PAGES.test(pathname) ? SHELL : undefined
  return FILES.has(pathname) ? pathname : undefined
}

async function answer(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE)
  return (await cache.match(path)) ?? fetch(request)
}

worker.addEventListener('install', (event) => (event as Lasting).waitUntil(install()))
worker.addEventListener('activate', (event) => (event as Lasting).waitUntil(activate()))
worker.addEventListener('message', (event) => {
  if ((event as MessageEvent).data === 'take over') void worker.skipWaiting()
})
worker.addEventListener('fetch', (event) => {
  const { request } = event as Fetching
  const path = cached(request)
  if (path !== undefined) (event as Fetching).respondWith(answer(path, request))
})
