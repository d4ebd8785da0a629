import type { Clock, Env, Socket, Token } from '../src/net/ports'

/** Lets everything that is ready run, including fake IndexedDB, which works on real macrotasks. */
export async function settle(turns = 30): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Time that passes only when told to. */
export class FakeClock implements Clock {
  #now = 1_750_000_000_000
  #timers: { at: number; action: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.#now + ms, action }
    this.#timers.push(timer)
    return () => (this.#timers = this.#timers.filter((other) => other !== timer))
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== due)
      this.#now = Math.max(this.#now, due.at)
      due.action()
      await settle()
    }
    this.#now = end
  }
}

export interface Sent {
  action: string
  r: string
  [field: string]: unknown
}

/** A socket whose other end is the test. */
export class FakeSocket implements Socket {
  onopen: ((event: never) => void) | null = null
  onmessage: ((event: never) => void) | null = null
  onclose: ((event: never) => void) | null = null
  readonly sent: Sent[] = []
  closed = false
  /** Answers requests by itself; undefined stays silent. */
  answer: (frame: Sent) => object | undefined = () => undefined
  readonly url: string
  readonly protocols: string[]

  constructor(url: string, protocols: string[]) {
    this.url = url
    this.protocols = protocols
  }

  send(text: string): void {
    const frame = JSON.parse(text) as Sent
    this.sent.push(frame)
    const reply = this.answer(frame)
    if (reply) queueMicrotask(() => this.receive({ r: frame.r, ok: true, ...reply }))
  }

  close(): void {
    this.closed = true
  }

  open(): void {
    this.onopen?.(undefined as never)
  }

  drop(): void {
    this.closed = true
    this.onclose?.(undefined as never)
  }

  receive(frame: object | string): void {
    const data = typeof frame === 'string' ? frame : JSON.stringify(frame)
    this.onmessage?.({ data } as never)
  }

  actions(): string[] {
    return this.sent.map((frame) => frame.action)
  }
}

export class FakeWorld {
  readonly clock = new FakeClock()
  readonly sockets: FakeSocket[] = []
  /** Set up each new socket here. */
  onSocket: (socket: FakeSocket) => void = () => undefined
  readonly env: Env = {
    clock: this.clock,
    random: () => 0.5,
    openSocket: (url, protocols) => {
      const socket = new FakeSocket(url, protocols)
      this.sockets.push(socket)
      this.onSocket(socket)
      return socket
    },
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1)!
  }

  token(ms = 3_600_000): Token {
    return { jwt: `token-${this.clock.now()}`, exp: this.clock.now() + ms }
  }
}
