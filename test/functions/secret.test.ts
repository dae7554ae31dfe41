import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { redact } from '../../functions/redact.ts'
import { keyring, SecretError } from '../../functions/secret.ts'
import { ERRORS, type LocalAws, startAws } from '../world/aws.ts'
import { HOUR, MINUTE, NOW } from './builders.ts'

let aws: LocalAws
let name: string
beforeAll(async () => {
  aws = await startAws()
  Object.assign(process.env, aws.env)
})
afterAll(() => aws[Symbol.asyncDispose]())
// What is read is cached by the secret's name: each test has one of its own.
beforeEach(() => {
  name = `nightshift-${randomUUID()}`
  process.env.NIGHTSHIFT_SECRET = name
})
afterEach(() => aws.heal())

const VALUE = 'hunter22-hunter22'
const keys = (now = NOW) => keyring(['orders', 'billing'], 'neon', now)
async function refusal(value?: string | object): Promise<string> {
  if (value !== undefined) aws.secrets.put(name, value)
  const error = await keys()
    .read()
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(SecretError)
  return (error as Error).message
}

test('one API key is enough, and a password may be given for each target', async () => {
  aws.secrets.put(name, { neonApiKey: 'the-api-key' })
  expect(await keys().read()).toEqual({ neonApiKey: 'the-api-key', passwords: {}, surplus: 0 })
  aws.secrets.put(name, { neonApiKey: 'the-api-key', passwords: { orders: VALUE } })
  expect(await keys(NOW + 6 * MINUTE).read()).toEqual({
    neonApiKey: 'the-api-key',
    passwords: { orders: VALUE },
    surplus: 0,
  })
})

test('what was read is struck out of all text from then on', async () => {
  const [key, password] = [`key-${randomUUID()}`, `p"w/${randomUUID()}`]
  aws.secrets.put(name, { neonApiKey: key, passwords: { orders: password } })
  await keys().read()
  expect(redact(`${key} ${password} ${encodeURIComponent(password)}`)).toBe('[redacted] [redacted] [redacted]')
})

test('an address for pings is a secret too, with all its parts', async () => {
  const id = randomUUID()
  const heartbeatUrl = `https://ping.example.com/${id}?create=1`
  aws.secrets.put(name, { neonApiKey: 'the-api-key', heartbeatUrl })
  expect(await keys().read()).toEqual({ neonApiKey: 'the-api-key', passwords: {}, surplus: 0, heartbeatUrl })
  expect(redact(`POST /${id} and ${heartbeatUrl}`)).not.toContain(id)
  expect(redact('getaddrinfo ENOTFOUND ping.example.com')).toBe('getaddrinfo ENOTFOUND [redacted]')
})

describe('passwords for what is no target', () => {
  afterEach(() => vi.restoreAllMocks())

  test('are no reason to look at nothing: they are counted', async () => {
    const passwords = { orders: VALUE, order: 'pw-1-of-no-target', 'an/old one': 'pw-2-of-no-target' }
    aws.secrets.put(name, { neonApiKey: 'the-api-key', passwords })
    expect(await keys().read()).toEqual({ neonApiKey: 'the-api-key', passwords, surplus: 2 })
  })

  test('are in the log by their number, without a name of them, and struck out like any other', async () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    aws.secrets.put(name, {
      neonApiKey: 'the-api-key',
      passwords: { 'their-name': 'of-no-target-at-all', orders: VALUE },
    })
    await keys().read()
    const lines = written.mock.calls.map(([line]) => String(line))
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { event: 'secret-surplus', passwordsForNoTarget: 1, targets: ['orders', 'billing'] },
    ])
    expect(redact('x of-no-target-at-all')).toBe('x [redacted]')
  })

  test('are not spoken of where there are none', async () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    aws.secrets.put(name, { neonApiKey: 'the-api-key', passwords: { orders: VALUE } })
    await keys().read()
    expect(written).not.toHaveBeenCalled()
  })
})

describe('is refused, with the remedy and without a value:', () => {
  test('a secret that is not there', async () => {
    expect(await refusal()).toBe(
      `there is no secret "${name}" in this account and region; create it as the README says`,
    )
  })

  test('one that may not be read', async () => {
    aws.fail('secretsmanager', ERRORS.secretDenied)
    expect(await refusal({ neonApiKey: VALUE })).toMatch(/cannot be read: AccessDeniedException: .*is not authorized/)
  })

  test('one that cannot be decrypted', async () => {
    aws.fail('secretsmanager', ERRORS.secretDecryption)
    expect(await refusal({ neonApiKey: VALUE })).toContain('cannot be read: DecryptionFailure')
  })

  test.for<[what: string, value: string | object, says: string]>([
    [
      'text that is not JSON',
      VALUE,
      'is not JSON; it must look like { "neonApiKey": <key>, "passwords": { "orders": <password> } }',
    ],
    ['JSON that is cut', `{"neonApiKey":"${VALUE}`, 'is not JSON'],
    ['JSON that is only text', JSON.stringify(VALUE), 'must be a JSON object'],
    ['a list', [VALUE], 'neonApiKey is missing'],
    ['null', 'null', 'must be a JSON object'],
    ['an empty object', {}, 'neonApiKey is missing'],
    ['an empty key', { neonApiKey: '' }, 'neonApiKey must be a Neon API key, without spaces around it'],
    [
      'a key with a line break behind it',
      { neonApiKey: `${VALUE}\n` },
      'neonApiKey must be a Neon API key, without spaces around it',
    ],
    ['a key that is a number', { neonApiKey: 42 }, 'neonApiKey must be a Neon API key'],
    [
      'an unknown name',
      { neonApiKey: VALUE, neonApikey: VALUE },
      'neonApikey is not a key of it; allowed: neonApiKey, aura, passwords, heartbeatUrl, auraHeartbeatUrl',
    ],
    [
      'an address for pings that anybody on the way could read',
      { neonApiKey: VALUE, heartbeatUrl: 'http://ping.example.com/1' },
      'heartbeatUrl must be an https:// address',
    ],
    [
      'an address for pings that is none',
      { neonApiKey: VALUE, auraHeartbeatUrl: ['https://ping.example.com/1'] },
      'auraHeartbeatUrl must be an https:// address',
    ],
    [
      'an unknown name that may be a secret itself',
      { neonApiKey: 'the-api-key', [VALUE]: '' },
      'has faults: (a name that is not shown) is not a key of it; allowed: neonApiKey, aura, passwords',
    ],
    [
      'a password under what may be a secret itself',
      { neonApiKey: 'the-api-key', passwords: { [VALUE]: '' } },
      'passwords.(a name that is not shown) must be a password',
    ],
    [
      'an empty password',
      { neonApiKey: VALUE, passwords: { orders: '' } },
      'passwords.orders must be a password, without spaces around it',
    ],
    [
      'a password that could be part of a word',
      { neonApiKey: VALUE, passwords: { orders: 'hunter2' } },
      'passwords.orders must have at least 8 characters: a shorter one cannot be told from ordinary words',
    ],
    ['a key that could be', { neonApiKey: 'key-two' }, 'neonApiKey must have at least 8 characters'],
    [
      'a password that is an object',
      { neonApiKey: VALUE, passwords: { orders: { password: VALUE } } },
      'passwords.orders must be a password',
    ],
    [
      'passwords that are text',
      { neonApiKey: VALUE, passwords: VALUE },
      'passwords must be { "<target>": "<password>" }',
    ],
    [
      'passwords that are null',
      { neonApiKey: VALUE, passwords: null },
      'passwords must be { "<target>": "<password>" }',
    ],
  ])('%s', async ([, value, says]) => {
    const message = await refusal(value)
    expect(message).toContain(says)
    expect(message).toContain(`"${name}"`)
    expect(message).not.toContain(VALUE)
  })

  test('with all faults at once', async () => {
    const message = await refusal({ key: VALUE, passwords: { orders: '', billing: ' ' } })
    for (const says of [
      'key is not a key of it',
      'neonApiKey is missing',
      'passwords.orders must be',
      'passwords.billing must be',
    ])
      expect(message).toContain(says)
    expect(message).not.toContain(VALUE)
  })
})

describe('is read', () => {
  const reads = () => aws.requests('secretsmanager').filter(({ body }) => body.includes(name)).length

  test('once a run, however many targets ask', async () => {
    aws.secrets.put(name, { neonApiKey: VALUE })
    const one = keys()
    await Promise.all([one.read(), one.read(), one.read()])
    expect(reads()).toBe(1)
  })

  test('again after five minutes, and not before', async () => {
    aws.secrets.put(name, { neonApiKey: 'first-key' })
    await keys().read()
    aws.secrets.put(name, { neonApiKey: 'second-key' })
    expect((await keys(NOW + 5 * MINUTE - 1).read()).neonApiKey).toBe('first-key')
    expect(reads()).toBe(1)
    expect((await keys(NOW + 5 * MINUTE).read()).neonApiKey).toBe('second-key')
  })

  test('afresh once a key was refused, by all targets together, and once only', async () => {
    aws.secrets.put(name, { neonApiKey: 'first-key' })
    const one = keys()
    const old = await one.read()
    aws.secrets.put(name, { neonApiKey: 'second-key' })
    const fresh = await Promise.all([one.reread(old), one.reread(old)])
    expect(fresh.map((each) => each?.neonApiKey)).toEqual(['second-key', 'second-key'])
    expect(reads()).toBe(2)
    // The next run starts from what was found.
    expect((await keys(NOW + MINUTE).read()).neonApiKey).toBe('second-key')
    expect(reads()).toBe(2)
  })

  test('afresh to no avail, where the very keys that were refused are still there', async () => {
    aws.secrets.put(name, { neonApiKey: VALUE })
    const one = keys()
    expect(await one.reread(await one.read())).toBeUndefined()
  })

  describe('when Secrets Manager does not answer', () => {
    const readOnce = async () => {
      aws.secrets.put(name, { neonApiKey: 'first-key' })
      const old = await keys().read()
      aws.fail('secretsmanager', { ...ERRORS.secretInternal, status: 400 })
      return old
    }

    test('the keys that were read before go on for an hour, and no longer', async () => {
      const old = await readOnce()
      for (const later of [5 * MINUTE, 30 * MINUTE, HOUR]) expect(await keys(NOW + later).read()).toEqual(old)
      // Each run asks again: the first answer counts.
      expect(reads()).toBe(4)
      await expect(keys(NOW + HOUR + 1).read()).rejects.toThrow('cannot be read: InternalServiceError')
      aws.heal()
      aws.secrets.put(name, { neonApiKey: 'second-key' })
      expect((await keys(NOW + 30 * MINUTE).read()).neonApiKey).toBe('second-key')
    })

    test('that is in the log, without a value', async () => {
      await readOnce()
      const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
      await keys(NOW + 6 * MINUTE).read()
      const lines = written.mock.calls.map(([line]) => JSON.parse(String(line)))
      written.mockRestore()
      expect(lines).toEqual([
        expect.objectContaining({ event: 'secret-unreadable', error: expect.stringContaining('InternalServiceError') }),
      ])
      expect(JSON.stringify(lines)).not.toContain('first-key')
    })

    test('a key that was refused is not read from what is kept', async () => {
      const old = await readOnce()
      await expect(keys(NOW + MINUTE).reread(old)).rejects.toBeInstanceOf(SecretError)
    })

    test('the keys of another secret are none', async () => {
      await readOnce()
      process.env.NIGHTSHIFT_SECRET = `nightshift-${randomUUID()}`
      await expect(keys().read()).rejects.toBeInstanceOf(SecretError)
    })

    test('a secret that answers and is not as it must be is still refused', async () => {
      aws.secrets.put(name, { neonApiKey: 'first-key' })
      await keys().read()
      aws.secrets.put(name, { neonApiKey: '' })
      await expect(keys(NOW + 6 * MINUTE).read()).rejects.toThrow('neonApiKey must be a Neon API key')
    })
  })

  test('again by the next run, where this one could not', async () => {
    await refusal()
    aws.secrets.put(name, { neonApiKey: VALUE })
    expect((await keys().read()).neonApiKey).toBe(VALUE)
  })
})
