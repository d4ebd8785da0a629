// The service worker's side in the page: registration, and the question when a new version waits.

import { shallowRef } from 'vue'

/** A newer version of the client is here and waits for a reload. */
export const updateReady = shallowRef<ServiceWorker>()

const LOOK_AGAIN = 60 * 60_000

interface ScriptUrls {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): string }
}

/** The page's policy for Trusted Types: the one script that is named in code is the worker's. */
function workerUrl(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: ScriptUrls }
  if (trustedTypes === undefined) return '/sw.js'
  const rules = {
    createScriptURL: (url: string) => {
      if (url !== '/sw.js') throw new TypeError(`not a script of this page: ${url}`)
      return url
    },
  }
  return trustedTypes.createPolicy('labchat', rules).createScriptURL('/sw.js')
}

export function startWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  void register().catch((error: unknown) => console.warn('labchat: the chat will not start offline:', error))
}

async function register(): Promise<void> {
  const registration = await navigator.serviceWorker.register(workerUrl())
  const offer = (worker: ServiceWorker | null) => {
    // The first worker of this browser replaces nothing.
    if (worker?.state === 'installed' && navigator.serviceWorker.controller) updateReady.value = worker
  }
  offer(registration.waiting)
  registration.addEventListener('updatefound', () => {
    const worker = registration.installing
    worker?.addEventListener('statechange', () => offer(worker))
  })
  setInterval(() => void registration.update().catch(() => undefined), LOOK_AGAIN)
  // Asked for, the browser keeps what was written and not sent even when it needs space.
  void navigator.storage?.persist?.()
}

/** The waiting version takes over, and every tab begins anew with it. */
export function reload(): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload())
  updateReady.value?.postMessage('take over')
}
