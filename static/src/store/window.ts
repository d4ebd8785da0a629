// What of a room is on the screen: at most so many messages of the log, or of what was looked at.

import type { Quote, Shown } from '../model/timeline'
import { inRoom, type ChatDb, type OutboxEntry, type StoredMessage } from './db'

export interface Window {
  /** The lowest position shown; '' begins with the first message that is here. */
  floor: string
  /** The highest position shown; undefined follows the end and shows the outbox. */
  ceiling: string | undefined
  /** Around a place that the log does not reach: `looked` is shown too. */
  away: boolean
}

/** The messages of a window in order, then what waits to be sent. */
export function readWindow(db: ChatDb, rid: string, { floor, ceiling, away }: Window, me: string): Promise<Shown[]> {
  return db.transaction('r', db.msgs, db.looked, db.outbox, async () => {
    const range: [[string, string], [string, string]] = [[rid, floor], [rid, ceiling ?? '~']]
    const log = await db.msgs.where('[rid+pos]').between(...range, true, true).toArray()
    const looked = away ? await db.looked.where('[rid+pos]').between(...range, true, true).toArray() : []
    // One transaction: a message that moves from outbox to store is in exactly one of them.
    const waiting = ceiling === undefined ? await db.outbox.where('rid').equals(rid).toArray() : []
    return withOthers(db, [...merged(log, looked).map(sent), ...waiting.map((entry) => unsent(entry, me))])
  })
}

/** The replies of a thread that are here, and those that wait. */
export function readThread(db: ChatDb, rid: string, id: string, me: string): Promise<Shown[]> {
  return db.transaction('r', db.msgs, db.looked, db.outbox, async () => {
    const key = [rid, id]
    const [root] = await find(db, rid, [id])
    const log = await db.msgs.where('[rid+th]').equals(key).toArray()
    const looked = await db.looked.where('[rid+th]').equals(key).toArray()
    const waiting = await db.outbox.where('rid').equals(rid).filter((entry) => entry.th === id).toArray()
    const replies = merged(log, looked)
    return withOthers(db, [...(root ? [root] : []), ...replies].map(sent).concat(waiting.map((entry) => unsent(entry, me))))
  })
}

/** Messages that are here by their ids, wherever; undefined for those that are not. */
export async function find(db: ChatDb, rid: string, ids: readonly string[]): Promise<(StoredMessage | undefined)[]> {
  const keys = ids.map((id): [string, string] => [rid, id])
  const [log, looked] = await Promise.all([db.msgs.bulkGet(keys), db.looked.bulkGet(keys)])
  return keys.map((_, i) => log[i] ?? looked[i])
}

/** Positions of a page of the log: going down from a place, or up. */
export async function page(db: ChatDb, rid: string, from: string | undefined, size: number, up: boolean): Promise<string[]> {
  const rows = up
    ? await db.msgs.where('[rid+pos]').between([rid, from], [rid, '~'], false, false).limit(size).toArray()
    : await inRoom(db, rid, from).reverse().limit(size).toArray()
  return rows.map((row) => row.pos)
}

function merged(log: StoredMessage[], looked: StoredMessage[]): StoredMessage[] {
  if (looked.length === 0) return log.sort(byPlace)
  const known = new Set(log.map((message) => message.id))
  return [...log, ...looked.filter((message) => !known.has(message.id))].sort(byPlace)
}

const byPlace = (a: StoredMessage, b: StoredMessage) => (a.pos < b.pos ? -1 : 1)

function sent(message: StoredMessage): Shown {
  return { ...message, state: 'sent' }
}

function unsent({ seq: _seq, att: _att, ...entry }: OutboxEntry, me: string): Shown {
  return { ...entry, uid: me }
}

/** Fills in the quoted messages and the threads' roots that are here. */
async function withOthers(db: ChatDb, messages: Shown[]): Promise<Shown[]> {
  const wanted = [...new Set(messages.flatMap(({ q, th }) => [q, th]).filter((id) => id !== undefined))]
  if (wanted.length === 0) return messages
  const found = await find(db, messages[0]!.rid, wanted)
  const quotes = new Map<string, Quote>()
  for (const other of found) if (other) quotes.set(other.id, { id: other.id, uid: other.uid, body: other.body })
  return messages.map((message) => {
    const [quote, root] = [quotes.get(message.q ?? ''), quotes.get(message.th ?? '')]
    return { ...message, ...(quote && { quote }), ...(root && { root }) }
  })
}
