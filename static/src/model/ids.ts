import { monotonicFactory } from 'ulid'

/** Makes ULIDs: unique, and within one tab growing even if the clock is set back. */
export function idMaker(now: () => number, random: () => number): () => string {
  const next = monotonicFactory(random)
  return () => next(now())
}
