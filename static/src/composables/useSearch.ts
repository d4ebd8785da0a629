import { ref, shallowRef } from 'vue'

import { fold } from '../model/fold'
import type { MessageItem, RoomSummary } from '../model/protocol'
import { inRoom, type StoredMessage } from '../store/db'
import { useChat } from '../stores/chat'
import { because } from './useActions'

export type Found = Omit<MessageItem, 'k'>

/** Rooms are asked one after the other, each for a page, until this much is found. */
const ENOUGH = 50

/** Finds messages: with a connection in everything that the rooms hold, without one on this device. */
export function useSearch() {
  const chat = useChat()
  const found = shallowRef<Found[]>([])
  const busy = ref(false)
  const problem = ref('')
  /** Only what is on this device was searched. */
  const local = ref(false)
  /** Where each room's search goes on. */
  let left: { rid: string; before?: string | undefined }[] = []
  const more = ref(false)
  let run = 0

  async function search(q: string, rooms: readonly RoomSummary[]): Promise<void> {
    const mine = ++run
    found.value = []
    problem.value = ''
    more.value = false
    local.value = !chat.connected
    left = rooms.map(({ rid }) => ({ rid }))
    if (q.trim() === '') return
    if (local.value) await here(q, rooms, mine)
    else await on(q, mine)
  }

  async function on(q: string, mine = run): Promise<void> {
    busy.value = true
    problem.value = ''
    const goal = found.value.length + ENOUGH
    try {
      while (left.length > 0 && found.value.length < goal) {
        const [{ rid, before }] = left as [(typeof left)[number]]
        const { items, next } = await chat.ask('search', { rid, q, ...(before && { before }) })
        if (mine !== run) return
        left = next ? [{ rid, before: next }, ...left.slice(1)] : left.slice(1)
        found.value = [...found.value, ...items]
      }
    } catch (error) {
      if (mine === run) problem.value = because(error)
    } finally {
      if (mine === run) {
        busy.value = false
        more.value = left.length > 0
      }
    }
  }

  async function here(q: string, rooms: readonly RoomSummary[], mine: number): Promise<void> {
    const words = fold(q).split(/\s+/u).filter(Boolean)
    const has = ({ body }: StoredMessage) => words.every((word) => fold(body).includes(word))
    for (const { rid } of rooms) {
      const db = chat.db
      const hits = db ? await inRoom(db, rid).reverse().filter(has).limit(ENOUGH).toArray() : []
      if (mine !== run) return
      found.value = [...found.value, ...hits]
    }
  }

  return { found, busy, problem, local, more, search, on }
}
