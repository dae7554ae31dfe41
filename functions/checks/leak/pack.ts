/** Small counts as short text: one character each as a rule, so that 50 applications fit into a few kilobytes. */

/** A whole count for each hour, day or look, the newest last; null: not known. */
export type Counts = (number | null)[]

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const VALUES = new Map<string | undefined, number>([...DIGITS].map((digit, value) => [digit, value]))
const BASE = DIGITS.length
/** What does not fit into one digit is `~` and two; no Neon compute has more than 4,000 connections, and those few less are no matter. */
const MOST = BASE * BASE - 1
/** As many alike in a row are worth being written once, with how often: `0*P`. */
const RUN = 4

export function pack(counts: Counts): string {
  const tokens = counts.map(tokenOf)
  let text = ''
  for (let i = 0; i < tokens.length; ) {
    const token = tokens[i] as string
    let times = 1
    while (times < BASE - 1 && tokens[i + times] === token) times += 1
    text += times >= RUN ? `${token}*${DIGITS[times]}` : token.repeat(times)
    i += times
  }
  return text
}

function tokenOf(count: number | null): string {
  if (count === null) return '-'
  const whole = Math.min(MOST, count)
  return whole < BASE ? (DIGITS[whole] as string) : `~${DIGITS[Math.floor(whole / BASE)]}${DIGITS[whole % BASE]}`
}

/** @returns undefined if the text is no such text, or holds more counts than that */
export function unpack(text: string, atMost: number): Counts | undefined {
  const counts: Counts = []
  for (let i = 0; i < text.length; ) {
    let count: number | null = null
    if (text[i] === '~') {
      const [high, low] = [digit(text[i + 1]), digit(text[i + 2])]
      if (high < 0 || low < 0) return undefined
      count = high * BASE + low
      i += 3
    } else if (text[i] === '-') {
      i += 1
    } else {
      count = digit(text[i])
      if (count < 0) return undefined
      i += 1
    }
    let times = 1
    if (text[i] === '*') {
      times = digit(text[i + 1])
      i += 2
    }
    if (times < 1 || counts.length + times > atMost) return undefined
    for (; times > 0; times -= 1) counts.push(count)
  }
  return counts
}

const digit = (character: string | undefined): number => VALUES.get(character) ?? -1
