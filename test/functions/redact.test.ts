import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorMessage, learnSecret, normaliseStatement, redact, redactAll } from '../../functions/redact.ts'

describe('what looks like a secret is struck out', () => {
  test.for([
    [
      'postgresql://app:hunter22@ep-cool-1234.neon.tech/neondb',
      'postgresql://[redacted]@ep-cool-1234.neon.tech/neondb',
    ],
    ['postgres://app:p%40ss%2Fword@host:5432/db?sslmode=require', 'postgres://[redacted]@host:5432/db?sslmode=require'],
    ['postgres://app:p@ss/wo:rd@host/db', 'postgres://[redacted]@host/db'],
    ['neo4j+s://neo4j:secretpw@abcd.databases.neo4j.io', 'neo4j+s://[redacted]@abcd.databases.neo4j.io'],
    ['https://token-only@example.com/x', 'https://[redacted]@example.com/x'],
    ['(connection string: "postgres://u:hunter22@h")', '(connection string: "postgres://[redacted]@h")'],
    ['host=h user=u password=hunter22 dbname=d', 'host=h user=u password=[redacted] dbname=d'],
    ["host=h password='my pass word' dbname=d", "host=h password='[redacted]' dbname=d"],
    ['PGPASSWORD=hunter22 psql', 'PGPASSWORD=[redacted] psql'],
    ['db_password: hunter22', 'db_password: [redacted]'],
    ['{"password":"hunter22","user":"u"}', '{"password":"[redacted]","user":"u"}'],
    ['{"password": "a\\"b hunter22"}', '{"password": "[redacted]"}'],
    ['"{\\"token\\":\\"hunter22\\",\\"a\\":1}"', '"{\\"token\\":\\"[redacted]\\",\\"a\\":1}"'],
    ['apiKey=hunter22&x=1', 'apiKey=[redacted]&x=1'],
    ['Authorization: Bearer abc.def-ghi', 'Authorization: Bearer [redacted]'],
    ['authorization: Basic dXNlcjpwYXNz', 'authorization: Basic [redacted]'],
    ['key napi_a1b2c3d4 refused', 'key [redacted] refused'],
    ['npg_A1b2C3d4', '[redacted]'],
    ['token: 123456', 'token: [redacted]'],
    ['password=1234-hunter22', 'password=[redacted]'],
    ['"pwd: 9.hunter22"', '"pwd: [redacted]"'],
    ['password="62"', 'password="[redacted]"'],
    ['password=12hunter22', 'password=[redacted]'],
  ] as const)('%s', ([text, clean]) => expect(redact(text)).toBe(clean))
})

describe('what is none stays', () => {
  test.for([
    'https://console.neon.tech/app/projects/cool-darkness-123456/branches/br-main-1234',
    'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/$252Faws',
    'https://blog.example.com:8443/runbook',
    'not looked at: role or password refused',
    "Put the role's password into the secret under passwords.<target's name>.",
    'the secret "nightshift" cannot be read',
    'mail oncall@example.com',
    '{"secret":null,"token":true,"password":{"x":1}}',
    'x-secret: 62',
    'sync-secret: 62 ended, idle for 2 h',
    '{"token":42,"secret":7,"password":0}',
  ])('%s', (text) => expect(redact(text)).toBe(text))
})

describe('a secret once learned', () => {
  const secret = fc.string({ minLength: 6, maxLength: 40, unit: 'grapheme' }).filter((s) => {
    // Of what stands in its place it must not be a part itself, nor may it be text that cannot be encoded.
    return !'[redacted]'.includes(s) && s.isWellFormed() && s.length >= 6
  })

  test('never survives, whatever it is and wherever it stands', () => {
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        learnSecret(value)
        for (const form of [value, encodeURIComponent(value)])
          expect(redact(`${before} ${form} ${after}`)).not.toContain(form)
        expect(redact(JSON.stringify({ message: `${before} ${value}` }))).not.toContain(
          JSON.stringify(value).slice(1, -1),
        )
        expect(JSON.stringify(redactAll({ deep: [{ text: `x ${value}` }] }))).not.toContain(value)
      }),
    )
  })

  test('leaves nothing over where another begins like it, whichever was learned first', () => {
    learnSecret('zebra-crossing')
    learnSecret('zebra-crossing-at-noon')
    expect(redact('<zebra-crossing-at-noon>')).toBe('<[redacted]>')
  })

  test('is struck out where a URL or JSON has encoded it', () => {
    learnSecret('p"ä/s\\s w@rd')
    expect(redact(`x ${encodeURIComponent('p"ä/s\\s w@rd')} y`)).toBe('x [redacted] y')
    expect(redact(JSON.stringify({ said: 'x p"ä/s\\s w@rd y' }))).toBe('{"said":"x [redacted] y"}')
  })

  test.for<[as: string, encode: (value: string) => string]>([
    ['base64', (value) => Buffer.from(value).toString('base64')],
    ['base64 for URLs', (value) => Buffer.from(value).toString('base64url')],
    ['a login of one letter, in base64', (value) => Buffer.from(`u:${value}`).toString('base64')],
    ['a login of two letters, in base64', (value) => Buffer.from(`me:${value}`).toString('base64')],
    ['a longer text in base64', (value) => Buffer.from(`{"password":"${value}"}`).toString('base64url')],
    ['hex', (value) => Buffer.from(value).toString('hex')],
    ['a form', (value) => new URLSearchParams({ value }).toString()],
    ['a URL in lower case', (value) => encodeURIComponent(value).replace(/%../g, (code) => code.toLowerCase())],
    ['JSON within JSON', (value) => JSON.stringify(JSON.stringify({ value }))],
  ])('is struck out in %s', ([, encode]) => {
    for (const value of ['a long random one', 'p"ä/s\\s?~ÿÿ w@r*d', 'eight-of']) {
      learnSecret(value)
      const told = redact(`before ${encode(value)} after`)
      expect(told).toMatch(/^before .*\[redacted\].* after$/)
      // Around it there may be some characters of base64, which hold its neighbours.
      expect(told.length).toBeLessThanOrEqual('before [redacted] after'.length + encode('').length + 4)
    }
  })

  test('leaves nothing over where two of them overlap', () => {
    learnSecret('first-and-middle')
    learnSecret('middle-and-last')
    expect(redact('<first-and-middle-and-last>')).toBe('<[redacted]>')
  })

  test('is not learned when it is so short that it would strike out words', () => {
    learnSecret('error')
    expect(redact('an error')).toBe('an error')
  })
})

test('a line of JSON is still JSON after redaction', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('password', 'secret', 'token', 'note', 'url'),
        fc.oneof(fc.string(), fc.constant(null), fc.boolean()),
      ),
      (facts) => {
        expect(() => JSON.parse(redact(JSON.stringify(facts)))).not.toThrow()
      },
    ),
  )
})

describe('an error tells', () => {
  test('its causes, each once, in one line and without secrets', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED\n postgres://u:hunter22@h'), { code: 'ECONNREFUSED' })
    const error = new Error('fetch failed', { cause })
    expect(errorMessage(error)).toBe('fetch failed: connect ECONNREFUSED postgres://[redacted]@h')
    expect(errorMessage(Object.assign(new Error('outer'), { sourceError: error }))).toMatch(
      /^outer: fetch failed: connect/,
    )
    expect(errorMessage(new Error('same', { cause: new Error('same') }))).toBe('same')
  })

  test('its code, where it has no words', () => {
    expect(
      errorMessage(
        new Error('fetch failed', { cause: Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }) }),
      ),
    ).toBe('fetch failed: ECONNREFUSED')
  })

  test.for<[unknown, string]>([
    ['just text', 'just text'],
    [undefined, 'no message'],
    [null, 'no message'],
    [{}, 'no message'],
    [42, 'no message'],
  ])('something even when it is none: %j', ([thrown, says]) => expect(errorMessage(thrown)).toBe(says))

  test('no more than a person reads, and comes to an end where causes go in a circle', () => {
    expect(errorMessage(new Error('x'.repeat(5_000))).length).toBe(400)
    const circle = new Error('round')
    circle.cause = circle
    expect(errorMessage(circle)).toBe('round')
  })
})

describe('a statement is shown without its literals', () => {
  test.for([
    ["SELECT * FROM users WHERE email = 'a@b.c'", 'SELECT * FROM users WHERE email = ?'],
    ["SELECT 'it''s', 2, 3.5, 1e9, users2.x FROM users2", 'SELECT ?, ?, ?, ?, users2.x FROM users2'],
    ['SELECT * FROM t WHERE a = $1 AND b = $23', 'SELECT * FROM t WHERE a = $1 AND b = $23'],
    ['SELECT $$secret$$, $tag$it is $$secret$$ too$tag$, x', 'SELECT ?, ?, x'],
    ["SELECT E'it\\'s secret', e'\\\\', x", 'SELECT ?, ?, x'],
    // standard_conforming_strings: a backslash is only a backslash.
    ["SELECT 'C:\\', 'secret'", 'SELECT ?, ?'],
    ["SELECT '--', x,\n 'secret'", 'SELECT ?, x, ?'],
    ["SELECT '/*', 'secret' /* it's */, x", 'SELECT ?, ? , x'],
    ["SELECT 1 -- it's a secret\n, x", 'SELECT ? , x'],
    ['SELECT x /* many\nsecret\nlines */ FROM t', 'SELECT x FROM t'],
    ['SELECT "it\'s", "a--b" FROM t -- secret', 'SELECT "it\'s", "a--b" FROM t'],
    ["SELECT x FROM t WHERE s = 'cut in the midd", 'SELECT x FROM t WHERE s = ?'],
    ["SELECT x FROM t WHERE s = 'cut after a quote''", 'SELECT x FROM t WHERE s = ?'],
    ['SELECT $$cut in the midd', 'SELECT ?'],
    ['SELECT x /* cut secr', 'SELECT x'],
    ['  SELECT\n\t1  ', 'SELECT ?'],
    ['', ''],
  ] as const)('%s', ([statement, shown]) => expect(normaliseStatement(statement)).toBe(shown))

  test('whatever the literals hold, nothing of them is shown', () => {
    const literal = fc.string().map((s) => `'${`${s}\u{1F511}`.replaceAll("'", "''")}'`)
    const comment = fc.constantFrom(' ', "/* it's */", '-- "\n', '\n')
    fc.assert(
      fc.property(fc.array(fc.tuple(literal, comment), { maxLength: 5 }), (parts) => {
        const statement = `SELECT ${parts.map(([value, between]) => `${value}${between},`).join('')} x`
        expect(normaliseStatement(statement)).not.toContain('\u{1F511}')
      }),
    )
  })

  test('shortened', () => expect(normaliseStatement(`SELECT ${'a, '.repeat(100)}b`, 20)).toBe('SELECT a, a, a, a...'))
})
