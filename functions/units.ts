/**
 * Durations as people write and read them.
 * Inside Nightshift a duration is a whole number of milliseconds.
 */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const DURATION_UNITS: Record<string, number> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY }

/** `'90s'`, `'10m'`, `'2h'`, `'7d'` in milliseconds; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(text) ?? []
  const factor = DURATION_UNITS[unit ?? '']
  return factor === undefined ? undefined : Math.round(Number(number) * factor)
}

const BYTE_UNITS = ['', 'K', 'M', 'G', 'T']

/** `'500MB'`, `'50GB'`, `'1.5TB'` in bytes, 1,024 to the next unit as Postgres and Neon count; `undefined` for anything else. */
export function parseBytes(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([KMGT])B$/.exec(text) ?? []
  return unit === undefined ? undefined : Math.round(Number(number) * 1024 ** BYTE_UNITS.indexOf(unit))
}

/**
 * Bytes as a person says them: `310 MB`, `1.4 GB`, 1,024 to the next unit. So do Neon and Postgres, where `512 MB` is
 * 536,870,912: numbers must agree with those in the console, in `psql` and in the error at the limit.
 */
export function formatBytes(bytes: number): string {
  let size = Math.abs(bytes)
  let unit = 0
  // What would be rounded to 1,024 is one of the next unit.
  for (; unit < BYTE_UNITS.length - 1 && Math.round(size) >= 1024; unit++) size /= 1024
  // Three digits are enough to see that something grows.
  const digits = unit > 0 && size < 99.95 ? Number(size.toFixed(1)) : Math.round(size)
  return `${bytes < 0 && digits > 0 ? '-' : ''}${digits} ${BYTE_UNITS[unit]}B`
}

const thousands = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** `184,231`. */
export const formatCount = (n: number): string => thousands.format(Math.round(n) + 0)

/** Milliseconds as a person says them, in the two largest units: `2 d 3 h`, `12 min`, `45 s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / SECOND))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10 && seconds % 60 > 0) return `${minutes} min ${seconds % 60} s`
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 > 0 ? `${hours} h ${minutes % 60} min` : `${hours} h`
  const days = Math.floor(hours / 24)
  return hours % 24 > 0 ? `${days} d ${hours % 24} h` : `${days} d`
}

/** `2026-11-21 03:15 UTC`, or with seconds where a minute is too coarse. */
export function formatTime(at: number, seconds = false): string {
  return `${new Date(at)
    .toISOString()
    .slice(0, seconds ? 19 : 16)
    .replace('T', ' ')} UTC`
}

/** An API's time; undefined where there is none: absent, null, no time, or the year 1, which is how Go writes one that is not set. */
export function timeOf(text: string | null | undefined): number | undefined {
  const at = Date.parse(text ?? '')
  return at > 0 ? at : undefined
}

/** `1 session`, `2 sessions`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}
