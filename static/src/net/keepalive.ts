import type { Link } from './link'
import type { Clock } from './ports'

// API Gateway ends a socket after 10 minutes without traffic and after 2 hours in any case
// (developer guide, "Quotas for WebSocket APIs"); a token lasts for an hour.
const PING_VISIBLE = 45_000
const PING_HIDDEN = 240_000
const REPLACE_FROM = 105 * 60_000
const REPLACE_SPREAD = 10 * 60_000
const REPLACE_AGAIN = 60_000
const RENEW_BEFORE = 120_000
const RENEW_AGAIN = 20_000
/** After a focus, silence longer than this is worth a probe. */
const FRESH = 15_000

interface KeepAliveDeps {
  clock: Clock
  random: () => number
  visible: () => boolean
  ping: () => Promise<void>
  renew: () => Promise<number | undefined>
  replace: () => void
}

/** The timers of an open socket: ping, new token, new socket. */
export class KeepAlive {
  readonly #deps: KeepAliveDeps
  #cancelPing: () => void = () => undefined
  #cancelRenew: () => void = () => undefined
  #cancelReplace: () => void = () => undefined
  #link: Link | undefined
  #pinging = false
  #ahead = 0

  constructor(deps: KeepAliveDeps) {
    this.#deps = deps
  }

  /** @param ahead how far the server's clock is ahead of ours, for tokens end by the server's */
  start(link: Link, ahead: number): void {
    this.stop()
    this.#link = link
    this.#ahead = ahead
    const { clock, random } = this.#deps
    this.#armPing(link)
    this.#armRenew(link, this.#until(link.token.exp))
    this.#cancelReplace = clock.after(REPLACE_FROM + random() * REPLACE_SPREAD, this.#deps.replace)
  }

  stop(): void {
    this.#link = undefined
    this.#cancelPing()
    this.#cancelRenew()
    this.#cancelReplace()
  }

  /** The second socket could not be opened: the first still serves, try again soon. */
  replaceLater(): void {
    this.#cancelReplace()
    this.#cancelReplace = this.#deps.clock.after(REPLACE_AGAIN, this.#deps.replace)
  }

  /** Asks now whether the socket still lives, unless it just showed that it does. */
  probe(link: Link): void {
    if (this.#deps.clock.now() - link.lastReceived < FRESH) this.#armPing(link)
    else void this.#ping()
  }

  #armPing(link: Link): void {
    this.#cancelPing()
    if (link !== this.#link) return
    const { clock, visible } = this.#deps
    const due = () => link.lastTraffic + (visible() ? PING_VISIBLE : PING_HIDDEN) - clock.now()
    this.#cancelPing = clock.after(Math.max(0, due()), () => {
      // Traffic since then has moved the moment; a socket at rest is pinged.
      if (due() <= 0) void this.#ping()
      else this.#armPing(link)
    })
  }

  async #ping(): Promise<void> {
    if (this.#pinging) return
    this.#pinging = true
    this.#cancelPing()
    try {
      await this.#deps.ping()
    } finally {
      this.#pinging = false
    }
    if (this.#link) this.#armPing(this.#link)
  }

  #armRenew(link: Link, wait: number): void {
    this.#cancelRenew()
    if (link !== this.#link) return
    const { clock, renew } = this.#deps
    this.#cancelRenew = clock.after(Math.max(5000, wait), async () => {
      const exp = await renew()
      this.#armRenew(link, exp === undefined ? RENEW_AGAIN : this.#until(exp))
    })
  }

  #until(exp: number): number {
    return exp - this.#ahead - this.#deps.clock.now() - RENEW_BEFORE
  }
}
