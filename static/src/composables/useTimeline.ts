import { computed, ref, shallowRef, watch, type Ref } from 'vue'

import type { Shown } from '../model/timeline'
import { inRoom } from '../store/db'
import { find, page, readWindow, type Window } from '../store/window'
import { useChat } from '../stores/chat'
import { useLive } from './useLive'

const FIRST = 60
/** Few at a time: a page must be made within a frame or two. */
const MORE = 25
/** The DOM stays this small, however long one scrolls. */
const MOST = 240
/** Of a page around a place. */
const AROUND = 60

/** The messages of a room that are shown: a window that slides over the log in both directions. */
export function useTimeline(rid: Ref<string>) {
  const chat = useChat()
  /** Undefined until it is known where to begin. */
  const view = shallowRef<Window>()
  const loading = ref(false)
  /** The last page could not be had. */
  const failed = ref(false)

  async function latest(): Promise<void> {
    view.value = undefined
    const [wanted, db] = [rid.value, chat.db]
    if (db === undefined) return
    const places = await page(db, wanted, undefined, FIRST, false)
    const floor = places.length < FIRST ? '' : places.at(-1)!
    if (wanted === rid.value) view.value = { floor, ceiling: undefined, away: false }
  }

  watch([rid, () => chat.db], () => void latest(), { immediate: true })

  const live = useLive(
    () => ({ db: chat.db, rid: rid.value, view: view.value, me: chat.me }),
    async (want) => {
      if (want.db === undefined || want.view === undefined) return undefined
      return { rid: want.rid, view: want.view, messages: await readWindow(want.db, want.rid, want.view, want.me) }
    },
    undefined,
  )
  /** Undefined while the local store has not answered for this room. */
  const messages = computed(() => (live.value?.rid === rid.value ? live.value.messages : undefined))
  /** The newest message is in the window. */
  const following = computed(() => live.value === undefined || live.value.view.ceiling === undefined)

  /** True when the first message of the room is here. */
  const complete = useLive(
    () => ({ db: chat.db, rid: rid.value }),
    async (want) => {
      const cursors = await want.db?.cursors.where('rid').equals(want.rid).toArray()
      return cursors?.some((cursor) => cursor.complete) ?? false
    },
    false,
  )
  /** The reading of a far place has come to the room's first message. */
  const first = ref(false)
  const atStart = computed(() => (view.value?.away ? first.value : complete.value && view.value?.floor === ''))

  /** Slides the window; what is too much goes at the other end, in the same step. */
  function slide(next: Window, keep: 'low' | 'high'): void {
    const places = (messages.value ?? []).flatMap((message) => message.pos ?? [])
    if (places.length + MORE > MOST) {
      if (keep === 'low') next = { ...next, ceiling: places[MOST - MORE - 1] ?? next.ceiling }
      else next = { ...next, floor: places[places.length + MORE - MOST] ?? next.floor }
    }
    view.value = next
  }

  /** Runs one page at a time, and says if it could not be had. */
  async function paging(work: (rid: string, view: Window) => Promise<void>): Promise<void> {
    if (loading.value || view.value === undefined || chat.db === undefined) return
    loading.value = true
    failed.value = false
    try {
      await work(rid.value, view.value)
    } catch {
      failed.value = true
    } finally {
      loading.value = false
    }
  }

  /** A page back: from the local store while it has one, then from the server. */
  async function older(): Promise<void> {
    if (atStart.value) return
    await paging(async (wanted, from) => {
      const db = chat.db!
      if (from.away) {
        const { items, more } = await chat.ask('hist', { rid: wanted, before: from.floor, limit: MORE })
        if (wanted !== rid.value || view.value !== from) return
        first.value = !more
        return slide({ ...from, floor: items[0]?.pos ?? from.floor }, 'low')
      }
      const low = from.floor || lowest()
      const places = from.floor === '' ? [] : await page(db, wanted, from.floor, MORE, false)
      if (places.length < MORE) await chat.call('older', wanted)
      if (wanted !== rid.value || view.value !== from) return
      const there = places.length < MORE ? await page(db, wanted, low, MORE, false) : places
      slide({ ...from, floor: there.length < MORE ? '' : there.at(-1)! }, 'low')
    })
  }

  function lowest(): string | undefined {
    return messages.value?.find((message) => message.pos !== undefined)?.pos
  }

  /** A page forward, when the window does not reach the end. */
  async function newer(): Promise<void> {
    if (following.value) return
    await paging(async (wanted, from) => {
      const top = from.ceiling
      if (top === undefined) return
      const oldest = (await inRoom(chat.db!, wanted).first())?.pos ?? '~'
      if (from.away && top < oldest) {
        const { items, newer: more } = await chat.ask('hist', { rid: wanted, after: top, limit: MORE })
        if (wanted !== rid.value || view.value !== from) return
        return slide({ ...from, ceiling: more ? (items.at(-1)?.pos ?? top) : undefined }, 'high')
      }
      const places = await page(chat.db!, wanted, top, MORE, true)
      if (wanted !== rid.value || view.value !== from) return
      slide({ ...from, ceiling: places.length < MORE ? undefined : places.at(-1)! }, 'high')
    })
  }

  /** Whether the log here has a message, so that showing it needs no connection. */
  async function has(id: string): Promise<boolean> {
    return (await chat.db?.msgs.get([rid.value, id])) !== undefined
  }

  /** Brings a message into the window. False when there is no such message; throws without an answer. */
  async function show(id: string): Promise<boolean> {
    const [wanted, db] = [rid.value, chat.db]
    if (db === undefined) return false
    if (messages.value?.some((message) => message.id === id)) return true
    const stored = await db.msgs.get([wanted, id])
    if (stored) {
      const [below, above] = await Promise.all([
        page(db, wanted, stored.pos, AROUND / 2, false),
        page(db, wanted, stored.pos, AROUND / 2, true),
      ])
      const floor = below.length < AROUND / 2 ? '' : below.at(-1)!
      view.value = { floor, ceiling: above.length < AROUND / 2 ? undefined : above.at(-1)!, away: false }
      return true
    }
    const { items, more, newer: later } = await chat.ask('hist', { rid: wanted, around: id, limit: AROUND })
    if (wanted !== rid.value || !items.some((item) => item.id === id)) return false
    first.value = !more
    view.value = { floor: items[0]!.pos, ceiling: later ? items.at(-1)!.pos : undefined, away: true }
    return true
  }

  /** While the end is followed the window must not grow for ever. */
  function trim(list: Shown[]): void {
    const from = view.value
    if (from && from.ceiling === undefined && list.length > MOST && !loading.value) slide(from, 'high')
  }

  // A quoted message that is not here is asked for once.
  const asked = new Set<string>()
  watch(messages, (list) => {
    for (const { q, quote, th, root } of list ?? []) {
      for (const [id, there] of [[q, quote], [th, root]] as const) {
        if (id === undefined || there !== undefined || asked.has(id) || !chat.connected) continue
        asked.add(id)
        void fetchOther(rid.value, id)
      }
    }
  })

  async function fetchOther(wanted: string, id: string): Promise<void> {
    const [here] = chat.db ? await find(chat.db, wanted, [id]) : []
    if (here === undefined) await chat.ask('hist', { rid: wanted, around: id, limit: 1 }).catch(() => undefined)
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

  return { messages, view, older, newer, latest, has, show, trim, loading, failed, atStart, following }
}
