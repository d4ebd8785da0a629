import type { Hello, MessageItem, RoomSummary } from '../src/model/protocol'

export const ROOM = '01JROOM0000000000000000000'
export const ME = 'me'

/** `n` makes rev, pos and id, so that order is visible in the tests. */
export function message(n: number, fields: Partial<MessageItem> = {}): MessageItem {
  const digits = String(n).padStart(10, '0')
  return {
    k: 'message',
    rid: ROOM,
    rev: `${digits}L`,
    id: `id-${n}`,
    uid: 'other',
    pos: `${digits}LXXXXX`,
    n,
    body: `text ${n}`,
    at: 1_750_000_000_000 + n * 1000,
    ...fields,
  }
}

export const rev = (n: number): string => `${String(n).padStart(10, '0')}L`

export function summary(n: number, fields: Partial<RoomSummary> = {}): RoomSummary {
  return { rid: ROOM, name: 'papers', kind: 'public', role: 'member', head: rev(n), n, readN: n, ...fields }
}

export function hello(rooms: RoomSummary[] = [summary(0)]): Hello {
  return { uid: ME, ts: 0, site: 'L', rooms, users: [{ uid: ME, name: 'Me' }], online: [] }
}
