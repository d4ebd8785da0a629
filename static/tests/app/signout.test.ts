// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { useChat } from '../../src/stores/chat'
import { useSession } from '../../src/stores/session'
import { ChatDb } from '../../src/store/db'

const silence = vi.hoisted(() => () => new Promise<never>(() => undefined))
vi.mock('../../src/app/auth', () => ({ configure: () => undefined, leave: silence, token: silence }))
vi.mock('../../src/app/config', () => ({ loadSites: async () => [{ name: 'lab' }] }))

// Another tab leads.
Object.defineProperty(navigator, 'locks', { value: { request: silence } })

const TOKEN = 'CognitoIdentityServiceProvider.client.ada.accessToken'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  localStorage.setItem('labchat.account', JSON.stringify({ uid: 'ada', email: 'a@b.c', name: 'Ada' }))
  localStorage.setItem(TOKEN, 'secret')
  setActivePinia(createPinia())
})
afterEach(() => vi.useRealTimers())

it('leaves the device clean although the sign-in service never answers', async () => {
  const db = new ChatDb('ada')
  await db.users.put({ uid: 'ada', name: 'Ada' })
  db.close()
  const out = useChat().signOut(false)
  expect(useSession().account).toBeUndefined()
  await vi.waitFor(async () => expect(await new ChatDb('ada').users.count()).toBe(0))
  await vi.advanceTimersByTimeAsync(5000)
  await out
  expect(localStorage.getItem(TOKEN)).toBeNull()
})
