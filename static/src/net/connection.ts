import { backoff } from '../model/backoff'
import { mergeHello, type Hello, type Push } from '../model/protocol'
import { KeepAlive } from './keepalive'
import { Link } from './link'
import { SignedOut, type Env, type Token } from './ports'
import { within } from './retry'
import { RequestError, type RequestOptions } from './rpc'

export type Phase = 'connecting' | 'open' | 'offline' | 'signedout'

export interface Status {
  phase: Phase
  /** The last round trip in milliseconds. */
  latency: number | undefined
}

export interface ConnectionDeps {
  env: Env
  url: string
  /** A valid access token, a newer one if `fresh`. Throws `SignedOut` when there is none. */
  token: (fresh: boolean) => Promise<Token>
  name: () => string | undefined
  visible: () => boolean
  digest: () => Promise<string>
  onHello: (hello: Hello) => Promise<void>
  onHeads: (heads: Record<string, string>) => void
  onPush: (push: Push) => void
  onStatus: (status: Status) => void
}

/** After this long an open socket proves the server well, and failures are forgotten. */
const STABLE = 30_000
const HELLO_WAIT = 6000
/** A sign-in service that swallows requests must not keep us from trying again. */
const TOKEN_WAIT = 15_000
/** Failed attempts before "connecting" is called "offline". */
const PATIENCE = 2

/** Keeps one socket to a site for as long as it runs. */
export class Connection {
  readonly #deps: ConnectionDeps
  readonly #keepAlive: KeepAlive
  #link: Link | undefined
  #running = false
  #opening = false
  #renewing: Promise<number | undefined> | undefined
  #failures = 0
  #cancelRetry: () => void = () => undefined
  #cancelStable: () => void = () => undefined
  #status: Status = { phase: 'connecting', latency: undefined }

  constructor(deps: ConnectionDeps) {
    this.#deps = deps
    this.#keepAlive = new KeepAlive({
      clock: deps.env.clock,
      random: deps.env.random,
      visible: deps.visible,
      ping: () => this.#ping(),
      renew: () => this.#renew(),
      replace: () => void this.#connect(),
    })
  }

  start(): void {
    this.#running = true
    this.#failures = 0
    void this.#connect()
  }

  stop(): void {
    this.#running = false
    this.#cancelRetry()
    this.#cancelStable()
    this.#keepAlive.stop()
    this.#link?.close()
    this.#link = undefined
  }

  /** Something says that now is a good moment: focus, `online`, the person pressed "retry". */
  wake(): void {
    // Somebody may have signed in again, in any tab.
    if (this.#status.phase === 'signedout') this.start()
    if (!this.#running) return
    if (this.#link === undefined) void this.#connect()
    else this.#keepAlive.probe(this.#link)
  }

  /** Begins anew beside the open socket, to hear the whole `hello` again. */
  restart(): void {
    void this.#connect()
  }

  async request<T>(action: string, fields: object, options?: RequestOptions): Promise<T> {
    const link = this.#link
    if (link === undefined) throw new RequestError('closed', 'There is no connection now.')
    const started = this.#deps.env.clock.now()
    try {
      const reply = await link.rpc.request<T>(action, fields, options)
      this.#setStatus({ latency: link.rpc.roundTrip.last })
      return reply
    } catch (error) {
      if (error instanceof RequestError && error.code === 'auth' && action !== 'auth') {
        await this.#renew()
        return link.rpc.request<T>(action, fields, options)
      }
      const silent = error instanceof RequestError && error.code === 'timeout'
      // Nothing at all came back: the socket is dead, whatever the browser believes.
      if (silent && link.lastReceived <= started) link.close()
      throw error
    }
  }

  async #connect(): Promise<void> {
    if (!this.#running || this.#opening) return
    this.#opening = true
    this.#cancelRetry()
    const waiting = () => {
      if (this.#link === undefined) this.#setStatus({ phase: this.#waitingPhase() })
    }
    if (this.#status.phase !== 'signedout') waiting()
    let link: Link | undefined
    try {
      const token = await this.#token()
      waiting()
      link = new Link(this.#deps.env, this.#deps.url, token, {
        onPush: this.#deps.onPush,
        onClose: (closed) => this.#closed(closed),
      })
      await link.opened
      const hello = await this.#hello(link)
      if (this.#running) await this.#adopt(link, hello)
      else link.close()
    } catch (error) {
      link?.close()
      this.#failed(error)
    } finally {
      this.#opening = false
    }
  }

  /** A refused socket looks like a dead network, so now and then the token is suspected. */
  async #token(): Promise<Token> {
    const token = (fresh: boolean) => this.#ask(fresh)
    if (this.#failures % 3 !== 2) return token(false)
    try {
      return await token(true)
    } catch (error) {
      if (error instanceof SignedOut) throw error
      // The sign-in service is away as well: the old token may still do.
      return token(false)
    }
  }

  #ask(fresh: boolean): Promise<Token> {
    return within(this.#deps.env.clock, TOKEN_WAIT, this.#deps.token(fresh))
  }

  async #hello(link: Link): Promise<Hello> {
    const fields = { v: 1, name: this.#deps.name() }
    const parts = await link.rpc.requestParts('hello', fields, { parts: true, wait: HELLO_WAIT })
    return mergeHello(parts)
  }

  /** Make before break: the old socket, if any, ends only when the new one has said hello. */
  async #adopt(link: Link, hello: Hello): Promise<void> {
    const old = this.#link
    this.#link = link
    old?.close()
    this.#keepAlive.start(link, hello.ts - this.#deps.env.clock.now())
    this.#cancelStable()
    this.#cancelStable = this.#deps.env.clock.after(STABLE, () => (this.#failures = 0))
    await this.#deps.onHello(hello)
    if (this.#link !== link) throw new RequestError('closed')
    this.#setStatus({ phase: 'open' })
  }

  #closed(link: Link): void {
    if (link !== this.#link) return
    this.#link = undefined
    this.#keepAlive.stop()
    this.#cancelStable()
    if (this.#opening) this.#setStatus({ phase: this.#waitingPhase() })
    else this.#failed(new RequestError('closed'))
  }

  #failed(error: unknown): void {
    if (!this.#running) return
    if (error instanceof SignedOut) {
      this.stop()
      return this.#setStatus({ phase: 'signedout' })
    }
    if (!(error instanceof RequestError)) console.warn('labchat: connecting failed:', error)
    if (this.#link !== undefined) return this.#keepAlive.replaceLater()
    this.#failures += 1
    this.#setStatus({ phase: this.#waitingPhase() })
    const { clock, random } = this.#deps.env
    this.#cancelRetry()
    this.#cancelRetry = clock.after(backoff(this.#failures, random), () => void this.#connect())
  }

  async #ping(): Promise<void> {
    const link = this.#link
    if (link === undefined) return
    try {
      const h = await this.#deps.digest()
      const reply = await link.rpc.request<{ heads?: Record<string, string> }>(
        'ping',
        { h },
        { attempts: 2, wait: 3000 },
      )
      this.#setStatus({ latency: link.rpc.roundTrip.last })
      if (reply.heads) this.#deps.onHeads(reply.heads)
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      if (error.code === 'timeout') link.close()
      if (error.code === 'auth') await this.#renew()
    }
  }

  /** Shows the server a fresh token on the open socket. Answers when the token ends. */
  #renew(): Promise<number | undefined> {
    // Several requests may learn of the expiry at once; one new token serves them all.
    this.#renewing ??= this.#renewOnce().finally(() => (this.#renewing = undefined))
    return this.#renewing
  }

  async #renewOnce(): Promise<number | undefined> {
    const link = this.#link
    if (link === undefined) return undefined
    try {
      const token = await this.#ask(true)
      await link.rpc.request('auth', { jwt: token.jwt })
      return token.exp
    } catch (error) {
      if (error instanceof SignedOut) this.#failed(error)
      // Refused on this socket: a new one begins with the new token.
      else if (error instanceof RequestError && error.code !== 'closed') link.close()
      return undefined
    }
  }

  #waitingPhase(): Phase {
    return this.#failures >= PATIENCE ? 'offline' : 'connecting'
  }

  #setStatus(change: Partial<Status>): void {
    const next = { ...this.#status, ...change }
    const same = next.phase === this.#status.phase && next.latency === this.#status.latency
    this.#status = next
    if (!same) this.#deps.onStatus(next)
  }
}
