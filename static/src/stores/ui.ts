import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

/** One dialog at a time. */
export type Dialog =
  | { is: 'browse' | 'create' | 'leave' | 'switch' | 'keys' | 'settings' | 'direct' }
  | { is: 'profile'; uid: string }
  | { is: 'invite' | 'room'; rid: string }
  | { is: 'ask'; text: string; yes: string; action: () => void }

/** What stands beside the messages. */
export type Panel = { is: 'members' | 'search' | 'pins' } | { is: 'thread'; id: string }

export interface Toast {
  key: number
  text: string
}

const SHOWN = 6000

/** What is open over and beside the chat. */
export const useUi = defineStore('ui', () => {
  const dialog = shallowRef<Dialog>()
  const panel = shallowRef<Panel>()
  const toasts = ref<Toast[]>([])
  let count = 0

  function say(text: string): void {
    const key = ++count
    toasts.value = [...toasts.value.filter((toast) => toast.text !== text), { key, text }]
    setTimeout(() => dismiss(key), SHOWN)
  }

  function dismiss(key: number): void {
    toasts.value = toasts.value.filter((toast) => toast.key !== key)
  }

  function toggle(wanted: Panel): void {
    const open = panel.value
    panel.value = open?.is === wanted.is && wanted.is !== 'thread' ? undefined : wanted
  }

  return { dialog, panel, toasts, say, dismiss, toggle }
})
