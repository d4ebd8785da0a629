// One signed-in user in this tab: the database at once, the network as soon as it can be had.

import { liveQuery, type Subscription } from 'dexie'

import type { Site } from '../model/config'
import { Client } from '../net/client'
import type { Status } from '../net/connection'
import { ChatDb } from '../store/db'
import { DexieLog } from '../store/log'
import { DexieOutbox } from '../store/outbox'
import type { Account } from './auth'
import { browserEnv } from './env'
import { TabLine, whenLeader } from './tabs'

const SITE_AGAIN = 3000

export interface RuntimeDeps {
  account: Account
  /** The site to talk to, from /config.json or its cached copy. */
  site: () => Promise<Site>
  token: ConstructorParameters<typeof Client>[0]['token']
  onStatus: (status: Status) => void
}

export class Runtime {
  readonly db: ChatDb
  readonly line: TabLine
  readonly #deps: RuntimeDeps
  readonly #end = new AbortController()
  #status: Status = { phase: 'connecting', latency: undefined }
  #client: Client | undefined
  #outbox: Subscription | undefined

  constructor(deps: RuntimeDeps) {
    this.#deps = deps
    const { uid } = deps.account
    this.db = new ChatDb(uid)
    this.line = new TabLine(uid)
    this.line.onStatus = deps.onStatus
    void whenLeader(uid, this.#end.signal, () => void this.#lead())
    for (const type of ['focus', 'online'] as const) {
      addEventListener(type, this.#wake, { signal: this.#end.signal })
    }
    document.addEventListener('visibilitychange', this.#wake, { signal: this.#end.signal })
  }

  stop(): void {
    this.#end.abort()
    this.#outbox?.unsubscribe()
    this.#client?.stop()
    this.line.close()
    this.db.close()
  }

  async #lead(): Promise<void> {
    const site = await this.#deps.site().catch(() => undefined)
    if (this.#end.signal.aborted) return
    if (site === undefined) {
      this.#report({ phase: 'offline', latency: undefined })
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
    })
    this.#client = client
    this.line.lead(client, () => this.#status)
    // Sees what any tab writes into the outbox.
    this.#outbox = liveQuery(() => this.db.outbox.where('state').equals('pending').count()).subscribe(
      () => void client.kick(),
    )
    client.start()
  }

  #report(status: Status): void {
    if (this.#end.signal.aborted) return
    this.#status = status
    this.line.publish(status)
    this.#deps.onStatus(status)
  }

  readonly #wake = (): void => {
    if (document.visibilityState === 'visible') void this.line.call('wake').catch(() => undefined)
  }
}
