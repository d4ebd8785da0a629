/** What to do with a `log` push, given the client's cursor of that room. */
export type LogDecision = 'apply' | 'known' | 'gap' | 'unknown'

/**
 * The rule of docs/protocol.md, "Applying a `log` push". `unknown` is the case before it: the
 * room has no cursor yet, so nothing can be said until the room's summary is here.
 */
export function decide(
  cursor: string | undefined,
  p: string,
  items: readonly { rev: string }[],
): LogDecision {
  if (cursor === undefined) return 'unknown'
  const last = items.at(-1)
  if (last === undefined) return 'known'
  if (p === cursor) return 'apply'
  return last.rev <= cursor ? 'known' : 'gap'
}

/** Rooms whose head on the server is not where our cursor stands, in either direction. */
export function staleRooms(
  cursors: Readonly<Record<string, string>>,
  heads: Readonly<Record<string, string>>,
): string[] {
  return Object.keys(heads).filter((rid) => cursors[rid] !== heads[rid])
}
