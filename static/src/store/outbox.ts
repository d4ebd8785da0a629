import { draft, pack } from '../model/pack'
import { LIMITS, type Draft, type SendResult } from '../model/protocol'
import type { OutboxPort } from '../net/ports'
import { applyItems } from './apply'
import type { ChatDb, OutboxEntry } from './db'

/** Writes a message down and forgets its draft, at once: from here on it cannot be lost. */
export async function enqueue(
  db: ChatDb,
  message: Draft & { rid: string; at: number },
): Promise<void> {
  await db.transaction('rw', db.outbox, db.drafts, async () => {
    await db.outbox.add({ ...message, state: 'pending' })
    await db.drafts.delete(draftKey(message.rid, message.th))
  })
}

export function draftKey(rid: string, th?: string): string {
  return th === undefined ? rid : `${rid}/${th}`
}

/** "Try again" keeps id and place; the server knows if it has it already. */
export async function retry(db: ChatDb, id: string): Promise<void> {
  await db.outbox.where('id').equals(id).modify((entry: OutboxEntry) => {
    entry.state = 'pending'
    delete entry.refused
  })
}

/**
 * Takes a message that was not sent out of the outbox, to delete or to edit it. One that the server
 * may have stays, or it would come back or be there twice.
 */
export async function discard(db: ChatDb, id: string): Promise<OutboxEntry | undefined> {
  return db.transaction('rw', db.outbox, async () => {
    const entry = await db.outbox.where('id').equals(id).first()
    if (entry === undefined || (entry.state === 'pending' && entry.tried)) return undefined
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
    const batch = pack(queue, limit)
    // From here on the server may have them, whatever is heard of it.
    await this.#db.outbox.bulkUpdate(batch.filter((entry) => !entry.tried).map(({ seq }) => ({ key: seq, changes: { tried: true } })))
    return batch
  }

  async settle(rid: string, results: readonly SendResult[]): Promise<void> {
    const { msgs, looked, outbox, rooms } = this.#db
    await this.#db.transaction('rw', [msgs, looked, outbox, rooms], async () => {
      for (const result of results) {
        const entry = await outbox.where('id').equals(result.id).first()
        // No entry: the own push came first and brought the message with it.
        if (entry === undefined || entry.rid !== rid) continue
        if (!result.ok) {
          const refused = { code: result.e, ...(result.msg && { text: result.msg }) }
          await outbox.update(entry.seq, { state: 'failed', refused })
          continue
        }
        const { ok: _ok, ...place } = result
        const message = { k: 'message', rid, uid: this.#me, ...draft(entry), ...place } as const
        await applyItems(this.#db, this.#me, [message])
      }
    })
  }
}
