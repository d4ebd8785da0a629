import { onBeforeUnmount, onMounted } from 'vue'
import { useRouter } from 'vue-router'

import { attention } from '../model/timeline'
import { useChat } from '../stores/chat'
import { useUi } from '../stores/ui'

/** The keys that work everywhere in the chat; those of a message stand in MessageEntry. */
export function useHotKeys(current: () => string | undefined, messages: () => void): void {
  const chat = useChat()
  const ui = useUi()
  const router = useRouter()

  function step(by: number, unreadOnly: boolean): void {
    const rooms = chat.rooms ?? []
    const at = rooms.findIndex(({ rid }) => rid === current())
    for (let i = 1; i <= rooms.length; i++) {
      const room = rooms[(((at + by * i) % rooms.length) + rooms.length) % rooms.length]!
      if (!unreadOnly || attention(room).count > 0) return void router.push(`/r/${room.rid}`)
    }
  }

  function pressed(event: KeyboardEvent): void {
    if (event.isComposing || event.defaultPrevented) return
    const ctrl = event.ctrlKey || event.metaKey
    const typing = (event.target as HTMLElement).matches('input, textarea, select')
    const run = ctrl ? withCtrl[event.key.toLowerCase()] : event.altKey ? withAlt(event) : typing ? undefined : alone[event.key]
    if (run === undefined) return
    event.preventDefault()
    run()
  }

  const withCtrl: Record<string, () => void> = {
    k: () => (ui.dialog = ui.dialog?.is === 'switch' ? undefined : { is: 'switch' }),
    f: () => (ui.panel = { is: 'search' }),
  }
  const alone: Record<string, () => void> = { '?': () => (ui.dialog = { is: 'keys' }) }
  function withAlt({ key, code, shiftKey }: KeyboardEvent): (() => void) | undefined {
    if (key === 'ArrowUp') return () => step(-1, shiftKey)
    if (key === 'ArrowDown') return () => step(1, shiftKey)
    return code === 'KeyM' ? messages : undefined
  }

  onMounted(() => addEventListener('keydown', pressed))
  onBeforeUnmount(() => removeEventListener('keydown', pressed))
}
