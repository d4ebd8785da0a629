// From stored messages to the rows that are shown: days, runs of one author, the "New" line.

import type { MessageItem } from './protocol'

export type MessageState = 'pending' | 'sent' | 'failed'

/** Another message as it is shown above one that quotes it or belongs to its thread. */
export interface Quote {
  id: string
  uid: string
  body: string
}

/** A message as shown, whether the server has it or it waits in the outbox. */
export interface Shown extends Omit<MessageItem, 'k' | 'rev' | 'pos' | 'n'> {
  state: MessageState
  rev?: string
  pos?: string
  /** Ordinal in the room; only a committed message has one. */
  n?: number
  /** Why it was not sent. */
  refused?: { code: string; text?: string }
  /** Keys of the uploads that it waits for. */
  files?: string[]
  /** It was given to the network, so it cannot be taken back. */
  tried?: boolean
  /** The message it quotes, or whose thread it belongs to; missing while it is not here. */
  quote?: Quote
  root?: Quote
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

/** Whether a message begins a run: another author, a pause, or something above its text. */
function begins(message: Shown, previous: Shown | undefined): boolean {
  if (previous === undefined || previous.uid !== message.uid) return true
  if (message.at - previous.at > RUN) return true
  return message.q !== undefined || message.th !== previous.th
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
    let first = begins(message, previous)
    if (previous === undefined || !sameDay(previous.at, message.at)) {
      result.push({ is: 'day', key: `day ${message.id}`, at: message.at })
      first = true
    }
    if (!lineDrawn && message.uid !== me && message.n !== undefined && message.n > newAfter!) {
      // Above the window everything may be new as well: then the line is further up.
      if (previous !== undefined || message.n === newAfter! + 1) result.push({ is: 'new', key: 'new' })
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

/** What of a room asks for attention, by what its reader wants to be told of. */
export function attention(room: { n: number; readN: number; ment?: number; level?: string }): { count: number; mention: boolean } {
  const mention = (room.ment ?? 0) > room.readN && room.level !== 'none'
  return { count: (room.level ?? 'all') === 'all' || mention ? unread(room) : 0, mention }
}
