import { draft } from '../model/pack'
import type { SendResult } from '../model/protocol'
import type { Clock, OutboxPort } from './ports'
import { patience, sleep, unanswered } from './retry'
import { RequestError } from './rpc'

export type Request = <T>(action: string, fields: object) => Promise<T>

/** A room's queue rests this long after an answer that never came on a socket that still lives. */
const REST = 2000
/** After a lost socket; its successor may be there already. */
const BREATH = 200
const LATER = new Set(['busy', 'rate', 'auth'])

/**
 * Empties the outbox: per room one batch at a time, in order, until the server has them all.
 * It keeps nothing in memory that matters: what is to be sent stands in the outbox only.
 */
export class Flusher {
  readonly #clock: Clock
  readonly #outbox: OutboxPort
  readonly #request: Request
  readonly #busy = new Map<string, { again: boolean }>()
  #online = false

  constructor(clock: Clock, outbox: OutboxPort, request: Request) {
    this.#clock = clock
    this.#outbox = outbox
    this.#request = request
  }

  setOnline(online: boolean): void {
    this.#online = online
    if (online) void this.kick()
  }

  /** Something was written down, or may be waiting. Safe to call at any time. */
  async kick(): Promise<void> {
    if (!this.#online) return
    for (const rid of await this.#outbox.rooms()) {
      const running = this.#busy.get(rid)
      if (running) running.again = true
      else void this.#drain(rid)
    }
  }

  async #drain(rid: string): Promise<void> {
    const run = { again: false }
    this.#busy.set(rid, run)
    try {
      do {
        run.again = false
        await this.#sendAll(rid)
      } while (run.again && this.#online)
    } catch (error) {
      // Nothing is lost: the next kick reads the outbox anew.
      console.error('labchat: the outbox could not be sent:', error)
    } finally {
      this.#busy.delete(rid)
    }
  }

  async #sendAll(rid: string): Promise<void> {
    let limit: number | undefined
    while (this.#online) {
      const batch = await this.#outbox.next(rid, limit ?? Infinity)
      if (batch.length === 0) return
      try {
        const msgs = batch.map(draft)
        const reply = await this.#request<{ msgs: SendResult[] }>('send', { rid, msgs })
        const settled = reply.msgs.filter((result) => result.ok || !LATER.has(result.e))
        await this.#outbox.settle(rid, settled)
        if (settled.length === 0) await sleep(this.#clock, REST)
        limit = undefined
      } catch (error) {
        const wait = patience(error)
        if (wait !== undefined) await sleep(this.#clock, wait)
        else if (unanswered(error)) await sleep(this.#clock, restAfter(error))
        else if (!(error instanceof RequestError)) throw error
        // The whole batch was refused. One by one, so that only the culprit is marked.
        else if (batch.length > 1) limit = 1
        else await this.#outbox.settle(rid, [refused(batch[0]!.id, error)])
      }
    }
  }
}

function refused(id: string, error: RequestError): SendResult {
  const e = error.code as Extract<SendResult, { ok: false }>['e']
  return { id, ok: false, e, msg: error.message }
}

function restAfter(error: unknown): number {
  return error instanceof RequestError && error.code === 'closed' ? BREATH : REST
}
