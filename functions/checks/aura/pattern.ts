/** A user's patterns: `*` stands for anything, and all else for itself. */

export const matchesAny = (patterns: string[], value: string): boolean =>
  patterns.some((pattern) => matches(pattern, value))

/** Not by a regular expression: a program may call itself what it likes, and some names take those forever. */
export function matches(pattern: string, value: string): boolean {
  const [start = '', ...rest] = pattern.split('*')
  const end = rest.pop()
  if (end === undefined) return value === pattern
  if (!value.startsWith(start) || !value.endsWith(end)) return false
  let at = start.length
  for (const part of rest) {
    const found = value.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return at <= value.length - end.length
}
