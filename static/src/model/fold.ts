/** Without case and marks, as the server's search folds: `Đặng` and `dang` are the same. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/gu, 'd')
    .toLowerCase()
}

/** How well a name answers what was typed: lower is better, undefined is not at all. */
export function match(name: string, typed: string): number | undefined {
  const [whole, wanted] = [fold(name), fold(typed.trim())]
  if (whole.startsWith(wanted)) return 0
  if (whole.split(/[\s._-]+/u).some((word) => word.startsWith(wanted))) return 1
  return whole.includes(wanted) ? 2 : undefined
}

/** Those that answer what was typed, the best first, otherwise in their order. */
export function ranked<T>(things: readonly T[], name: (thing: T) => string, typed: string): T[] {
  return things
    .map((thing) => ({ thing, rank: match(name(thing), typed) }))
    .filter((found): found is { thing: T; rank: number } => found.rank !== undefined)
    .sort((a, b) => a.rank - b.rank)
    .map(({ thing }) => thing)
}
