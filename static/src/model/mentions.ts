// A mention is `@Name` in the text; who is meant goes beside it as uids.

const MOST = 20

export interface Named {
  uid: string
  name: string
}

/** Whom a text mentions. Of two names that begin alike the longer one counts. */
export function mentioned(body: string, people: readonly Named[]): string[] {
  const byLength = [...people].filter(({ name }) => name !== '').sort((a, b) => b.name.length - a.name.length)
  const found = new Set<string>()
  for (const { index } of body.matchAll(/(?<![\p{L}\p{N}])@/gu)) {
    const rest = body.slice(index + 1).toLocaleLowerCase()
    const who = byLength.find(({ name }) => begins(rest, name.toLocaleLowerCase()))
    if (who && found.size < MOST) found.add(who.uid)
  }
  return [...found]
}

function begins(text: string, name: string): boolean {
  return text.startsWith(name) && !/^[\p{L}\p{N}]/u.test(text.slice(name.length))
}

/** The word being typed at the caret that begins with a mark (`@` or `:`), if there is one. */
export function openWord(text: string, caret: number): { mark: '@' | ':'; typed: string; start: number } | undefined {
  const found = /(?:^|[\s(])([@:])([\p{L}\p{M}\p{N}_+-]*(?: [\p{L}\p{M}\p{N}]+)?)$/u.exec(text.slice(0, caret))
  if (found === null) return undefined
  const [, mark, typed] = found as unknown as [string, '@' | ':', string]
  if (mark === ':' && (typed.length < 2 || typed.includes(' '))) return undefined
  return { mark, typed, start: caret - typed.length - 1 }
}
