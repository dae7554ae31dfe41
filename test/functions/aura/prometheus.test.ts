import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePrometheus, type Sample } from '../../../functions/aura/prometheus.ts'

const one = (line: string) => parsePrometheus(line)[0]

describe('a line', () => {
  test('has a name, labels, a value and a time', () => {
    expect(
      one(
        'neo4j_database_count_node{aggregation="MAX",database="neo4j",instance_id="78e7c3e0"} 778114.000000 1711462853000',
      ),
    ).toEqual({
      name: 'neo4j_database_count_node',
      labels: { aggregation: 'MAX', database: 'neo4j', instance_id: '78e7c3e0' },
      value: 778_114,
      at: 1_711_462_853_000,
    })
  })

  test('may lack labels and the time', () => {
    expect(one('up 1')).toEqual({ name: 'up', labels: {}, value: 1 })
    expect(one('up{} 1')).toEqual({ name: 'up', labels: {}, value: 1 })
    expect(one(' up  1 \r')).toEqual({ name: 'up', labels: {}, value: 1 })
    expect(one('up{a="1",}1 -5')).toEqual({ name: 'up', labels: { a: '1' }, value: 1, at: -5 })
    expect(one('up { a = "1" , b = "2" } 1')).toMatchObject({ labels: { a: '1', b: '2' } })
  })

  test.for([
    ['NaN', Number.NaN],
    ['+Inf', Number.POSITIVE_INFINITY],
    ['-Inf', Number.NEGATIVE_INFINITY],
    ['4.00301189576e+11', 400_301_189_576],
    ['-.5', -0.5],
    ['7.', 7],
  ] as const)('may have the value %s', ([text, value]) => {
    expect(one(`up ${text}`)).toEqual({ name: 'up', labels: {}, value })
  })

  test('may have anything in the values of its labels', () => {
    expect(one(String.raw`up{a="x\"}\\ 5 7{\n\t",b="} 9"} 3`)?.labels).toEqual({ a: 'x"}\\ 5 7{\nt', b: '} 9' })
    expect(one('up{__proto__="x",constructor="y"} 3')?.labels).toEqual(
      Object.fromEntries([
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ]),
    )
  })
})

test('only samples are taken, in their order', () => {
  const text = [
    '# HELP up Whether {it} is up 1',
    '# TYPE up gauge',
    '',
    'up{a="1"} 1',
    'up{a="2"} 2',
    '#up 3',
    '<html><body>502 Bad Gateway</body></html>',
    '{"unexpected": []} 4',
    'up',
    'up five',
    'up 0x10',
    'up 5 soon',
    'up 5 6 7',
    'up{a="1} 5',
    'up{a=1} 5',
    'up{a="1"b="2"} 5',
    'up{,} 5',
    'up} 5 {',
    '9up 5',
    `up{a="${'x'.repeat(20_000)}"} 5`,
    'down 6',
  ].join('\n')
  expect(parsePrometheus(text).map(({ value }) => value)).toEqual([1, 2, 6])
})

const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,20}$/)
const label = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,20}$/)
const sample: fc.Arbitrary<Sample> = fc
  .record(
    {
      name,
      labels: fc.dictionary(label, fc.string({ unit: 'binary', maxLength: 30 }), { maxKeys: 5 }),
      value: fc.double().filter((value) => !Object.is(value, -0)),
      at: fc.integer({ min: -1e15, max: 1e15 }),
    },
    { requiredKeys: ['name', 'labels', 'value'] },
  )
  .map((made) => ({ ...made, labels: Object.fromEntries(Object.entries(made.labels)) }))

function write({ name, labels, value, at }: Sample): string {
  const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`)
  const number = Number.isFinite(value) ? String(value) : String(value).replace('Infinity', 'Inf')
  return `${name}{${pairs.join(',')}} ${number}${at === undefined ? '' : ` ${at}`}\n`
}

test('whatever is written is read again', () => {
  fc.assert(
    fc.property(fc.array(sample), (samples) => {
      expect(parsePrometheus(`# HELP x y\n${samples.map(write).join('')}`)).toEqual(samples)
    }),
  )
})

test('whatever comes, nothing is thrown, and what is read has a name and a number', () => {
  const piece = fc.constantFrom(
    'up',
    '{',
    '}',
    '"',
    '\\',
    'a="b"',
    ',',
    ' ',
    '1',
    'NaN',
    '\n',
    '#',
    '=',
    '\0',
    '\u2028',
  )
  const text = fc.oneof(
    fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(text, (given) => {
      for (const { name: read, value } of parsePrometheus(given)) {
        expect(read).toMatch(/^[a-zA-Z_:]/)
        expect(typeof value).toBe('number')
      }
    }),
    { numRuns: 500 },
  )
})

test('a long answer of one kind is read to its end', () => {
  for (const text of [
    `up${'{'.repeat(5_000_000)}`,
    `up{${'a="",'.repeat(1_000_000)}} 1`,
    `${'up{a="} '.repeat(1_000)} 1\n`.repeat(600),
    `up{a="${'\\"'.repeat(4_000)}} 1\n`.repeat(600),
    `up{${' '.repeat(9_000)}x} 1\n`.repeat(500),
  ]) {
    expect(parsePrometheus(text)).toEqual([])
  }
})
