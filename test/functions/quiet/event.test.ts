import { describe, expect, test } from 'vitest'
import { parseEvent } from '../../../functions/event.ts'
import { DAY, HOUR, MINUTE } from '../builders.ts'

const known = ['orders', 'billing']
const parse = (event: unknown) => parseEvent(event, known, { quiet: true })

test('a target is snoozed from a minute to a week, or not any more', () => {
  expect(parse({ snooze: { target: 'orders', for: '2h' } })).toEqual({ snooze: { target: 'orders', forMs: 2 * HOUR } })
  const lasting = (text: string) => parse({ snooze: { target: 'billing', for: text } })
  expect(lasting('1m')).toEqual({ snooze: { target: 'billing', forMs: MINUTE } })
  expect(lasting('7d')).toEqual({ snooze: { target: 'billing', forMs: 7 * DAY } })
  expect(lasting('0s')).toEqual({ snooze: { target: 'billing', forMs: 0 } })
})

test('what is open is acknowledged for a day unless said otherwise, all of it or one rule', () => {
  expect(parse({ acknowledge: { target: 'orders' } })).toEqual({ acknowledge: { target: 'orders', forMs: DAY } })
  expect(parse({ acknowledge: { target: 'orders', rule: 'connections.leak', for: '3d' } })).toEqual({
    acknowledge: { target: 'orders', rule: 'connections.leak', forMs: 3 * DAY },
  })
})

describe('is refused, and the message says what is allowed', () => {
  test.for<[unknown, string]>([
    [{ snooze: 'orders' }, 'snooze "orders" is not like {"target":"orders","for":"2h"}'],
    [{ snooze: { target: 'order', for: '2h' } }, 'no target is called "order"; there are: orders, billing'],
    [{ snooze: { for: '2h' } }, 'no target is called nothing'],
    [{ snooze: { target: 'orders' } }, 'snooze.for nothing is not a duration from 1 min to 7 d; write it like "2h"'],
    [{ snooze: { target: 'orders', for: '59s' } }, 'snooze.for "59s"'],
    [{ snooze: { target: 'orders', for: '8d' } }, 'snooze.for "8d"'],
    [{ snooze: { target: 'orders', for: 120 } }, 'snooze.for 120'],
    [{ snooze: { target: 'orders', for: '2h', rule: 'a.b' } }, 'unknown key "snooze.rule"'],
    [
      { snooze: { target: 'orders', for: '2h' }, dryRun: true },
      '"dryRun" beside snooze, which makes no look: ask for it alone',
    ],
    [{ acknowledge: true }, 'acknowledge true is not like {"target":"orders","rule":"connections.leak","for":"1d"}'],
    [{ acknowledge: { target: 'x' } }, 'no target is called "x"'],
    [{ acknowledge: { target: 'orders', for: 'a day' } }, 'acknowledge.for "a day" is not a duration'],
    [{ acknowledge: { target: 'orders', rule: 'leak' } }, 'acknowledge.rule "leak" is not the name of a rule'],
    [{ acknowledge: { target: 'orders', rule: 7 } }, 'acknowledge.rule 7 is not the name of a rule'],
    [{ acknowledge: { target: 'orders', until: '1d' } }, 'unknown key "acknowledge.until"'],
    [{ acknowledge: { target: 'orders' }, dryRun: false }, '"dryRun" beside acknowledge'],
    [{ snooze: { target: 'orders', for: '2h' }, acknowledge: { target: 'orders' } }, '"acknowledge" beside snooze'],
  ])('%j', ([event, says]) => {
    expect(() => parse(event)).toThrow(says)
    expect(() => parse(event)).toThrow('{"snooze":{"target":"orders","for":"2h"}} for no reminders and no new warnings')
  })

  test('with every fault, not the first', () => {
    const both = { acknowledge: { target: 'x', rule: 'y', for: 'z', why: '' }, targets: [] }
    for (const says of ['"x"', '"y"', '"z"', '"acknowledge.why"', '"targets" beside acknowledge'])
      expect(() => parse(both)).toThrow(says)
  })
})

test('Nightshift itself, as a target, is not to be asked for quiet', () =>
  expect(() => parseEvent({ snooze: { target: 'orders', for: '2h' } }, known)).toThrow('unknown key "snooze"'))
