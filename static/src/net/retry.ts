import type { Clock } from './ports'
import { RequestError } from './rpc'

const WAIT = 1000

export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve))
}

/** Gives up on what takes longer than `ms`. The network may swallow a request without a word. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new Error(`not done in ${ms} ms`)))
    void work.then(resolve, reject).finally(cancel)
  })
}

/** The server is there but asks for patience: how long. Undefined for every other error. */
export function patience(error: unknown): number | undefined {
  if (!(error instanceof RequestError)) return undefined
  return error.code === 'rate' || error.code === 'busy' ? (error.after ?? WAIT) : undefined
}

/** No answer was had, so nothing is known to be wrong: the same may be tried again later. */
export function unanswered(error: unknown): boolean {
  return error instanceof RequestError && ['closed', 'timeout', 'auth'].includes(error.code)
}

/** Repeats while the server answers `rate` or `busy`, at its pace. */
export async function patiently<T>(clock: Clock, action: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await action()
    } catch (error) {
      const wait = patience(error)
      if (wait === undefined || attempt >= 5) throw error
      await sleep(clock, wait)
    }
  }
}
