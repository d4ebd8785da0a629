import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'

import { newId } from '../app/env'
import { Runtime } from '../app/runtime'
import { useLive } from '../composables/useLive'
import { LOBBY, type RoomSummary } from '../model/protocol'
import type { Status } from '../net/connection'
import { forget } from '../store/db'
import { discard, enqueue, retry } from '../store/outbox'
import { useSession } from './session'
import { useSite } from './site'

const CONNECTING: Status = { phase: 'connecting', latency: undefined }
const LAST = 'labchat.room'

/** The lobby first, the others by name. */
function inOrder(rooms: RoomSummary[]): RoomSummary[] {
  const rank = (room: RoomSummary) => (room.rid === LOBBY ? 0 : 1)
  return rooms.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
}

/** The chat of the signed-in user: the local copy, and the line to the tab with the socket. */
export const useChat = defineStore('chat', () => {
  const session = useSession()
  const site = useSite()
  const runtime = shallowRef<Runtime>()
  const status = shallowRef<Status>(CONNECTING)

  watch(
    () => session.account,
    (account, previous) => {
      // The same person again after an ended session: the waiting socket goes on.
      if (account && account.uid === previous?.uid) return void call('wake').catch(() => undefined)
      runtime.value?.stop()
      status.value = CONNECTING
      runtime.value = account && new Runtime({
        account,
        site: site.load,
        token: (fresh) => session.token(account.uid, fresh),
        onStatus: (next) => (status.value = next),
      })
    },
    { immediate: true, flush: 'sync' },
  )

  const db = computed(() => runtime.value?.db)
  const rooms = useLive(db, async (d) => (d ? inOrder(await d.rooms.toArray()) : undefined), undefined)
  const users = useLive(
    db,
    async (d) => new Map((await d?.users.toArray())?.map((user) => [user.uid, user.name])),
    new Map<string, string>(),
  )
  const unsent = useLive(
    db,
    async (d) => (d ? await d.outbox.where('state').equals('pending').count() : 0),
    0,
  )

  const me = computed(() => session.account?.uid ?? '')
  const lastRoom = ref(localStorage.getItem(LAST) ?? LOBBY)

  function opened(rid: string): void {
    lastRoom.value = rid
    localStorage.setItem(LAST, rid)
  }

  function need(): Runtime {
    if (runtime.value === undefined) throw new Error('nobody is signed in')
    return runtime.value
  }

  const call: Runtime['line']['call'] = (method, ...args) => need().line.call(method, ...args)

  function nameOf(uid: string): string {
    return users.value.get(uid) ?? (uid === me.value ? session.account?.name : undefined) ?? 'Somebody'
  }

  async function send(rid: string, body: string): Promise<void> {
    await enqueue(need().db, { id: newId(), rid, body, at: Date.now() })
  }

  function tryAgain(id: string): Promise<void> {
    return retry(need().db, id)
  }

  async function remove(id: string): Promise<string | undefined> {
    return (await discard(need().db, id))?.body
  }

  async function createRoom(name: string): Promise<string> {
    return (await call('create', newId(), name)).rid
  }

  /** Leaves this device clean. What was not sent stays for the next sign-in if `keepUnsent`. */
  async function signOut(keepUnsent: boolean): Promise<void> {
    const uid = me.value
    const left = session.signOut()
    localStorage.removeItem(LAST)
    lastRoom.value = LOBBY
    // Not only after the sign-in service has answered: the tab may be closed before.
    await forget(uid, keepUnsent)
    await left
  }

  return {
    db, status, rooms, users, unsent, me, lastRoom,
    opened, call, nameOf, send, tryAgain, remove, createRoom, signOut,
  }
})
