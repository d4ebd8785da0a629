import { digest } from '../model/digest'
import type { RoomListReply, RoomSummary } from '../model/protocol'
import { Connection, type Status } from './connection'
import { Flusher } from './flusher'
import type { Env, LogStore, OutboxPort, Token } from './ports'
import { patiently } from './retry'
import { Syncer } from './syncer'

export interface ClientDeps {
  env: Env
  url: string
  log: LogStore
  outbox: OutboxPort
  token: (fresh: boolean) => Promise<Token>
  name: () => string | undefined
  visible: () => boolean
  onStatus: (status: Status) => void
}

/** What the pages may ask of the network, in whichever tab the socket lives. */
export interface Commands {
  fill(rid: string): Promise<void>
  older(rid: string): Promise<void>
  read(rid: string, n: number): Promise<void>
  create(rid: string, name: string): Promise<RoomSummary>
  join(rid: string): Promise<RoomSummary>
  list(after?: string): Promise<RoomListReply>
  /** There is something to send. */
  kick(): Promise<void>
  /** Now is a good moment to connect, or to see if the connection lives. */
  wake(): Promise<void>
}

/** One user's traffic with one site: connection, log and outbox put together. */
export class Client implements Commands {
  readonly #deps: ClientDeps
  readonly #connection: Connection
  readonly #syncer: Syncer
  readonly #flusher: Flusher

  constructor(deps: ClientDeps) {
    this.#deps = deps
    const { clock } = deps.env
    const request = <T>(action: string, fields: object) =>
      this.#connection.request<T>(action, fields)
    this.#syncer = new Syncer(clock, deps.log, request)
    this.#flusher = new Flusher(clock, deps.outbox, request)
    this.#connection = new Connection({
      ...deps,
      digest: async () => digest(await deps.log.cursors()),
      onHello: (hello) => this.#syncer.hello(hello),
      onHeads: (heads) => void this.#syncer.heads(heads),
      onPush: (push) => this.#syncer.push(push),
      onStatus: (status) => {
        this.#flusher.setOnline(status.phase === 'open')
        deps.onStatus(status)
      },
    })
    this.#syncer.onStrangers = () => this.#connection.restart()
  }

  start(): void {
    this.#connection.start()
  }

  stop(): void {
    this.#flusher.setOnline(false)
    this.#connection.stop()
  }

  fill(rid: string): Promise<void> {
    return this.#syncer.fill(rid)
  }

  older(rid: string): Promise<void> {
    return this.#syncer.older(rid)
  }

  async read(rid: string, n: number): Promise<void> {
    await this.#deps.log.read(rid, n)
    await this.#syncer.sendRead(rid, n)
  }

  async create(rid: string, name: string): Promise<RoomSummary> {
    return this.#enter('room.create', { rid, name })
  }

  async join(rid: string): Promise<RoomSummary> {
    return this.#enter('room.join', { rid })
  }

  list(after?: string): Promise<RoomListReply> {
    return this.#ask<RoomListReply>('room.list', after === undefined ? {} : { after })
  }

  kick(): Promise<void> {
    return this.#flusher.kick()
  }

  async wake(): Promise<void> {
    this.#connection.wake()
  }

  async #enter(action: string, fields: object): Promise<RoomSummary> {
    const { room } = await this.#ask<{ room: RoomSummary }>(action, fields)
    await this.#syncer.room(room)
    return room
  }

  #ask<T>(action: string, fields: object): Promise<T> {
    return patiently(this.#deps.env.clock, () => this.#connection.request<T>(action, fields))
  }
}
