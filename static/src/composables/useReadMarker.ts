import { computed, onBeforeUnmount, onMounted, ref, watch, type Ref } from 'vue'

import type { RoomSummary } from '../model/protocol'
import type { Shown } from '../model/timeline'
import { useChat } from '../stores/chat'

const PAUSE = 500

/** What of the open room is read, where the "New" line stands, and how much came below the view. */
export function useReadMarker(
  room: () => RoomSummary,
  messages: Readonly<Ref<Shown[] | undefined>>,
  atEnd: Readonly<Ref<boolean>>,
) {
  const chat = useChat()
  const { rid } = room()
  /** The marker when the room was opened; the line does not move while reading. */
  const newAfter = ref<number | undefined>(room().readN)
  /** How far the messages had been seen when the reader left the end. */
  const seenN = ref(room().n)
  const below = computed(() => Math.max(0, room().n - seenN.value))
  /** What the server knows of; one's own messages raise the local marker before it is told. */
  let told = room().readN
  let timer: ReturnType<typeof setTimeout> | undefined

  // Missed is what the server had when the connection came up; what follows one sees come in.
  watch(
    () => chat.status.phase === 'open',
    async (open) => {
      const stored = open ? await chat.db?.rooms.get(rid) : undefined
      if (stored === undefined || newAfter.value === undefined) return
      const after = Math.max(newAfter.value, stored.readN)
      newAfter.value = stored.n > after ? after : undefined
    },
    { immediate: true },
  )

  /** Read is what was at the end of the list on a visible page. Not every row is a request. */
  function mark(): void {
    timer ??= setTimeout(markNow, PAUSE)
  }

  function markNow(): void {
    clearTimeout(timer)
    timer = undefined
    if (!atEnd.value || document.visibilityState !== 'visible') return
    seenN.value = room().n
    const loaded = messages.value?.findLast((message) => message.n !== undefined)?.n ?? 0
    if (loaded <= told) return
    const before = told
    told = loaded
    // What could not be told now is told with the next message, or by the next look at the room.
    void chat.call('read', rid, loaded).catch(() => (told = before))
  }

  watch([() => room().n, messages, atEnd], mark)
  onMounted(() => document.addEventListener('visibilitychange', mark))
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', mark)
    if (timer !== undefined) markNow()
  })

  return { newAfter, below, mark }
}
