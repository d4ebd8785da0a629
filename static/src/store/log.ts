import { decide, type LogDecision } from '../model/log'
import type {
  Hello,
  HistReply,
  Item,
  Level,
  LogPush,
  MessageItem,
  RoomSummary,
  SyncReply,
  User,
} from '../model/protocol'
import type { LogStore } from '../net/ports'
import { applyItems, bare, renew } from './apply'
import { inRoom, type ChatDb } from './db'

/** Further behind than this, a room is loaded anew instead of message by message. */
const FAR_BEHIND = 1000
/** How many messages that were only looked at are kept. */
const LOOKED = 3000
/** How many changes of messages that are not here are remembered for a page on its way. */
const REMEMBERED = 200

/** The local copy of the rooms' logs. Every method is one transaction, so no half state is left. */
export class DexieLog implements LogStore {
  readonly #db: ChatDb
  readonly #me: string
  #site = ''
  /** Changes of messages that are not here, by room and id: a page asked for before may lack them. */
  readonly #elsewhere = new Map<string, MessageItem>()

  constructor(db: ChatDb, me: string) {
    this.#db = db
    this.#me = me
  }

  async cursors(): Promise<Record<string, string>> {
    const rows = await this.#db.cursors.where('site').equals(this.#site).toArray()
    const joined = new Set(await this.#db.rooms.toCollection().primaryKeys())
    return Object.fromEntries(rows.filter((c) => joined.has(c.rid)).map((c) => [c.rid, c.rev]))
  }

  /** Takes in what `hello` said; names the rooms whose log moved while we were away. */
  hello(hello: Hello): Promise<string[]> {
    this.#site = hello.site
    return this.#write(async () => {
      await this.#db.users.bulkPut(hello.users)
      const joined = new Set(hello.rooms.map((room) => room.rid))
      await this.#db.rooms.filter((room) => !joined.has(room.rid)).delete()
      const moved: string[] = []
      for (const room of hello.rooms) if (await this.#putRoom(room)) moved.push(room.rid)
      return moved
    })
  }

  /** A room we are now in. Says whether its log must be read on from our cursor. */
  room(summary: RoomSummary): Promise<boolean> {
    return this.#write(() => this.#putRoom(summary))
  }

  push(push: LogPush): Promise<LogDecision> {
    return this.#write(async () => {
      const cursor = await this.#db.cursors.get([this.#site, push.rid])
      const decision = decide(cursor?.rev, push.p, push.items)
      if (decision !== 'apply') return decision
      await applyItems(this.#db, this.#me, await this.#here(cursor!.rev, push.items))
      await this.#db.cursors.put({ ...cursor!, rev: push.items.at(-1)!.rev })
      return decision
    })
  }

  /** @param after what was asked for; a cursor that moved on meanwhile is not set back */
  sync(rid: string, after: string, reply: SyncReply): Promise<void> {
    return this.#write(async () => {
      const cursor = await this.#db.cursors.get([this.#site, rid])
      // Already past this page. Either it is known, or the room was begun anew meanwhile (by a tab
      // without Web Locks), and then the page would leave a hole behind it.
      if (cursor === undefined || (cursor.rev !== after && cursor.rev >= reply.cur)) return
      await applyItems(this.#db, this.#me, await this.#here(cursor.rev, reply.items))
      await this.#db.cursors.put({ ...cursor, rev: reply.cur || after })
    })
  }

  /** @param before the oldest message when the page was asked for */
  history(rid: string, before: string | undefined, reply: HistReply): Promise<void> {
    return this.#write(async () => {
      // The room was emptied and begun anew meanwhile: this page would leave a hole.
      if (before !== undefined && (await this.oldest(rid)) !== before) return
      const items = reply.items.map((item) => {
        const changed = this.#elsewhere.get(item.rid + item.id)
        return changed !== undefined && changed.rev > item.rev ? changed : item
      })
      await applyItems(this.#db, this.#me, items)
      if (!reply.more) await this.#db.cursors.update([this.#site, rid], { complete: true })
    })
  }

  /** Stored messages of a room have no holes; this is the place of the oldest. */
  async oldest(rid: string): Promise<string | undefined> {
    return (await inRoom(this.#db, rid).first())?.pos
  }

  count(rid: string): Promise<number> {
    return inRoom(this.#db, rid).count()
  }

  async complete(rid: string): Promise<boolean> {
    return (await this.#db.cursors.get([this.#site, rid]))?.complete ?? false
  }

  /** Read markers only grow; answers with the marker as it is now. */
  read(rid: string, readN: number): Promise<number> {
    return this.#write(async () => {
      const room = await this.#db.rooms.get(rid)
      if (room === undefined || room.readN >= readN) return room?.readN ?? 0
      await this.#db.rooms.update(rid, { readN })
      return readN
    })
  }

  /** Markers that we set while away and the server does not know yet. */
  async unsentReads(rooms: readonly RoomSummary[]): Promise<{ rid: string; n: number }[]> {
    const local = await this.#db.rooms.bulkGet(rooms.map((room) => room.rid))
    return rooms.flatMap((room, i) => {
      const n = local[i]?.readN ?? 0
      return n > room.readN ? [{ rid: room.rid, n }] : []
    })
  }

  /** We are not in this room any more: nothing of it stays but what we wrote and could not send. */
  leave(rid: string): Promise<void> {
    return this.#write(async () => {
      await this.#db.rooms.delete(rid)
      await this.#db.cursors.where('rid').equals(rid).delete()
      await inRoom(this.#db, rid).delete()
      await this.#db.looked.where('[rid+pos]').between([rid, ''], [rid, '~']).delete()
    })
  }

  level(rid: string, level: Level): Promise<void> {
    return this.#write(async () => void (await this.#db.rooms.update(rid, { level })))
  }

  seen(items: readonly MessageItem[]): Promise<void> {
    return this.#write(async () => {
      const { msgs, looked } = this.#db
      await renew(msgs, items)
      const inLog = await msgs.bulkGet(items.map((item) => [item.rid, item.id]))
      const apart = items.filter((_, i) => inLog[i] === undefined)
      if ((await looked.count()) > LOOKED) await looked.clear()
      const stored = await looked.bulkGet(apart.map((item) => [item.rid, item.id]))
      await looked.bulkPut(apart.filter((item, i) => (stored[i]?.rev ?? '') < item.rev).map(bare))
    })
  }

  async user(user: User): Promise<void> {
    await this.#db.users.put(user)
  }

  /**
   * Without changes of older messages that are not here: to store one would leave a hole behind it.
   * What is new since the cursor is stored in any case.
   */
  async #here(cursor: string, items: readonly Item[]): Promise<Item[]> {
    const old = items.filter(
      (item): item is MessageItem => item.k === 'message' && item.pos.slice(0, cursor.length) <= cursor,
    )
    const stored = await this.#db.msgs.bulkGet(old.map((item) => [item.rid, item.id]))
    const elsewhere = new Set(old.filter((_, i) => stored[i] === undefined))
    for (const item of elsewhere) {
      this.#elsewhere.set(item.rid + item.id, item)
      if (this.#elsewhere.size > REMEMBERED) this.#elsewhere.delete(this.#elsewhere.keys().next().value!)
    }
    return items.filter((item) => !elsewhere.has(item as MessageItem))
  }

  async #putRoom(room: RoomSummary): Promise<boolean> {
    const known = await this.#db.rooms.get(room.rid)
    const cursor = await this.#db.cursors.get([this.#site, room.rid])
    const readN = Math.min(room.n, Math.max(room.readN, known?.readN ?? 0))
    await this.#db.rooms.put({ ...room, readN })
    if (cursor !== undefined && !(await this.#farBehind(room))) {
      if (cursor.rev > room.head) {
        // Either a push overtook this summary, or the server was restored from a backup.
        // Reading on from its head is right in both cases, since items apply only once.
        await this.#db.cursors.put({ ...cursor, rev: room.head })
      }
      return cursor.rev !== room.head
    }
    // From here on the log is followed; what lies before comes by `hist` when it is looked at.
    await inRoom(this.#db, room.rid).delete()
    await this.#db.cursors.put({ site: this.#site, rid: room.rid, rev: room.head, complete: room.n === 0 })
    return false
  }

  async #farBehind(room: RoomSummary): Promise<boolean> {
    const newest = await inRoom(this.#db, room.rid).last()
    return newest !== undefined && room.n - newest.n > FAR_BEHIND
  }

  #write<T>(body: () => Promise<T>): Promise<T> {
    const { msgs, looked, outbox, rooms, cursors, users, uploads, blobs } = this.#db
    return this.#db.transaction('rw', [msgs, looked, outbox, rooms, cursors, users, uploads, blobs], body)
  }
}
