import { staleRooms } from '../model/log'
import type { Hello, Hint, HistReply, LogPush, Push, RoomSummary, SyncReply } from '../model/protocol'
import type { Request } from './flusher'
import type { Clock, LogStore } from './ports'
import { patiently, unanswered } from './retry'

const SYNC_PAGE = 200
const HIST_PAGE = 50

/** Keeps the local logs equal to the server's: pushes, catching up, and scrolling back. */
export class Syncer {
  readonly #clock: Clock
  readonly #store: LogStore
  readonly #request: Request
  /** Rooms being read on; `again` when something more came up meanwhile. */
  readonly #reading = new Map<string, { again: boolean }>()
  readonly #paging = new Map<string, Promise<void>>()
  /** Rooms that pushed before their summary was here. */
  readonly #early = new Set<string>()
  /** Pushes are applied one after the other, or a later one would look like a gap. */
  #queue: Promise<unknown> = Promise.resolve()
  /** Called when the server knows rooms of ours that we do not. */
  onStrangers: () => void = () => undefined
  /** Called with what is of the moment only. */
  onHint: (hint: Hint) => void = () => undefined

  constructor(clock: Clock, store: LogStore, request: Request) {
    this.#clock = clock
    this.#store = store
    this.#request = request
  }

  async hello(hello: Hello): Promise<void> {
    const moved = await this.#inTurn(() => this.#store.hello(hello))
    for (const rid of new Set([...moved, ...this.#early])) this.catchUp(rid)
    this.#early.clear()
    for (const { rid, n } of await this.#store.unsentReads(hello.rooms)) void this.sendRead(rid, n)
  }

  push(push: Push): void {
    if (push.t === 'typ' || push.t === 'pres') return this.onHint(push)
    void this.#inTurn(() => this.#apply(push))
  }

  /** A room that we created or joined, here or on another device. */
  async room(summary: RoomSummary): Promise<void> {
    await this.#inTurn(() => this.#enter(summary))
  }

  /** What a ping answered when the digests differ: a push was lost somewhere. */
  async heads(heads: Record<string, string>): Promise<void> {
    const cursors = await this.#store.cursors()
    const stale = staleRooms(cursors, heads)
    if (stale.some((rid) => !(rid in cursors))) return this.onStrangers()
    for (const rid of stale) this.catchUp(rid)
  }

  /** Reads the room's log on from our cursor until there is no more. */
  catchUp(rid: string): void {
    const running = this.#reading.get(rid)
    if (running) running.again = true
    else void this.#read(rid)
  }

  /** Fetches the newest page of a room that has none, or the page before the oldest message. */
  older(rid: string): Promise<void> {
    const running = this.#paging.get(rid)
    if (running) return running
    const page = this.#page(rid).finally(() => this.#paging.delete(rid))
    this.#paging.set(rid, page)
    return page
  }

  /** Makes sure that a first screen of the room is here. */
  async fill(rid: string): Promise<void> {
    if ((await this.#store.count(rid)) < HIST_PAGE) await this.older(rid)
  }

  async sendRead(rid: string, n: number): Promise<void> {
    try {
      const { readN } = await this.#request<{ readN: number }>('read', { rid, n })
      await this.#store.read(rid, readN)
    } catch (error) {
      // The marker is stored here; the next hello sends it again.
      if (!unanswered(error)) console.warn('labchat: read marker refused:', error)
    }
  }

  async #apply(push: Exclude<Push, Hint>): Promise<void> {
    switch (push.t) {
      case 'log':
        return this.#log(push)
      case 'read':
        await this.#store.read(push.rid, push.readN)
        return
      case 'level':
        return this.#store.level(push.rid, push.level)
      case 'user':
        return this.#store.user(push.user)
      case 'joined':
        // In turn already: room() would wait for itself.
        return this.#enter(push.room)
      case 'left':
        return this.#store.leave(push.rid)
    }
  }

  async #enter(summary: RoomSummary): Promise<void> {
    const moved = await this.#store.room(summary)
    // What it pushed before may be newer than the summary.
    const pushed = this.#early.delete(summary.rid)
    if (moved || pushed) this.catchUp(summary.rid)
  }

  async #log(push: LogPush): Promise<void> {
    const decision = await this.#store.push(push)
    if (decision === 'gap') this.catchUp(push.rid)
    if (decision === 'unknown') this.#early.add(push.rid)
  }

  async #read(rid: string): Promise<void> {
    const run = { again: true }
    this.#reading.set(rid, run)
    try {
      while (run.again) {
        run.again = false
        while (await this.#readPage(rid));
      }
    } catch (error) {
      // Without an answer the next hello or ping finds the gap again.
      if (!unanswered(error)) console.warn('labchat: reading on failed:', error)
    } finally {
      this.#reading.delete(rid)
    }
  }

  async #readPage(rid: string): Promise<boolean> {
    const after = (await this.#store.cursors())[rid]
    if (after === undefined) return false
    const fields = { rid, after, limit: SYNC_PAGE }
    const reply = await patiently(this.#clock, () => this.#request<SyncReply>('sync', fields))
    await this.#inTurn(() => this.#store.sync(rid, after, reply))
    // A page that does not lead on would be asked for for ever.
    return reply.more && reply.cur > after
  }

  async #page(rid: string): Promise<void> {
    if (await this.#store.complete(rid)) return
    const before = await this.#store.oldest(rid)
    const fields = { rid, limit: HIST_PAGE, ...(before === undefined ? {} : { before }) }
    const reply = await patiently(this.#clock, () => this.#request<HistReply>('hist', fields))
    await this.#inTurn(() => this.#store.history(rid, before, reply))
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(action)
    this.#queue = turn.catch((error: unknown) => console.error('labchat: store failed:', error))
    return turn
  }
}
