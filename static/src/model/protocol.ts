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
  pinned?: number
  /** The message whose thread this belongs to. */
  th?: string
  /** The message that this one quotes. */
  q?: string
  ment?: string[]
  /** Who reacted, by emoji. */
  rx?: Record<string, string[]>
  replies?: number
  att?: FileItem[]
}

/** A file of a message. */
export interface FileItem {
  id: string
  name: string
  size: number
  type: string
  w?: number
  h?: number
  thumb?: boolean
}

/** Where, and with which fields before it, a file is to be posted. */
export interface Form {
  url: string
  fields: Record<string, string>
}

/** What the server takes at most. */
export interface Limits {
  file: number
  files: number
  types: string[]
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
  kind: Kind
  by: string
  since: number
  topic?: string
  days?: number
  closed?: boolean
  uids?: string[]
}

export type Kind = 'direct' | 'private' | 'public'
export type Level = 'all' | 'mentions' | 'none'
export type Role = 'owner' | 'admin' | 'member'

export type Item = MessageItem | MemberItem | RoomItem

export interface RoomSummary {
  rid: string
  name: string
  kind: Kind
  role: string
  head: string
  n: number
  readN: number
  /** Ordinal of the newest message that mentions us. */
  ment?: number
  level?: Level
  topic?: string
  closed?: boolean
  /** The people of a direct room. */
  uids?: string[]
}

export interface User {
  uid: string
  name: string
  status?: string
}

/** A message as its author wants it stored. */
export interface Draft {
  id: string
  body: string
  th?: string
  q?: string
  ment?: string[]
  att?: string[]
}

export interface Person {
  uid: string
  role: string
  since: number
}

export interface Act {
  pos: string
  at: number
  uid: string
  what: string
  whom?: string
  rid?: string
}

export interface LogPush {
  t: 'log'
  rid: string
  p: string
  items: Item[]
}

/** What is told once and stored nowhere: who writes, who is there. */
export type Hint = { t: 'typ'; rid: string; uid: string } | { t: 'pres'; uids: string[] }

export type Push =
  | LogPush
  | Hint
  | { t: 'level'; rid: string; level: Level }
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
  /** Who was when everybody was last told. */
  online: string[]
  /** We are an administrator of the site. */
  admin?: boolean
  limits?: Limits
}

export type SendResult =
  | { id: string; ok: true; pos: string; rev: string; n: number; at: number }
  | { id: string; ok: false; e: WireErrorCode; msg?: string }

export interface HistReply {
  items: MessageItem[]
  more: boolean
  newer?: boolean
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

/** The requests that pages make themselves: their fields, and what is answered. */
export interface Actions {
  edit: [{ rid: string; id: string; body: string; ment: string[] }, { item: MessageItem }]
  del: [{ rid: string; id: string }, { item: MessageItem }]
  react: [{ rid: string; id: string; emoji: string; on: boolean }, { item: MessageItem }]
  pin: [{ rid: string; id: string; on: boolean }, { item: MessageItem }]
  hist: [{ rid: string; before?: string; after?: string; around?: string; limit?: number }, HistReply]
  thread: [{ rid: string; id: string; before?: string; limit?: number }, { root: MessageItem; items: MessageItem[]; more: boolean }]
  pins: [{ rid: string }, { items: MessageItem[] }]
  search: [{ rid: string; q: string; before?: string }, { items: MessageItem[]; next?: string }]
  'file.upload': [
    { rid: string; name: string; size: number; type: string; w?: number; h?: number; thumb?: { size: number; type: 'image/webp' } },
    { id: string; form: Form; thumb?: Form },
  ]
  'file.open': [{ rid: string; ids: string[]; thumb?: boolean }, { urls: Record<string, string> }]
  typing: [{ rid: string }, unknown]
  focus: [{ rid?: string }, unknown]
  'user.set': [{ name?: string; status?: string }, { user: User }]
  'room.create': [{ rid: string; name: string; kind: 'private' | 'public' }, { room: RoomSummary }]
  'room.direct': [{ rid: string; uids: string[] }, { room: RoomSummary }]
  'room.join': [{ rid: string }, { room: RoomSummary }]
  'room.leave': [{ rid: string }, unknown]
  'room.set': [{ rid: string; name?: string; topic?: string; days?: number; closed?: boolean }, { room: RoomSummary }]
  'room.level': [{ rid: string; level: Level }, { level: Level }]
  'room.list': [{ after?: string }, RoomListReply]
  'member.list': [{ rid: string; after?: string }, { members: Person[]; more: boolean }]
  'member.add': [{ rid: string; uids: string[] }, unknown]
  'member.remove': [{ rid: string; uid: string; ban?: boolean }, unknown]
  'member.role': [{ rid: string; uid: string; role: Role }, unknown]
  'admin.ban': [{ uid: string; on: boolean }, unknown]
  'admin.banned': [{ after?: string }, { uids: string[]; more: boolean }]
  'admin.audit': [{ month: string; before?: string }, { acts: Act[]; more: boolean }]
}

/** A `hello` that does not fit one frame comes in parts, each with some of the rooms and users. */
export function mergeHello(parts: readonly Reply[]): Hello {
  const hellos = parts as unknown as readonly Hello[]
  return {
    ...hellos.at(-1)!,
    rooms: hellos.flatMap((part) => part.rooms ?? []),
    users: hellos.flatMap((part) => part.users ?? []),
    online: hellos.flatMap((part) => part.online ?? []),
  }
}

export type Frame = { is: 'reply'; reply: Reply } | { is: 'push'; push: Push } | { is: 'noise' }

const NOISE: Frame = { is: 'noise' }
const PUSHES = new Set(['log', 'read', 'level', 'user', 'joined', 'left', 'typ', 'pres'])

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
