import { watch } from 'vue'
import { useRouter } from 'vue-router'

import { w } from '../i18n'
import type { RoomSummary } from '../model/protocol'
import { inRoom } from '../store/db'
import { useChat } from '../stores/chat'
import { usePrefs } from '../stores/prefs'

/** Tells of new messages by the system's notifications, while nobody looks at the page. */
export function useNotifications(): void {
  const chat = useChat()
  const router = useRouter()
  const { prefs } = usePrefs()
  let known: Map<string, number> | undefined

  watch(
    () => chat.rooms,
    (rooms) => {
      const before = known
      known = new Map(rooms?.map(({ rid, n }) => [rid, n]))
      // What is there at the start was not missed just now.
      if (before === undefined || before.size === 0 || !chat.connected) return
      for (const room of rooms ?? []) {
        const seen = before.get(room.rid)
        if (seen !== undefined && room.n > seen) void tell(room)
      }
    },
  )

  async function tell(room: RoomSummary): Promise<void> {
    if (!prefs.notify || document.visibilityState === 'visible' || Notification.permission !== 'granted') return
    const newest = chat.db && (await inRoom(chat.db, room.rid).last())
    if (newest === undefined || newest.uid === chat.me || newest.n <= room.readN) return
    const level = room.level ?? 'all'
    if (level === 'none' || (level === 'mentions' && !newest.ment?.includes(chat.me))) return
    const title = room.kind === 'direct' ? chat.nameOf(newest.uid) : w.notification(chat.nameOf(newest.uid), chat.labelOf(room))
    // One `tag` a message: of several tabs that tell, one notification is left.
    const shown = new Notification(title, { body: newest.body.slice(0, 200), tag: newest.id, icon: '/icon-192.png' })
    shown.onclick = () => {
      window.focus()
      void router.push(`/r/${room.rid}`)
      shown.close()
    }
  }
}
