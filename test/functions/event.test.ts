import { describe, expect, test } from 'vitest'
import { parseEvent } from '../../functions/event.ts'

const known = ['orders', 'billing']

test.for([undefined, null, {}])('%j asks for everything, for real', (event) =>
  expect(parseEvent(event, known)).toEqual({ dryRun: false }),
)

test('a person may name targets and ask for a dry run', () => {
  expect(parseEvent({ targets: ['orders'], dryRun: true }, known)).toEqual({ targets: ['orders'], dryRun: true })
  expect(parseEvent({ targets: ['orders', 'billing'] }, known)).toEqual({
    targets: ['orders', 'billing'],
    dryRun: false,
  })
  expect(parseEvent({ dryRun: false }, known)).toEqual({ dryRun: false })
})

describe('is refused, and the message says what is allowed', () => {
  test.for<[unknown, string]>([
    ['orders', '"orders" is not an object'],
    [['orders'], '["orders"] is not an object'],
    [7, '7 is not an object'],
    [{ target: 'orders' }, 'unknown key "target"'],
    [{ dryrun: true }, 'unknown key "dryrun"'],
    [{ dryRun: 'true' }, 'dryRun "true" is not true or false'],
    [{ dryRun: null }, 'dryRun null is not true or false'],
    [{ targets: 'orders' }, 'targets "orders" is not a list of names'],
    [{ targets: [] }, 'targets [] is not a list of names'],
    [{ targets: null }, 'targets null is not a list of names'],
    [{ targets: ['order'] }, 'no target is called "order"; there are: orders, billing'],
    [{ targets: [null] }, 'no target is called null'],
    [{ version: '0', 'detail-type': 'Scheduled Event' }, 'unknown key "detail-type"'],
  ])('%j', ([event, says]) => {
    const parse = () => parseEvent(event, known)
    expect(parse).toThrow(says)
    expect(parse).toThrow('Allowed: {} for everything, {"targets":["orders"]} for some, {"dryRun":true}')
  })

  test('with every fault, not the first', () => {
    const parse = () => parseEvent({ targets: ['a', 'b'], dryRun: 1, verbose: true }, known)
    for (const says of ['"a"', '"b"', 'dryRun 1', '"verbose"']) expect(parse).toThrow(says)
  })
})

describe('of a function that ends sessions', () => {
  const offers = { processList: true, endings: true }
  const parse = (event: unknown) => parseEvent(event, known, offers)

  test('the list of sessions comes by a dry run', () => {
    expect(parse({ processList: true })).toEqual({ dryRun: true, processList: true })
    expect(parse({ processList: true, dryRun: true, targets: ['orders'] })).toEqual({
      dryRun: true,
      processList: true,
      targets: ['orders'],
    })
  })

  test('the record is of one target or of all, and of the last week unless said otherwise', () => {
    expect(parse({ endings: {} })).toEqual({ endings: { targets: known, days: 7 } })
    expect(parse({ endings: { target: 'billing', days: 90 } })).toEqual({ endings: { targets: ['billing'], days: 90 } })
  })

  test.for<[unknown, string]>([
    [{ processList: false }, 'processList false is not true; leave it out'],
    [{ processList: 'yes' }, 'processList "yes" is not true'],
    [
      { processList: true, dryRun: false },
      'dryRun false beside processList: a run for the list of sessions is always dry',
    ],
    [{ endings: 7 }, 'endings 7 is not like {"target":"orders","days":7}'],
    [{ endings: ['orders'] }, 'endings ["orders"] is not like'],
    [{ endings: { target: 'order' } }, 'no target is called "order"; there are: orders, billing'],
    [{ endings: { target: null } }, 'no target is called null'],
    [{ endings: { days: 0 } }, 'endings.days 0 is not a whole number from 1 to 90, as long as the record is kept'],
    [{ endings: { days: 91 } }, 'endings.days 91'],
    [{ endings: { days: 1.5 } }, 'endings.days 1.5'],
    [{ endings: { days: '7' } }, 'endings.days "7"'],
    [{ endings: { since: 7 } }, 'unknown key "endings.since"'],
    [{ endings: {}, dryRun: true }, '"dryRun" beside endings, which are only read: ask for them alone'],
    [{ processlist: true }, 'unknown key "processlist"'],
  ])('%j is refused', ([event, says]) => {
    expect(() => parse(event)).toThrow(says)
    expect(() => parse(event)).toThrow('{"endings":{"target":"orders","days":7}} for the record of what was ended.')
  })

  test('others know neither', () => {
    for (const event of [{ processList: true }, { endings: {} }]) {
      expect(() => parseEvent(event, known)).toThrow(`unknown key "${Object.keys(event)[0]}"`)
      expect(() => parseEvent(event, known)).toThrow(/to end, tell and remember nothing\.$/)
    }
  })
})
