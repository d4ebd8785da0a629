import { computed, ref, shallowRef, watch, type Ref } from 'vue'

import { w } from '../i18n'
import { ranked } from '../model/fold'
import { openWord } from '../model/mentions'
import { useChat } from '../stores/chat'

export interface Suggestion {
  key: string
  /** What stands in the list. */
  label: string
  /** What is put into the text. */
  text: string
  uid?: string
}

const MOST = 8

/** People after `@` and emoji after `:`, for the word at the caret. */
export function useSuggestions(body: Ref<string>, caret: Ref<number>, uids: () => readonly string[] | undefined) {
  const chat = useChat()
  const picked = ref(0)
  const dismissed = ref<number>()
  const list = shallowRef<Suggestion[]>([])
  const word = computed(() => openWord(body.value, caret.value))

  watch(word, async (at) => {
    picked.value = 0
    if (at === undefined || at.start === dismissed.value) {
      if (at === undefined) dismissed.value = undefined
      return void (list.value = [])
    }
    if (at.mark === '@') return void (list.value = people(at.typed))
    const { findEmoji } = await import('../rich/emoji')
    const found = await findEmoji(at.typed, MOST)
    if (word.value === at) list.value = found.map((each) => ({ key: each.emoji, label: `${each.emoji} ${w.emoji.own(each)}`, text: each.emoji }))
  })

  function people(typed: string): Suggestion[] {
    const here = uids()
    const others = [...chat.people.values()].filter(({ uid }) => uid !== chat.me && (here === undefined || here.includes(uid)))
    // A name that stands there in full needs no suggestion, and Enter sends.
    if (others.some(({ name }) => name.toLocaleLowerCase() === typed.toLocaleLowerCase())) return []
    return ranked(others, ({ name }) => name, typed)
      .slice(0, MOST)
      .map(({ uid, name }) => ({ key: uid, label: name, text: `@${name}`, uid }))
  }

  /** The text with a suggestion in place of the typed word, and where the caret is then. */
  function take(suggestion: Suggestion): { body: string; caret: number } | undefined {
    const at = word.value
    if (at === undefined) return undefined
    const before = `${body.value.slice(0, at.start)}${suggestion.text} `
    list.value = []
    return { body: before + body.value.slice(caret.value), caret: before.length }
  }

  function dismiss(): void {
    dismissed.value = word.value?.start
    list.value = []
  }

  function step(by: number): void {
    picked.value = (picked.value + by + list.value.length) % list.value.length
  }

  return { list, picked, take, dismiss, step }
}
