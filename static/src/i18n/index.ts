// The words of the client. `w` is the catalogue in use; what reads it follows a change of language.

import { shallowRef } from 'vue'

import { en } from './en'

/** A catalogue has exactly the keys of the English one; texts with parts are functions. */
export type Words = Widened<typeof en>

type Widened<T> = {
  [K in keyof T]: T[K] extends string ? string : T[K] extends (...args: infer A) => string ? (...args: A) => string : Widened<T[K]>
}

export const LANGUAGES = { en: 'English', vi: 'Tiếng Việt' } as const
export type Language = keyof typeof LANGUAGES

const catalogue = shallowRef<Words>(en)
const language = shallowRef<Language>('en')

export const w = new Proxy({} as Words, { get: (_, area) => catalogue.value[area as keyof Words] })

export function isLanguage(value: unknown): value is Language {
  return typeof value === 'string' && value in LANGUAGES
}

/** The first of the reader's languages that there is a catalogue for. */
export function preferred(languages: readonly string[]): Language {
  return languages.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en'
}

/** Loads a catalogue and has the page speak it. */
export async function speak(wanted: Language): Promise<void> {
  catalogue.value = wanted === 'vi' ? (await import('./vi')).vi : en
  language.value = wanted
  document.documentElement.lang = wanted
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format(kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language.value} ${kind}`
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(language.value === 'en' ? 'en-GB' : language.value, options)
  formats.set(key, made)
  return made
}

/** 24 hours in both languages: one width, one line. */
export function timeOf(at: number): string {
  return format('time', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at)
}

export function dayOf(at: number, now = Date.now()): string {
  const [day, today] = [new Date(at), new Date(now)]
  if (day.toDateString() === today.toDateString()) return w.time.today
  if (day.toDateString() === new Date(now - 86_400_000).toDateString()) return w.time.yesterday
  const year = day.getFullYear() === today.getFullYear() ? {} : ({ year: 'numeric' } as const)
  return format(`day ${'year' in year}`, { weekday: 'long', day: 'numeric', month: 'long', ...year }).format(at)
}

export function momentOf(at: number): string {
  return format('moment', { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' }).format(at)
}

export function listOf(names: readonly string[]): string {
  return new Intl.ListFormat(language.value, { type: 'conjunction' }).format(names)
}
