const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** A size in the largest unit that leaves a number above one. */
export function sizeOf(bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** step
  return `${value.toFixed(step === 0 || value >= 100 ? 0 : 1)} ${UNITS[step]}`
}

export function isPicture(type: string): boolean {
  return /^image\/(?:png|jpeg|webp|gif|avif)$/u.test(type)
}
