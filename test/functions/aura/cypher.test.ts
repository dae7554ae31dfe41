import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normaliseCypher } from '../../../functions/aura/cypher.ts'

test.for([
  [`MATCH (u:User {email: "jane@example.com"}) RETURN u`, 'MATCH (u:User {email: ?}) RETURN u'],
  [`MATCH (u:User {name: 'O\\'Brien', age: 42}) RETURN u`, 'MATCH (u:User {name: ?, age: ?}) RETURN u'],
  [`MATCH (a)-[:KNOWS*1..3]->(b) LIMIT 10`, 'MATCH (a)-[:KNOWS*?..?]->(b) LIMIT ?'],
  ['MATCH (n:`It"s 1 name`) WHERE n.id = $id1 RETURN n.x2', 'MATCH (n:`It"s 1 name`) WHERE n.id = $id1 RETURN n.x2'],
  [`// who's "this"\nMATCH (n) /* 'all' */\n  RETURN n`, 'MATCH (n) RETURN n'],
  [`RETURN "http://example.com" AS a, 1.5e3, 0xff`, 'RETURN ? AS a, ?, ?'],
  [`CREATE (:Note {text: "cut off by the ser`, 'CREATE (:Note {text: ?'],
  [`CREATE (:Note {text: "cut off at the escape\\`, 'CREATE (:Note {text: ?'],
  [`ALTER USER jane SET PASSWORD 'hunter2'`, 'ALTER USER jane SET PASSWORD ?'],
])('%s', ([query, normal]) => {
  expect(normaliseCypher(query ?? '')).toBe(normal)
})

test('no text of a literal is left, whichever quotes it stands in', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('"', "'"), (text, quote) => {
      const literal = quote + text.replace(/[\\"']/g, '\\$&') + quote
      expect(normaliseCypher(`MATCH (n {a: ${literal}}) RETURN n`)).toBe('MATCH (n {a: ?}) RETURN n')
    }),
  )
})

test('a long query is cut', () => {
  expect(normaliseCypher(`RETURN ${'a, '.repeat(100)} b`)).toMatch(/^.{117}\.\.\.$/)
})
