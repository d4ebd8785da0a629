import { LIMITS, type Draft } from './protocol'

const encoder = new TextEncoder()

export function byteLength(text: string): number {
  return encoder.encode(text).length
}

/** The size of a message inside a frame: escapes and multi-byte characters count. */
function cost(message: Draft): number {
  return byteLength(JSON.stringify(draft(message)))
}

/** What of an outbox entry goes to the server. */
export function draft({ id, body, th, q, ment, att }: Draft): Draft {
  return { id, body, ...(th && { th }), ...(q && { q }), ...(ment?.length && { ment }), ...(att?.length && { att }) }
}

/** Room for action, r and rid around the messages of a `send` frame. */
const ENVELOPE = 256

/** What the server keeps free in a frame for the other fields of a message (JSON_BODY there). */
const FIELDS = 2048

/** Whether the server takes this text as one message. */
export function fits(body: string): boolean {
  return (
    byteLength(body) <= LIMITS.body &&
    byteLength(JSON.stringify(body)) <= LIMITS.frame - FIELDS
  )
}

/**
 * The longest start of the queue that fits one frame. Never empty for a non-empty queue: a
 * message too big for any frame goes alone, and the server's `toobig` says what is wrong.
 */
export function pack<T extends Draft>(queue: readonly T[], limit: number = LIMITS.batch): T[] {
  const batch: T[] = []
  let bytes = ENVELOPE
  for (const message of queue) {
    bytes += cost(message) + 1
    if (batch.length > 0 && (bytes > LIMITS.frame || batch.length >= limit)) break
    batch.push(message)
  }
  return batch
}
