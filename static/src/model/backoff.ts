const FIRST = 500
const MOST = 30_000

/** Full jitter: everybody who lost the same server comes back spread out. */
export function backoff(failures: number, random: () => number): number {
  return random() * Math.min(MOST, FIRST * 2 ** Math.max(0, failures - 1))
}

/** Round-trip times, and how long to wait for a reply because of them. */
export class RoundTrip {
  #smooth: number | undefined
  last: number | undefined

  sample(ms: number): void {
    this.last = ms
    this.#smooth = this.#smooth === undefined ? ms : 0.8 * this.#smooth + 0.2 * ms
  }

  /** 4 x RTT within 2–6 s, longer with every attempt; the most while nothing is known. */
  timeout(attempt: number): number {
    const base = this.#smooth === undefined ? 6000 : 4 * this.#smooth
    return Math.min(6000, Math.max(2000, base) * 1.5 ** attempt)
  }
}
