// What the network side needs from the world: time, chance, sockets, and the local store.
// Tests put fakes here.

import type { LogDecision } from '../model/log'
import type {
  Draft,
  Hello,
  HistReply,
  Level,
  LogPush,
  MessageItem,
  RoomSummary,
  SendResult,
  SyncReply,
  User,
} from '../model/protocol'

export interface Clock {
  now(): number
  /** Runs `action` once after `ms`; the answer cancels it. */
  after(ms: number, action: () => void): () => void
}

/** The part of the browser's WebSocket that is used. */
export interface Socket {
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  send(text: string): void
  close(code?: number, reason?: string): void
}

export interface Env {
  clock: Clock
  random: () => number
  openSocket: (url: string, protocols: string[]) => Socket
}

export interface OutboxPort {
  /** Rooms with something to send. */
  rooms(): Promise<string[]>
  /** The next messages of a room, in order, that fit one frame. */
  next(rid: string, limit: number): Promise<Draft[]>
  settle(rid: string, results: readonly SendResult[]): Promise<void>
}

export interface LogStore {
  cursors(): Promise<Record<string, string>>
  hello(hello: Hello): Promise<string[]>
  room(summary: RoomSummary): Promise<boolean>
  push(push: LogPush): Promise<LogDecision>
  sync(rid: string, after: string, reply: SyncReply): Promise<void>
  history(rid: string, before: string | undefined, reply: HistReply): Promise<void>
  oldest(rid: string): Promise<string | undefined>
  count(rid: string): Promise<number>
  complete(rid: string): Promise<boolean>
  read(rid: string, readN: number): Promise<number>
  unsentReads(rooms: readonly RoomSummary[]): Promise<{ rid: string; n: number }[]>
  leave(rid: string): Promise<void>
  level(rid: string, level: Level): Promise<void>
  /** Messages that were asked for by themselves: newer forms of what is here, and what is looked at. */
  seen(items: readonly MessageItem[]): Promise<void>
  user(user: User): Promise<void>
}

export interface Token {
  jwt: string
  /** When it ends, in milliseconds. */
  exp: number
}

/** There is no valid session any more; only the person can sign in again. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut'
}
