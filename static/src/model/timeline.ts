// From stored messages to the rows that are shown: days, runs of one author, the "New" line.

export type MessageState = 'pending' | 'sent' | 'failed'

/** A message as shown, whether the server has it or it waits in the outbox. */
export interface Shown {
  id: string
  rid: string
  uid: string
  body: string
  at: number
  state: MessageState
  /** Ordinal in the room; only a committed message has one. */
  n?: number
  /** Why it was not sent, in plain words. */
  reason?: string
  edited?: boolean
  deleted?: boolean
}

export type Row =
  | { is: 'day'; key: string; at: number }
  | { is: 'new'; key: string }
  | { is: 'message'; key: string; message: Shown; first: boolean }

/** Messages of one author closer than this share a header. */
const RUN = 5 * 60_000

function sameDay(a: number, b: number): boolean {
  const [x, y] = [new Date(a), new Date(b)]
  return (
    x.getFullYear() === y.getFullYear() &&
    x.getMonth() === y.getMonth() &&
    x.getDate() === y.getDate()
  )
}

/**
 * @param messages committed ones in `pos` order, then the outbox in its order
 * @param newAfter the read ordinal when the room was opened; the "New" line stays there
 */
export function rows(messages: readonly Shown[], newAfter: number | undefined, me: string): Row[] {
  const result: Row[] = []
  let previous: Shown | undefined
  let lineDrawn = newAfter === undefined
  for (const message of messages) {
    let first = previous === undefined || previous.uid !== message.uid
    first ||= message.at - previous!.at > RUN
    if (previous === undefined || !sameDay(previous.at, message.at)) {
      result.push({ is: 'day', key: `day ${message.id}`, at: message.at })
      first = true
    }
    if (!lineDrawn && message.uid !== me && message.n !== undefined && message.n > newAfter!) {
      result.push({ is: 'new', key: 'new' })
      lineDrawn = true
      first = true
    }
    result.push({ is: 'message', key: message.id, message, first })
    previous = message
  }
  return result
}

export function unread(room: { n: number; readN: number }): number {
  return Math.max(0, room.n - room.readN)
}
