/** What must hold of everything that leaves the machine, whatever went into it. */
import { expect } from 'vitest'

/** Controls, C1 ones too, and what changes the direction or the end of a line. */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

/** GSM 03.38, only what takes one septet; of letters none that ASCII lacks is ever sent. */
const GSM7 = /^[A-Za-z0-9 @$_!"#%&'()*+,\-./:;<=>?]{1,160}$/

/** SNS's own limit, and a quarter of DynamoDB's. */
const MOST_MESSAGE = 262_144
const MOST_ITEM = 100_000

export function expectHarmlessMail(subject: string, text: string): void {
  expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/)
  expect(text.replaceAll('\n', '')).not.toMatch(CONTROLS)
  expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThan(MOST_MESSAGE)
}

export const expectHarmlessSms = (text: string): void => expect(text).toMatch(GSM7)

/** One event is one line of JSON, and no event is a metric that somebody made up. */
export function expectHarmlessLog(written: string): Record<string, unknown>[] {
  expect(written === '' || written.endsWith('\n')).toBe(true)
  return written
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      expect(line).not.toMatch(CONTROLS)
      const event = JSON.parse(line)
      if (event._aws) expect(Object.keys(event)).toEqual(['_aws', 'Check', 'FunctionName', 'RunSucceeded'])
      else expect(line).toMatch(/^\{"event":"[a-z-]+"/)
      return event
    })
}

export const expectHarmlessItem = (item: unknown): void =>
  expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThan(MOST_ITEM)
