import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matches, matchesAny } from '../../../../functions/checks/aura/pattern.ts'

test.for<[pattern: string, value: string, fits: boolean]>([
  ['shop', 'shop', true],
  ['shop', 'shopping', false],
  ['shop', 'Shop', false],
  ['*', '', true],
  ['', '', true],
  ['', 'shop', false],
  ['neo4j-java/*', 'neo4j-java/5.28', true],
  ['neo4j-java/*', 'neo4j-javascript/6.3', false],
  ['*/6.*', 'neo4j-javascript/6.3', true],
  ['a*a', 'a', false],
  ['a*b*c', 'a-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['Go Driver/5.?', 'Go Driver/5.1', false],
  ['100%', '100%', true],
  ['.+', 'xx', false],
])('%j and %j: %s', ([pattern, value, fits]) => {
  expect(matches(pattern, value)).toBe(fits)
  expect(matchesAny(['no', pattern], value)).toBe(fits)
})

test('is what a regular expression would say', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.', '\n'), maxLength: 8 })
  fc.assert(
    fc.property(word, word, (pattern, value) => {
      const plain = pattern.split('*').map((part) => part.replaceAll('.', '\\.'))
      expect(matches(pattern, value)).toBe(new RegExp(`^${plain.join('[\\s\\S]*')}$`).test(value))
    }),
    { numRuns: 1_000 },
  )
})

test('no name keeps it busy', () => {
  expect(matches('a*a*a*a*a*a*a*a*b', 'a'.repeat(100_000))).toBe(false)
})
