// The shapes of docs/protocol.md. The server's side of them is handlers/chat/protocol/.

/** Bounds that both sides keep, in bytes of UTF-8 and in messages. */
export const LIMITS = { body: 16_384, frame: 28_672, batch: 20 } as const

/** The room that everybody is in. */
export const LOBBY = '00000000000000000000000000'

export const SUBPROTOCOL = 'labchat.v1'

export interface MessageItem {
  k: 'message'
  rid: string
  rev: string
  id: string
  uid: string
  pos: string
  n: number
  body: string
  at: number
  edited?: number
  deleted?: boolean
}

export interface MemberItem {
  k: 'member'
  rid: string
  rev: string
  uid: string
  role: string
  since: number
}

export interface RoomItem {
  k: 'room'
  rid: string
  rev: string
  name: string
  kind: string
  by: string
  since: number
}

export type Item = MessageItem | MemberItem | RoomItem

export interface RoomSummary {
  rid: string
  name: string
  kind: string
  role: string
  head: string
  n: number
  readN: number
}

export interface User {
  uid: string
  name: string
}

export interface LogPush {
  t: 'log'
  rid: string
  p: string
  items: Item[]
}

export type Push =
  | LogPush
  | { t: 'read'; rid: string; readN: number }
  | { t: 'user'; user: User }
  | { t: 'joined'; room: RoomSummary }
  | { t: 'left'; rid: string }

export type WireErrorCode =
  | 'auth'
  | 'busy'
  | 'rate'
  | 'denied'
  | 'notfound'
  | 'invalid'
  | 'toobig'
  | 'conflict'
  | 'readonly'
  | 'version'

/** A reply as it comes off the wire; each action knows which of the other fields are there. */
export interface Reply {
  r: string
  ok: boolean
  e?: WireErrorCode
  msg?: string
  after?: number
  more?: boolean
  [field: string]: unknown
}

export interface Hello {
  uid: string
  ts: number
  site: string
  rooms: RoomSummary[]
  users: User[]
}

export type SendResult =
  | { id: string; ok: true; pos: string; rev: string; n: number; at: number }
  | { id: string; ok: false; e: WireErrorCode; msg?: string }

export interface HistReply {
  items: MessageItem[]
  more: boolean
}

export interface SyncReply {
  items: Item[]
  cur: string
  more: boolean
}

export interface ListedRoom {
  rid: string
  name: string
  n: number
  joined: boolean
}

export interface RoomListReply {
  rooms: ListedRoom[]
  more?: boolean
  next?: string
}

/** A `hello` that does not fit one frame comes in parts, each with some of the rooms and users. */
export function mergeHello(parts: readonly Reply[]): Hello {
  const hellos = parts as unknown as readonly Hello[]
  return {
    ...hellos.at(-1)!,
    rooms: hellos.flatMap((part) => part.rooms ?? []),
    users: hellos.flatMap((part) => part.users ?? []),
  }
}

export type Frame = { is: 'reply'; reply: Reply } | { is: 'push'; push: Push } | { is: 'noise' }

const NOISE: Frame = { is: 'noise' }
const PUSHES = new Set(['log', 'read', 'user', 'joined', 'left'])

/**
 * Sorts a received text into reply, push, or noise. API Gateway's own error frames
 * (`{"message": "Internal server error", …}`) have neither `r` nor a known `t`: noise.
 */
export function parseFrame(text: string): Frame {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return NOISE
  }
  if (typeof value !== 'object' || value === null) return NOISE
  const frame = value as Record<string, unknown>
  if (typeof frame['r'] === 'string' && typeof frame['ok'] === 'boolean') {
    return { is: 'reply', reply: frame as Reply }
  }
  if (typeof frame['t'] === 'string' && PUSHES.has(frame['t'])) {
    return { is: 'push', push: frame as unknown as Push }
  }
  return NOISE
}
