// One signed-in user in this tab: the database at once, the network as soon as it can be had.

import { liveQuery, type Subscription } from 'dexie'

import type { Site } from '../model/config'
import { Client } from '../net/client'
import type { Hint, Limits } from '../model/protocol'
import type { Status } from '../net/connection'
import { ChatDb } from '../store/db'
import { DexieLog } from '../store/log'
import { DexieOutbox } from '../store/outbox'
import type { Account } from './auth'
import { browserEnv } from './env'
import { TabLine, whenLeader } from './tabs'
import { Uploader } from './uploads'

const SITE_AGAIN = 3000

export interface RuntimeDeps {
  account: Account
  /** The site to talk to, from /config.json or its cached copy. */
  site: () => Promise<Site>
  token: ConstructorParameters<typeof Client>[0]['token']
  onLive: (live: Live) => void
  onTyping: (rid: string, uid: string) => void
}

/** What every tab knows of the moment, wherever the socket is. */
export interface Live extends Status {
  online: readonly string[]
  admin: boolean
  limits: Limits | undefined
}

export const CONNECTING: Live = { phase: 'connecting', latency: undefined, online: [], admin: false, limits: undefined }

/** What the stores need of a runtime; the gallery has one that never connects. */
export type Engine = Pick<Runtime, 'db' | 'call' | 'stop'>

export const engines = { make: (deps: RuntimeDeps): Engine => new Runtime(deps) }

export class Runtime {
  readonly db: ChatDb
  readonly line: TabLine
  readonly #deps: RuntimeDeps
  readonly #end = new AbortController()
  #live = CONNECTING
  #client: Client | undefined
  #outbox: Subscription | undefined
  #uploads: Uploader | undefined

  constructor(deps: RuntimeDeps) {
    this.#deps = deps
    const { uid } = deps.account
    this.db = new ChatDb(uid)
    this.line = new TabLine(uid)
    this.line.onLive = deps.onLive
    this.line.onTyping = deps.onTyping
    void whenLeader(uid, this.#end.signal, () => void this.#lead())
    for (const type of ['focus', 'online'] as const) {
      addEventListener(type, this.#wake, { signal: this.#end.signal })
    }
    document.addEventListener('visibilitychange', this.#wake, { signal: this.#end.signal })
  }

  readonly call: TabLine['call'] = (method, ...args) => this.line.call(method, ...args)

  stop(): void {
    this.#end.abort()
    this.#outbox?.unsubscribe()
    this.#uploads?.stop()
    this.#client?.stop()
    this.line.close()
    this.db.close()
  }

  async #lead(): Promise<void> {
    const site = await this.#deps.site().catch(() => undefined)
    if (this.#end.signal.aborted) return
    if (site === undefined) {
      this.#report({ phase: 'offline' })
      browserEnv.clock.after(SITE_AGAIN, () => void this.#lead())
      return
    }
    const { account, token } = this.#deps
    const client = new Client({
      env: browserEnv,
      url: site.websocket,
      log: new DexieLog(this.db, account.uid),
      outbox: new DexieOutbox(this.db, account.uid),
      token,
      name: () => account.name,
      visible: () => document.visibilityState === 'visible',
      onStatus: (status) => this.#report(status),
      onHint: (hint) => this.#hint(hint),
      onWelcome: ({ admin = false, limits, online }) => this.#report({ admin, limits, online }),
    })
    this.#client = client
    this.line.lead(client, () => this.#live)
    // Sees what any tab writes into the outbox, and when a file has arrived.
    this.#outbox = liveQuery(() => Promise.all([this.db.outbox.where('state').equals('pending').count(), this.db.uploads.where('state').equals('done').count()])).subscribe(
      () => void client.kick(),
    )
    this.#uploads = new Uploader(this.db, (action, fields) => client.ask(action, fields), () => (this.#live.phase === 'open' ? this.#live.limits : undefined))
    client.start()
  }

  #report(change: Partial<Live>): void {
    if (this.#end.signal.aborted) return
    this.#live = { ...this.#live, ...change }
    this.line.publish(this.#live)
    this.#deps.onLive(this.#live)
    if (change.phase === 'open') this.#uploads?.kick()
  }

  #hint(hint: Hint): void {
    if (this.#end.signal.aborted) return
    if (hint.t === 'pres') return this.#report({ online: hint.uids })
    this.line.typing(hint.rid, hint.uid)
    this.#deps.onTyping(hint.rid, hint.uid)
  }

  readonly #wake = (): void => {
    if (document.visibilityState === 'visible') void this.line.call('wake').catch(() => undefined)
  }
}
