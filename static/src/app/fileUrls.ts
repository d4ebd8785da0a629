// Addresses of files: asked for together, good for five minutes, kept for four.

import type { Actions } from '../model/protocol'

type Open = (fields: Actions['file.open'][0]) => Promise<Actions['file.open'][1]>

const KEPT = 4 * 60_000
const MOST = 8

interface Wanted {
  ids: Set<string>
  answer: Promise<Record<string, string>>
}

const known = new Map<string, { url: string; until: number }>()
const gathering = new Map<string, Wanted>()

/** Where a file, or its small picture, can be fetched now. Undefined when it is not there any more. */
export async function urlOf(open: Open, rid: string, id: string, thumb: boolean): Promise<string | undefined> {
  const key = `${rid} ${id} ${thumb}`
  const kept = known.get(key)
  if (kept && kept.until > Date.now()) return kept.url
  const url = (await ask(open, rid, id, thumb))[id]
  if (url !== undefined) known.set(key, { url, until: Date.now() + KEPT })
  return url
}

/** Rows that are shown together ask together. */
function ask(open: Open, rid: string, id: string, thumb: boolean): Promise<Record<string, string>> {
  const group = `${rid} ${thumb}`
  const there = gathering.get(group)
  if (there && there.ids.size < MOST) {
    there.ids.add(id)
    return there.answer
  }
  const ids = new Set([id])
  const answer = Promise.resolve().then(async () => {
    if (gathering.get(group)?.ids === ids) gathering.delete(group)
    return (await open({ rid, ids: [...ids], ...(thumb && { thumb }) })).urls
  })
  gathering.set(group, { ids, answer })
  return answer
}
