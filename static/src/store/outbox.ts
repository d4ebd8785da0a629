import { draft, pack } from '../model/pack'
import { LIMITS, type Draft, type FileItem, type SendResult } from '../model/protocol'
import type { OutboxPort } from '../net/ports'
import { applyItems } from './apply'
import type { ChatDb, OutboxEntry, Upload } from './db'

/** Writes a message down and forgets its draft, at once: from here on it cannot be lost. */
export async function enqueue(
  db: ChatDb,
  message: Draft & { rid: string; at: number; files?: string[] },
): Promise<void> {
  await db.transaction('rw', db.outbox, db.drafts, db.uploads, async () => {
    await db.outbox.add({ ...message, state: 'pending' })
    await db.drafts.delete(draftKey(message.rid, message.th))
    if (message.files) await db.uploads.where('key').anyOf(message.files).modify({ draft: '' })
  })
}

export function draftKey(rid: string, th?: string): string {
  return th === undefined ? rid : `${rid}/${th}`
}

/** "Try again" keeps id and place; the server knows if it has it already. */
export async function retry(db: ChatDb, id: string): Promise<void> {
  await db.transaction('rw', db.outbox, db.uploads, async () => {
    const entry = await db.outbox.where('id').equals(id).first()
    if (entry === undefined) return
    // The server does not have the files any more: they are sent again as well.
    const again = entry.files && (entry.refused?.code === 'notfound' || (await failed(db, entry.files)))
    if (again) await db.uploads.where('key').anyOf(entry.files!).modify({ state: 'waiting', sent: 0 })
    const { refused: _refused, ...rest } = entry
    await db.outbox.put({ ...rest, state: 'pending' })
  })
}

/**
 * Takes a message that was not sent out of the outbox, to delete or to edit it. One that the server
 * may have stays, or it would come back or be there twice.
 */
export async function discard(db: ChatDb, id: string): Promise<OutboxEntry | undefined> {
  return db.transaction('rw', db.outbox, db.uploads, db.blobs, async () => {
    const entry = await db.outbox.where('id').equals(id).first()
    if (entry === undefined || (entry.state === 'pending' && entry.tried)) return undefined
    await db.outbox.delete(entry.seq)
    if (entry.files) await dropFiles(db, entry.files)
    return entry
  })
}

function fileOf({ name, size, type, w, h, thumb }: Upload, id: string): FileItem {
  return { id, name, size, type, ...(w && h && { w, h }), ...(thumb && { thumb }) }
}

async function failed(db: ChatDb, files: readonly string[]): Promise<boolean> {
  return (await db.uploads.bulkGet([...files])).some((upload) => upload?.state === 'failed')
}

/** Files that nothing waits for any more. */
export async function dropFiles(db: ChatDb, files: readonly string[]): Promise<void> {
  await Promise.all([db.uploads.bulkDelete([...files]), db.blobs.bulkDelete([...files])])
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
    const batch = pack(await this.#ready(queue), limit)
    // From here on the server may have them, whatever is heard of it.
    await this.#db.outbox.bulkUpdate(batch.filter((entry) => !entry.tried).map(({ seq }) => ({ key: seq, changes: { tried: true } })))
    return batch
  }

  /** The start of the queue whose files have all arrived; a later message does not overtake. */
  async #ready(queue: OutboxEntry[]): Promise<OutboxEntry[]> {
    const ready: OutboxEntry[] = []
    for (const entry of queue) {
      if (entry.files === undefined) {
        ready.push(entry)
        continue
      }
      const uploads = await this.#db.uploads.bulkGet(entry.files)
      if (uploads.some((upload) => upload?.state === 'failed')) {
        await this.#db.outbox.update(entry.seq, { state: 'failed', refused: { code: 'files' } })
        continue
      }
      const att = uploads.flatMap((upload) => (upload?.state === 'done' && upload.file) || [])
      if (att.length < entry.files.length) break
      ready.push({ ...entry, att })
    }
    return ready
  }

  async settle(rid: string, results: readonly SendResult[]): Promise<void> {
    const { msgs, looked, outbox, rooms, uploads, blobs } = this.#db
    await this.#db.transaction('rw', [msgs, looked, outbox, rooms, uploads, blobs], async () => {
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
        const { att: _att, ...text } = draft(entry)
        const att = entry.files && (await this.#named(entry.files))
        const message = { k: 'message', rid, uid: this.#me, ...text, ...(att && { att }), ...place } as const
        await applyItems(this.#db, this.#me, [message])
      }
    })
  }
  /** The files as the server will show them. */
  async #named(files: readonly string[]): Promise<FileItem[]> {
    const uploads = await this.#db.uploads.bulkGet([...files])
    return uploads.flatMap((upload) => (upload?.file ? fileOf(upload, upload.file) : []))
  }
}
