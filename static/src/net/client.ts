import { digest } from '../model/digest'
import type { Actions, Hello, Hint, MessageItem, RoomSummary, User } from '../model/protocol'
import { Connection, type Status } from './connection'
import { Flusher } from './flusher'
import type { Env, LogStore, OutboxPort, Token } from './ports'
import { patiently } from './retry'
import type { RequestOptions } from './rpc'
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
  onHint: (hint: Hint) => void
  /** What `hello` says beside rooms and people. */
  onWelcome: (welcome: Pick<Hello, 'admin' | 'limits' | 'online'>) => void
}

/** What a reply may bring that is kept. */
interface Kept {
  item?: MessageItem
  root?: MessageItem
  items?: MessageItem[]
  room?: RoomSummary
  user?: User
}

/** `typing` has no reply, so none is waited for. */
const OPTIONS: Partial<Record<keyof Actions, RequestOptions>> = { typing: { attempts: 0 } }

/** What the pages may ask of the network, in whichever tab the socket lives. */
export interface Commands {
  fill(rid: string): Promise<void>
  older(rid: string): Promise<void>
  read(rid: string, n: number): Promise<void>
  /** Any other request; what it answers with is stored before it is handed on. */
  ask<A extends keyof Actions>(action: A, fields: Actions[A][0]): Promise<Actions[A][1]>
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
      onHello: (hello) => {
        deps.onWelcome(hello)
        return this.#syncer.hello(hello)
      },
      onHeads: (heads) => void this.#syncer.heads(heads),
      onPush: (push) => this.#syncer.push(push),
      onStatus: (status) => {
        this.#flusher.setOnline(status.phase === 'open')
        deps.onStatus(status)
      },
    })
    this.#syncer.onHint = deps.onHint
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

  async ask<A extends keyof Actions>(action: A, fields: Actions[A][0]): Promise<Actions[A][1]> {
    const request = () => this.#connection.request<Actions[A][1]>(action, fields, OPTIONS[action])
    const reply = await patiently(this.#deps.env.clock, request)
    if (reply !== undefined) await this.#keep(reply as Kept)
    return reply
  }

  kick(): Promise<void> {
    return this.#flusher.kick()
  }

  async wake(): Promise<void> {
    this.#connection.wake()
  }

  async #keep({ item, root, items, room, user }: Kept): Promise<void> {
    const messages = [item, root, ...(items ?? [])].filter((each) => each !== undefined)
    if (messages.length > 0) await this.#deps.log.seen(messages)
    if (room) await this.#syncer.room(room)
    if (user) await this.#deps.log.user(user)
  }
}
