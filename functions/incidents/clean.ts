/** Text from databases, made harmless for a mail, a subject line and an SMS. */

/** One line without control, format or line-separating characters, at most `most` characters. */
export function oneLine(text: string, most: number): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  const characters = [...line]
  return characters.length > most ? `${characters.slice(0, most - 3).join('')}...` : line
}

/** Printable ASCII: `?` stands for anything else. */
export const ascii = (text: string, most: number): string =>
  oneLine(oneLine(text, most * 2).replace(/[^\x20-\x7e]/gu, '?'), most)

/**
 * The part of ASCII that takes one septet each in GSM 03.38, so that 160 characters are one SMS: its brackets, braces,
 * caret, tilde, bar and backslash take two, and it has no backtick.
 */
export const gsm7 = (text: string, most: number): string =>
  ascii(
    text
      .replace(/[[{]/g, '(')
      .replace(/[\]}]/g, ')')
      .replace(/[\\^~|`]/g, '?'),
    most,
  )
