import { Dexie, type EntityTable, type Table } from 'dexie'

import type { Draft as Outgoing, MessageItem, RoomSummary, User } from '../model/protocol'

export type StoredMessage = Omit<MessageItem, 'k'>

/** Where we stand in a room's log on one site. */
export interface Cursor {
  site: string
  rid: string
  rev: string
  /** True when the first message of the room is stored, so there is nothing older to ask for. */
  complete: boolean
}

/** A file that no acknowledged message names yet. */
export interface Upload {
  key: string
  rid: string
  /** The composer it was put into; '' once its message was sent from there. */
  draft: string
  name: string
  size: number
  type: string
  state: 'waiting' | 'done' | 'failed'
  /** Bytes that have left. */
  sent: number
  /** What is known once it has arrived: its id on the server, a picture's size and small copy. */
  file?: string
  w?: number
  h?: number
  thumb?: boolean
}

export interface OutboxEntry extends Outgoing {
  /** The order of sending. Ids would do only while the device's clock never goes back. */
  seq: number
  rid: string
  at: number
  state: 'pending' | 'failed'
  /** Keys of its uploads. */
  files?: string[]
  /** It was given to the network at least once. */
  tried?: boolean
  /** Why the server refused it. */
  refused?: { code: string; text?: string }
}

export interface Draft {
  /** The room, or the room and the thread. */
  rid: string
  body: string
}

/** Everything one user has on this device. Each user has a database of their own. */
export class ChatDb extends Dexie {
  /** By room and id, as on the server: an id used again in another room is another message. */
  declare msgs: Table<StoredMessage, [string, string]>
  /** Messages looked at away from the log: around a link, of a thread, found, pinned. May have holes. */
  declare looked: Table<StoredMessage, [string, string]>
  declare cursors: Table<Cursor, [string, string]>
  declare rooms: Table<RoomSummary, string>
  declare users: Table<User, string>
  declare uploads: Table<Upload, string>
  /** The contents of uploads, apart from what is written often. */
  declare blobs: Table<{ key: string; blob: Blob }, string>
  declare drafts: Table<Draft, string>
  declare outbox: EntityTable<OutboxEntry, 'seq'>

  constructor(uid: string) {
    super(`labchat.${uid}`)
    this.version(1).stores({
      msgs: '[rid+id], [rid+pos]',
      cursors: '[site+rid], site, rid',
      rooms: 'rid',
      users: 'uid',
      drafts: 'rid',
      outbox: '++seq, &id, rid, state',
    })
    this.version(2).stores({
      msgs: '[rid+id], [rid+pos], [rid+th]',
      looked: '[rid+id], [rid+pos], [rid+th]',
      uploads: 'key, state, draft',
      blobs: 'key',
    })
  }
}

/** Key range of a room's messages in timeline order. Positions are ASCII, so '~' is above all. */
export function inRoom(db: ChatDb, rid: string, below = '~') {
  return db.msgs.where('[rid+pos]').between([rid, ''], [rid, below], true, false)
}

/** Removes what this device has of a user; with `keepUnsent` all but outbox and drafts. */
export async function forget(uid: string, keepUnsent: boolean): Promise<void> {
  const db = new ChatDb(uid)
  if (!keepUnsent) return db.delete()
  const kept = new Set(['outbox', 'drafts', 'uploads', 'blobs'])
  await Promise.all(db.tables.filter((t) => !kept.has(t.name)).map((table) => table.clear()))
  db.close()
}
