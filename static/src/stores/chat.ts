import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'

import { newId } from '../app/env'
import { CONNECTING, engines, type Engine } from '../app/runtime'
import { useLive } from '../composables/useLive'
import { listOf, w } from '../i18n'
import { mentioned } from '../model/mentions'
import { LOBBY, type Actions, type Draft, type RoomSummary, type User } from '../model/protocol'
import { forget } from '../store/db'
import { discard, enqueue, retry } from '../store/outbox'
import { useSession } from './session'
import { useSite } from './site'

const LAST = 'labchat.room'
/** docs/protocol.md: `typ` is good for 6 s. */
const TYPING = 6000

/** The lobby first, the others by name. */
function inOrder(rooms: RoomSummary[]): RoomSummary[] {
  const rank = (room: RoomSummary) => (room.rid === LOBBY ? 0 : 1)
  return rooms.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
}

/** The chat of the signed-in user: the local copy, and the line to the tab with the socket. */
export const useChat = defineStore('chat', () => {
  const session = useSession()
  const site = useSite()
  const engine = shallowRef<Engine>()
  const status = shallowRef(CONNECTING)
  /** Who writes where, as `rid uid`, and the timer that ends it. */
  const typing = shallowRef<ReadonlyMap<string, ReturnType<typeof setTimeout>>>(new Map())

  watch(
    () => session.account,
    (account, previous) => {
      // The same person again after an ended session: the waiting socket goes on.
      if (account && account.uid === previous?.uid) return void call('wake').catch(() => undefined)
      engine.value?.stop()
      status.value = CONNECTING
      engine.value = account && engines.make({
        account,
        site: site.load,
        token: (fresh) => session.token(account.uid, fresh),
        onLive: (live) => (status.value = live),
        onTyping: (rid, uid) => setTyping(rid, uid, true),
      })
    },
    { immediate: true, flush: 'sync' },
  )

  const db = computed(() => engine.value?.db)
  const rooms = useLive(db, async (d) => (d ? inOrder(await d.rooms.toArray()) : undefined), undefined)
  const people = useLive(
    db,
    async (d) => new Map((await d?.users.toArray())?.map((user) => [user.uid, user])),
    new Map<string, User>(),
  )
  const unsent = useLive(
    db,
    async (d) => (d ? await d.outbox.where('state').equals('pending').count() : 0),
    0,
  )

  const me = computed(() => session.account?.uid ?? '')
  const online = computed(() => new Set(status.value.online))
  const connected = computed(() => status.value.phase === 'open')
  const lastRoom = ref(localStorage.getItem(LAST) ?? LOBBY)

  function opened(rid: string): void {
    lastRoom.value = rid
    localStorage.setItem(LAST, rid)
  }

  function need(): Engine {
    if (engine.value === undefined) throw new Error('nobody is signed in')
    return engine.value
  }

  const call: Engine['call'] = (method, ...args) => need().call(method, ...args)

  async function ask<A extends keyof Actions>(action: A, fields: Actions[A][0]): Promise<Actions[A][1]> {
    return (await call('ask', action, fields)) as Actions[A][1]
  }

  function nameOf(uid: string): string {
    return people.value.get(uid)?.name ?? (uid === me.value ? session.account?.name : undefined) ?? w.somebody
  }

  /** What a room is called: a direct one by the people who are in it. */
  function titleOf(room: RoomSummary): string {
    if (room.kind !== 'direct') return room.name
    const others = (room.uids ?? []).filter((uid) => uid !== me.value)
    return others.length === 0 ? w.directSelf : listOf(others.map(nameOf))
  }

  /** As `titleOf`, with the mark that a room of many carries. */
  function labelOf(room: RoomSummary): string {
    return room.kind === 'direct' ? titleOf(room) : `#${room.name}`
  }

  async function send(rid: string, body: string, about: Pick<Draft, 'th' | 'q'> & { files?: string[] } = {}): Promise<void> {
    const ment = mentioned(body, [...people.value.values()])
    await enqueue(need().db, { id: newId(), rid, body, at: Date.now(), ...about, ...(ment.length > 0 && { ment }) })
  }

  /** A new text for one's own message, and whom it mentions now. */
  async function edit(rid: string, id: string, body: string): Promise<void> {
    await ask('edit', { rid, id, body, ment: mentioned(body, [...people.value.values()]) })
  }

  function tryAgain(id: string): Promise<void> {
    return retry(need().db, id)
  }

  /** Takes an unsent message back. Undefined if it is on its way already. */
  async function takeBack(id: string): Promise<string | undefined> {
    return (await discard(need().db, id))?.body
  }

  function setTyping(rid: string, uid: string, on: boolean): void {
    const key = `${rid} ${uid}`
    const next = new Map(typing.value)
    clearTimeout(next.get(key))
    if (on) next.set(key, setTimeout(() => setTyping(rid, uid, false), TYPING))
    else next.delete(key)
    if (on || typing.value.has(key)) typing.value = next
  }

  function writers(rid: string): string[] {
    return [...typing.value.keys()].filter((key) => key.startsWith(`${rid} `)).map((key) => key.slice(rid.length + 1))
  }

  async function createRoom(name: string, kind: 'private' | 'public'): Promise<string> {
    return (await ask('room.create', { rid: newId(), name, kind })).room.rid
  }

  async function direct(uids: string[]): Promise<string> {
    return (await ask('room.direct', { rid: newId(), uids })).room.rid
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
    db, status, connected, rooms, people, unsent, me, online, lastRoom,
    opened, call, ask, nameOf, titleOf, labelOf, send, edit, tryAgain, takeBack, setTyping, writers, createRoom, direct, signOut,
  }
})
