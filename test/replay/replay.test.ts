import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../../infra/bundling.ts'
import { configOf, targetOf } from '../functions/builders.ts'

let folder: string
let config: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-replay-'))
  const targets = ['orders', 'billing'].map((name) =>
    targetOf({ name, neon: { project: `project-${name}`, role: 'nightshift' } }),
  )
  config = await fileOf('config.ts', `export default ${JSON.stringify(configOf({ targets }))}`)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function fileOf(name: string, content: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, content)
  return file
}

/** As a person would run it, but for npm. */
async function replay(args: string[], input = '', env: Record<string, string> = {}) {
  const program = spawn(process.execPath, [join(ROOT, 'replay/replay.ts'), ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
  })
  program.stdin.end(input)
  const [out, errors, status] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    new Promise((resolve) => program.on('close', resolve)),
  ])
  return { out, errors, status }
}

const look = { look: 'orders', at: '2026-11-21T03:15:00.000Z', used: 80, usable: 97, active: 3 }
const session = (pid: number, changes: object = {}) => ({
  pid,
  application: 'sync-job',
  role: 'app',
  database: 'neondb',
  idleMs: 3_600_000 + pid,
  protection: null,
  ...changes,
})
const linesOf = (...lines: object[]) => lines.map((line) => JSON.stringify(line)).join('\n')
const LIST = linesOf(
  look,
  session(1),
  session(2, { application: 'shop', longestGapMs: 2_400_000 }),
  session(3, { protection: 'listener' }),
)

test('who would be ended and why the others are not, with both limits', async () => {
  const { out, errors, status } = await replay(['--config', config, await fileOf('list.jsonl', LIST)])
  expect({ errors, status }).toEqual({ errors: '', status: 0 })
  expect(out.split('\n')).toEqual([
    'orders, 2026-11-21 03:15 UTC: 80 of 97 connections taken (82%), 3 at work',
    'Policy: idle for 10 min; from 70% of the connections on; at most 10 in a run; not opted in',
    '',
    'Would be ended: 1 of 3 idle sessions',
    '  pid  application  role  database  idle  limit   longest gap',
    '  1    sync-job     app   neondb    1 h   10 min',
    '',
    'Left alone: 2',
    '  pid  application  role  database  idle  limit       longest gap  why',
    '  2    shop         app   neondb    1 h   1 h 20 min  40 min       shop has worked again after 40 min: not clearly longer before 1 h 20 min',
    '  3    sync-job     app   neondb    1 h   10 min                   it listens (LISTEN)',
    '',
  ])
})

test('a list may come by standard input, several looks in one, and another limit be tried on it', async () => {
  const later = linesOf({ ...look, look: 'billing', used: 10 }, session(9))
  const { out, status } = await replay(
    ['--config', config, '--idle-for', '30m', '--json', '-'],
    `${LIST}\n\n${later}\n`,
  )
  expect(status).toBe(0)
  expect(JSON.parse(out).looks).toMatchObject([
    {
      target: 'orders',
      held: null,
      policy: { idleMs: 1_800_000 },
      wouldEnd: [{ pid: 1, limitMs: 1_800_000 }],
      left: { length: 2 },
    },
    { target: 'billing', held: 'below', wouldEnd: [], left: [{ pid: 9 }] },
  ])
  const { out: orders } = await replay(['--config', config, '--target', 'billing', '--json', '-'], `${LIST}\n${later}`)
  expect(JSON.parse(orders).looks).toMatchObject([{ target: 'billing' }])
})

test('a list that does not say whose it is takes the policy of a named target', async () => {
  const bare = linesOf({ pid: 4, application: 'psql', idleMs: 4e6 })
  const { out, status } = await replay(['--config', config, '--target', 'orders', '-'], bare)
  expect(status).toBe(0)
  expect(out).toContain('a list of no target: how many connections were taken is not in the list, so it is not judged')
  expect(out).toContain('Would be ended: 1 of 1 idle session')
  const { errors, status: refused } = await replay(['--config', config, '-'], bare)
  expect({ errors, refused }).toEqual({
    errors:
      'the list does not say whose it is; name one by --target: in the configuration there are: orders, billing\n',
    refused: 1,
  })
})

describe('whatever is wrong is named, all of it, on standard error', () => {
  test('lines by their number', async () => {
    const bad = [
      'pid 1 idle',
      JSON.stringify(session(2, { idleMs: '1h' })),
      '',
      JSON.stringify(session(-3, { protection: 'mine' })),
      '7',
      JSON.stringify({ look: 'orders', used: 1 }),
    ].join('\n')
    const { out, errors, status } = await replay(['--config', config, '-'], bad)
    expect({ out, status }).toEqual({ out: '', status: 1 })
    const faults = errors.trimEnd().split('\n')
    expect(faults).toHaveLength(5)
    expect(faults[0]).toBe('standard input, line 1: not JSON: pid 1 idle')
    expect(faults[1]).toBe('standard input, line 2: idleMs: "1h" is not a number of milliseconds')
    expect(faults[2]).toContain(
      'line 4: pid: -3 is not a whole number from 0; protection: "mine" is not null or one of',
    )
    expect(faults[3]).toBe('standard input, line 5: 7 is not an object of JSON')
    expect(faults[4]).toContain('line 6: usable: ')
  })

  test.for<[string, string[], number, string]>([
    ['no file', [], 2, 'FILE is missing; "-" reads standard input'],
    ['two files', ['a', 'b'], 2, 'one FILE at a time; there is also b'],
    ['an option that is not there', ['--verbose', 'a'], 2, "Unknown option '--verbose'"],
    ['a time that is none', ['--idle-for', '30', 'a'], 2, '--idle-for 30 is not a time like 90s, 30m, 2h, 7d'],
    ['a file that is not there', ['no-such-file'], 1, 'no-such-file cannot be read: ENOENT'],
    ['an empty list', ['-'], 1, 'standard input: there is nothing in it'],
  ])('%s', async ([, args, expected, says]) => {
    const { out, errors, status } = await replay(['--config', config, ...args])
    expect({ out, status }).toEqual({ out: '', status: expected })
    expect(errors).toContain(says)
  })

  test('a target that is in neither list nor configuration, and a configuration with faults', async () => {
    const list = await fileOf('list.jsonl', LIST)
    const run = async (...args: string[]) => (await replay([...args, list])).errors
    expect(await run('--config', config, '--target', 'shop')).toContain(
      `there is no list of shop in ${list}, only of orders`,
    )
    expect(await run('--config', await fileOf('bad.ts', 'export default { targets: [] }'))).toMatch(
      /bad\.ts has .*faults/,
    )
    expect(await run('--config', join(folder, 'none.ts'))).toContain('it does not exist')
    const other = await fileOf('other.jsonl', linesOf({ ...look, look: 'shop' }, session(1)))
    expect((await replay(['--config', config, other])).errors).toBe(
      'no target is called shop; in the configuration there are: orders, billing\n',
    )
  })

  test.for<[string, string]>([
    ['one answer of another kind', JSON.stringify({ Payload: { sessions: [session(1), session(2)] } }, null, 2)],
    ['an array of them', JSON.stringify([session(1), session(2)], null, 2)],
    ['entries one after the other', [session(1), session(2)].map((one) => JSON.stringify(one, null, 2)).join('\n')],
    ['an answer that was cut', JSON.stringify({ targets: [{ processList: [session(1)] }] }, null, 2).slice(0, -9)],
  ])('JSON over many lines is one fault: %s', async ([, text]) => {
    const { out, errors, status } = await replay(['--config', config, '-'], text)
    expect({ out, status }).toEqual({ out: '', status: 1 })
    expect(errors).toBe(
      'standard input: JSON over several lines that is no report of the connections function; invoke the connections function' +
        ' with {"processList":true} and give its answer, or one entry a line, as jq -c writes them\n',
    )
  })

  test('a report without a list says how to get one', async () => {
    const { errors, status } = await replay(
      ['--config', config, '-'],
      JSON.stringify({ targets: [{ target: 'orders' }] }),
    )
    expect(status).toBe(1)
    expect(errors).toContain('invoke the connections function with {"processList":true}')
  })
})

test('help is on standard output, and colours are not where nobody sees them', async () => {
  const { out, status } = await replay(['--help'])
  expect(status).toBe(0)
  for (const option of ['--target', '--config', '--idle-for', '--json', '--help', 'Exit status'])
    expect(out).toContain(option)
  const plain = await replay(['--config', config, '-'], LIST)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is how colours begin
  expect(plain.out).not.toMatch(/\u001b/)
})
