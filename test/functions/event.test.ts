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
