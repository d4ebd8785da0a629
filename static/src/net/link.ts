import { parseFrame, SUBPROTOCOL, type Push } from '../model/protocol'
import type { Env, Socket, Token } from './ports'
import { RequestError, Rpc } from './rpc'

const OPEN_LIMIT = 10_000

export interface LinkEvents {
  onPush: (push: Push) => void
  /** Once, when an open socket ends, whoever ended it. */
  onClose: (link: Link) => void
}

/** One socket from opening to end. What comes after the end is `Connection`'s business. */
export class Link {
  readonly rpc: Rpc
  /** Resolves when the socket is open; rejects when it never will be. */
  readonly opened: Promise<void>
  readonly token: Token
  lastReceived: number
  lastSent: number
  readonly #socket: Socket
  #ended = false

  constructor(env: Env, url: string, token: Token, events: LinkEvents) {
    const { clock } = env
    this.token = token
    this.lastReceived = this.lastSent = clock.now()
    this.#socket = env.openSocket(url, [SUBPROTOCOL, `jwt.${token.jwt}`])
    this.rpc = new Rpc(clock, (text) => {
      this.lastSent = clock.now()
      this.#socket.send(text)
    })

    this.opened = new Promise((resolve, reject) => {
      const cancel = clock.after(OPEN_LIMIT, () => this.#end())
      this.#socket.onopen = () => {
        cancel()
        resolve()
      }
      this.#socket.onclose = () => {
        cancel()
        this.rpc.close()
        reject(new RequestError('closed', 'The server did not accept the connection.'))
        events.onClose(this)
      }
    })
    this.#socket.onmessage = (event: { data: unknown }) => {
      this.lastReceived = clock.now()
      const frame = parseFrame(String(event.data))
      if (frame.is === 'reply') this.rpc.receive(frame.reply)
      if (frame.is === 'push') events.onPush(frame.push)
    }
  }

  /** Last traffic in either direction, which is what the gateway's idle limit counts. */
  get lastTraffic(): number {
    return Math.max(this.lastReceived, this.lastSent)
  }

  close(): void {
    this.#end()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#socket.close(1000)
    // On a dead network the browser reports the close only after minutes: do not wait for it.
    this.#socket.onclose?.(undefined as never)
    this.#socket.onclose = null
    this.#socket.onmessage = null
  }
}
