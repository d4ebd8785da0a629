import type { Table } from 'dexie'

import type { Item, MessageItem, RoomItem, RoomSummary } from '../model/protocol'
import type { ChatDb, StoredMessage } from './db'

/**
 * Puts items of one room into the store. Call inside a transaction over msgs, looked, outbox, rooms, uploads and blobs.
 *
 * Applying an item twice changes nothing, so reply, push, `sync` and `hist` may all bring it.
 * A message of ours that comes back leaves the outbox in the same transaction: it is never
 * shown twice, nor lost in between.
 */
export async function applyItems(db: ChatDb, me: string, items: readonly Item[]): Promise<void> {
  const messages = items.filter((item) => item.k === 'message')
  await putMessages(db, messages)
  await renew(db.looked, messages)
  for (const item of items) {
    if (item.k === 'room') await db.rooms.update(item.rid, settings(item))
    if (item.k === 'member' && item.uid === me) await db.rooms.update(item.rid, { role: item.role })
  }
  await countMessages(db, me, messages)
}

/** A setting that is missing is off, and must not stay as it was. */
function settings({ name, kind, topic, closed }: RoomItem): Partial<RoomSummary> {
  return { name, kind, topic: topic ?? '', closed: closed ?? false }
}

/** Newer forms of messages that are in a table; what is not there stays away. */
export async function renew(table: Table<StoredMessage, [string, string]>, items: readonly MessageItem[]): Promise<void> {
  const stored = await table.bulkGet(items.map((item) => [item.rid, item.id]))
  await table.bulkPut(items.filter((item, i) => (stored[i]?.rev ?? '~') < item.rev).map(bare))
}

export function bare({ k: _kind, ...message }: MessageItem): StoredMessage {
  return message
}

/** Stores messages that are newer than what is here, and settles those we were sending. */
export async function putMessages(db: ChatDb, items: readonly MessageItem[]): Promise<void> {
  if (items.length === 0) return
  const stored = await db.msgs.bulkGet(items.map((item) => [item.rid, item.id]))
  const fresh = items.filter((item, i) => (stored[i]?.rev ?? '') < item.rev)
  await db.msgs.bulkPut(fresh.map(bare))
  const rids = new Map(items.map((item) => [item.id, item.rid]))
  const sent = await db.outbox
    .where('id')
    .anyOf([...rids.keys()])
    .and((entry) => rids.get(entry.id) === entry.rid)
    .toArray()
  await db.outbox.bulkDelete(sent.map((entry) => entry.seq))
  const files = sent.flatMap((entry) => entry.files ?? [])
  await Promise.all([db.uploads.bulkDelete(files), db.blobs.bulkDelete(files)])
}

/** Keeps the room's count, and counts our own message as read when nothing was unread before. */
async function countMessages(db: ChatDb, me: string, items: readonly MessageItem[]): Promise<void> {
  const rid = items[0]?.rid
  if (rid === undefined) return
  const room = await db.rooms.get(rid)
  if (room === undefined) return
  let { n, readN, ment = 0 } = room
  for (const item of items) {
    n = Math.max(n, item.n)
    if (item.ment?.includes(me)) ment = Math.max(ment, item.n)
    if (item.uid === me && item.n === readN + 1) readN = item.n
  }
  const same = n === room.n && readN === room.readN && ment === (room.ment ?? 0)
  if (!same) await db.rooms.update(rid, { n, readN, ment })
}
