import { pack } from '../model/pack'
import { LIMITS, type SendResult } from '../model/protocol'
import { refusal } from '../model/refusals'
import type { OutboxPort } from '../net/ports'
import { applyItems } from './apply'
import type { ChatDb, OutboxEntry } from './db'

/** Writes a message down and forgets its draft, at once: from here on it cannot be lost. */
export async function enqueue(
  db: ChatDb,
  message: { id: string; rid: string; body: string; at: number },
): Promise<void> {
  await db.transaction('rw', db.outbox, db.drafts, async () => {
    await db.outbox.add({ ...message, state: 'pending' })
    await db.drafts.delete(message.rid)
  })
}

/** "Try again" keeps id and place; the server knows if it has it already. */
export async function retry(db: ChatDb, id: string): Promise<void> {
  await db.outbox.where('id').equals(id).modify((entry: OutboxEntry) => {
    entry.state = 'pending'
    delete entry.reason
  })
}

/** Takes a message that was not sent out of the outbox, to delete or to edit it. */
export async function discard(db: ChatDb, id: string): Promise<OutboxEntry | undefined> {
  return db.transaction('rw', db.outbox, async () => {
    const entry = await db.outbox.where('id').equals(id).first()
    if (entry?.state !== 'failed') return undefined
    await db.outbox.delete(entry.seq)
    return entry
  })
}

/** The flusher's view of the outbox. */
export class DexieOutbox implements OutboxPort {
  readonly #db: ChatDb
  readonly #me: string

  constructor(db: ChatDb, me: string) {
    this.#db = db
    this.#me = me
  }

  async rooms(): Promise<string[]> {
    const pending = await this.#db.outbox.where('state').equals('pending').toArray()
    return [...new Set(pending.map((entry) => entry.rid))]
  }

  async next(rid: string, limit: number): Promise<OutboxEntry[]> {
    // Equal index keys come in the order of the primary key, which is the order of sending.
    const queue = await this.#db.outbox
      .where('rid')
      .equals(rid)
      .filter((entry) => entry.state === 'pending')
      .limit(LIMITS.batch)
      .toArray()
    return pack(queue, limit)
  }

  async settle(rid: string, results: readonly SendResult[]): Promise<void> {
    const { msgs, outbox, rooms } = this.#db
    await this.#db.transaction('rw', [msgs, outbox, rooms], async () => {
      for (const result of results) {
        const entry = await outbox.where('id').equals(result.id).first()
        // No entry: the own push came first and brought the message with it.
        if (entry === undefined || entry.rid !== rid) continue
        if (!result.ok) {
          await outbox.update(entry.seq, { state: 'failed', reason: refusal(result.e, result.msg) })
          continue
        }
        const { ok: _ok, ...place } = result
        const message = { k: 'message', rid, uid: this.#me, body: entry.body, ...place } as const
        await applyItems(this.#db, this.#me, [message])
      }
    })
  }
}
