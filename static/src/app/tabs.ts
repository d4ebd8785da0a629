// Of all tabs of one user, one leads: it owns the socket and sends the outbox. The others read
// the same IndexedDB and ask the leader for the rest.

import type { Commands } from '../net/client'
import { RequestError } from '../net/rpc'
import { newId } from './env'
import type { Live } from './runtime'

type Method = keyof Commands
interface Failure {
  code: RequestError['code']
  text: string
}

type Note =
  | { is: 'live'; live: Live }
  | { is: 'typing'; rid: string; uid: string }
  | { is: 'live?' }
  | { is: 'call'; id: string; method: Method; args: unknown[] }
  | { is: 'result'; id: string; value?: unknown; failure?: Failure }

const CALL_LIMIT = 20_000

/** Waits until this tab leads, then runs `lead` for as long as the tab lives or `signal` allows. */
export async function whenLeader(uid: string, signal: AbortSignal, lead: () => void): Promise<void> {
  // Insecure origins and old browsers have no Web Locks: each tab works alone. Ids and cursors
  // make that safe, it only costs a socket per tab.
  if (navigator.locks === undefined) return lead()
  const untilAborted = () =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  try {
    await navigator.locks.request(`labchat.leader.${uid}`, { signal }, () => {
      if (signal.aborted) return undefined
      lead()
      return untilAborted()
    })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** The line between leader and followers. */
export class TabLine {
  readonly #channel: BroadcastChannel
  readonly #calls = new Map<string, (note: Note & { is: 'result' }) => void>()
  #leader: { commands: Commands; live: () => Live } | undefined
  onLive: (live: Live) => void = () => undefined
  onTyping: (rid: string, uid: string) => void = () => undefined

  constructor(uid: string) {
    this.#channel = new BroadcastChannel(`labchat.${uid}`)
    this.#channel.onmessage = (event: MessageEvent<Note>) => void this.#receive(event.data)
    this.#post({ is: 'live?' })
  }

  lead(commands: Commands, live: () => Live): void {
    this.#leader = { commands, live }
  }

  publish(live: Live): void {
    this.#post({ is: 'live', live })
  }

  typing(rid: string, uid: string): void {
    this.#post({ is: 'typing', rid, uid })
  }

  /** Runs a command here when this tab leads, in the leading tab otherwise. */
  call<M extends Method>(method: M, ...args: Parameters<Commands[M]>): ReturnType<Commands[M]> {
    const commands = this.#leader?.commands
    if (commands) {
      return (commands[method] as (...a: unknown[]) => ReturnType<Commands[M]>).apply(commands, args)
    }
    return this.#ask(method, args) as ReturnType<Commands[M]>
  }

  close(): void {
    this.#channel.close()
  }

  #ask(method: Method, args: unknown[]): Promise<unknown> {
    const id = newId()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#calls.delete(id)
        reject(new RequestError('closed', 'There is no connection now.'))
      }, CALL_LIMIT)
      this.#calls.set(id, ({ value, failure }) => {
        clearTimeout(timer)
        this.#calls.delete(id)
        if (failure) reject(new RequestError(failure.code, failure.text))
        else resolve(value)
      })
      this.#post({ is: 'call', id, method, args })
    })
  }

  async #receive(note: Note): Promise<void> {
    if (note.is === 'live' && !this.#leader) this.onLive(note.live)
    if (note.is === 'typing') this.onTyping(note.rid, note.uid)
    if (note.is === 'result') this.#calls.get(note.id)?.(note)
    if (this.#leader === undefined) return
    if (note.is === 'live?') this.publish(this.#leader.live())
    if (note.is === 'call') await this.#serve(note)
  }

  async #serve({ id, method, args }: Note & { is: 'call' }): Promise<void> {
    try {
      this.#post({ is: 'result', id, value: await this.call(method, ...(args as never)) })
    } catch (error) {
      const code = error instanceof RequestError ? error.code : 'invalid'
      const text = error instanceof Error ? error.message : String(error)
      this.#post({ is: 'result', id, failure: { code, text } })
    }
  }

  #post(note: Note): void {
    this.#channel.postMessage(note)
  }
}
