import { defineStore } from 'pinia'
import { reactive, watch } from 'vue'

import { isLanguage, preferred, speak, type Language } from '../i18n'

export interface Prefs {
  theme: 'system' | 'light' | 'dark'
  language: Language
  /** Pixels of the body text. */
  text: 14 | 15 | 16 | 18
  /** What sends: Enter, or Ctrl+Enter with Enter for a new line. */
  send: 'enter' | 'ctrl'
  notify: boolean
}

const KEY = 'labchat.prefs'
const STANDARD = 15

function stored(): Prefs {
  const standard: Prefs = { theme: 'system', language: preferred(navigator.languages), text: STANDARD, send: 'enter', notify: false }
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Prefs>
    const language = isLanguage(kept.language) ? kept.language : standard.language
    return { ...standard, ...kept, language }
  } catch {
    return standard
  }
}

/** How this device shows the chat. */
export const usePrefs = defineStore('prefs', () => {
  const prefs = reactive(stored())

  function show(): void {
    const { dataset, style } = document.documentElement
    if (prefs.theme === 'system') delete dataset['theme']
    else dataset['theme'] = prefs.theme
    style.fontSize = prefs.text === STANDARD ? '' : `${(prefs.text / STANDARD) * 100}%`
  }

  /** Everything is shown as chosen; the language comes with a request. */
  async function apply(): Promise<void> {
    show()
    await speak(prefs.language)
  }

  watch(prefs, () => {
    localStorage.setItem(KEY, JSON.stringify(prefs))
    show()
  })
  watch(
    () => prefs.language,
    (language) => void speak(language).catch(() => console.warn('labchat: this language is not on this device yet')),
  )

  return { prefs, apply }
})
