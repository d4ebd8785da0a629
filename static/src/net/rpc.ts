import { RoundTrip } from '../model/backoff'
import type { Reply, WireErrorCode } from '../model/protocol'
import type { Clock } from './ports'

/** What the server answered, or why there is no answer. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly code: WireErrorCode | 'timeout' | 'closed'
  /** How long the server wants us to wait, in milliseconds. */
  readonly after: number | undefined

  constructor(code: RequestError['code'], message?: string, after?: number) {
    super(message ?? code)
    this.code = code
    this.after = after
  }
}

export interface RequestOptions {
  /** How often the request is sent before it counts as unanswered; 0 when no answer will come. */
  attempts?: number
  /** A fixed wait per attempt instead of the adaptive one. */
  wait?: number
  /** Collect replies until one without `more`. */
  parts?: boolean
}

interface Pending {
  replies: Reply[]
  parts: boolean
  settle: (outcome: Reply[] | RequestError) => void
  /** Called for each part: the server is alive, the timer begins anew. */
  alive: () => void
}

/**
 * Requests and replies over one socket. A request without a reply is sent again with the same
 * `r`, so that a late reply to an earlier attempt still counts; all actions are idempotent.
 */
export class Rpc {
  readonly roundTrip = new RoundTrip()
  readonly #clock: Clock
  readonly #transmit: (text: string) => void
  readonly #pending = new Map<string, Pending>()
  #closed = false
  #count = 0

  constructor(clock: Clock, transmit: (text: string) => void) {
    this.#clock = clock
    this.#transmit = transmit
  }

  async request<T>(action: string, fields: object, options: RequestOptions = {}): Promise<T> {
    const replies = await this.requestParts(action, fields, options)
    return replies.at(-1) as T
  }

  requestParts(action: string, fields: object, options: RequestOptions = {}): Promise<Reply[]> {
    if (this.#closed) return Promise.reject(new RequestError('closed'))
    const { attempts = 3, wait, parts = false } = options
    const r = String(++this.#count)
    const text = JSON.stringify({ action, r, ...fields })
    if (attempts === 0) {
      this.#transmit(text)
      return Promise.resolve([])
    }
    const started = this.#clock.now()

    return new Promise((resolve, reject) => {
      let attempt = 0
      let cancel: () => void = () => undefined
      const settle = (outcome: Reply[] | RequestError) => {
        cancel()
        this.#pending.delete(r)
        if (outcome instanceof RequestError) return reject(outcome)
        // A reply after a repetition could belong to either attempt: no measure (Karn).
        if (attempt === 0 && !parts) this.roundTrip.sample(this.#clock.now() - started)
        resolve(outcome)
      }
      const arm = () => {
        cancel()
        cancel = this.#clock.after(wait ?? this.roundTrip.timeout(attempt), () => {
          if (++attempt >= attempts) return settle(new RequestError('timeout', 'The server did not answer.'))
          arm()
          this.#transmit(text)
        })
      }
      this.#pending.set(r, { replies: [], parts, settle, alive: arm })
      arm()
      this.#transmit(text)
    })
  }

  /** Takes a reply off the wire. One that nobody waits for is dropped. */
  receive(reply: Reply): void {
    const pending = this.#pending.get(reply.r)
    if (pending === undefined) return
    if (!reply.ok) {
      return pending.settle(new RequestError(reply.e ?? 'invalid', reply.msg, reply.after))
    }
    pending.replies.push(reply)
    if (pending.parts && reply.more === true) return pending.alive()
    pending.settle(pending.replies)
  }

  /** The socket is gone; nothing will be answered any more. */
  close(): void {
    this.#closed = true
    for (const pending of [...this.#pending.values()]) {
      pending.settle(new RequestError('closed', 'The connection was lost.'))
    }
  }
}
