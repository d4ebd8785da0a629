import { computed, ref, watch, type Ref } from 'vue'

import type { Shown } from '../model/timeline'
import { inRoom, type ChatDb } from '../store/db'
import { useChat } from '../stores/chat'
import { useLive } from './useLive'

const FIRST = 60
const MORE = 60

async function read(db: ChatDb, rid: string, floor: string, me: string): Promise<Shown[]> {
  return db.transaction('r', db.msgs, db.outbox, async () => {
    const committed = await db.msgs.where('[rid+pos]').between([rid, floor], [rid, '~']).toArray()
    const waiting = await db.outbox.where('rid').equals(rid).toArray()
    // One transaction: a message that moves from outbox to store is in exactly one of them.
    return [
      ...committed.map(({ id, uid, body, at, n, edited, deleted }) => ({
        id, rid, uid, body, at, n, state: 'sent' as const,
        edited: edited !== undefined, deleted: deleted === true,
      })),
      ...waiting.map(({ id, body, at, state, reason }) => ({
        id, rid, uid: me, body, at, state, ...(reason === undefined ? {} : { reason }),
      })),
    ]
  })
}

/** The messages of a room that are shown, from a floor that sinks when one scrolls up. */
export function useTimeline(rid: Ref<string>) {
  const chat = useChat()
  /** The lowest position shown; undefined until it is known. */
  const floor = ref<string>()
  const loading = ref(false)
  /** The last page could not be had. */
  const failed = ref(false)

  async function place(): Promise<void> {
    floor.value = undefined
    const wanted = rid.value
    const db = chat.db
    if (db === undefined) return
    const newest = await inRoom(db, wanted).reverse().limit(FIRST).toArray()
    if (wanted === rid.value) floor.value = newest.length < FIRST ? '' : newest.at(-1)!.pos
  }

  watch([rid, () => chat.db], () => void place(), { immediate: true })

  const live = useLive(
    () => ({ db: chat.db, rid: rid.value, floor: floor.value, me: chat.me }),
    async (want) => {
      if (want.db === undefined || want.floor === undefined) return undefined
      return { rid: want.rid, messages: await read(want.db, want.rid, want.floor, want.me) }
    },
    undefined,
  )
  /** Undefined while the local store has not answered for this room. */
  const messages = computed(() => (live.value?.rid === rid.value ? live.value.messages : undefined))

  /** True when the first message of the room is here. */
  const complete = useLive(
    () => ({ db: chat.db, rid: rid.value }),
    async (want) => {
      const cursors = await want.db?.cursors.where('rid').equals(want.rid).toArray()
      return cursors?.some((cursor) => cursor.complete) ?? false
    },
    false,
  )
  const atStart = computed(() => complete.value && floor.value === '')

  /** A page back: from the local store while it has one, then from the server. */
  async function older(): Promise<void> {
    const db = chat.db
    if (loading.value || atStart.value || floor.value === undefined || db === undefined) return
    const wanted = rid.value
    loading.value = true
    failed.value = false
    try {
      const local = floor.value === '' ? [] : await inRoom(db, wanted, floor.value).reverse().limit(MORE).toArray()
      if (local.length < MORE) await chat.call('older', wanted)
      if (wanted === rid.value) floor.value = local.length < MORE ? '' : local.at(-1)!.pos
    } catch {
      failed.value = true
    } finally {
      loading.value = false
    }
  }

  // A room that is hardly cached needs its first page as soon as the server is there.
  watch(
    [rid, () => chat.status.phase],
    async ([wanted, phase]) => {
      if (phase !== 'open') return
      loading.value = true
      failed.value = false
      await chat.call('fill', wanted).catch(() => (failed.value = true))
      loading.value = false
    },
    { immediate: true },
  )

  return { messages, older, loading, failed, atStart }
}
