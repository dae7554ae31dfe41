import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { auraRules } from '../functions/checks/aura/rules.ts'
import { heartbeatRules } from '../functions/checks/heartbeat/rules.ts'
import { connectionRules } from '../functions/checks/rules.ts'
import { snapshotsRules } from '../functions/checks/snapshots/rules.ts'
import { storageRules } from '../functions/checks/storage/rules.ts'
import { resolveConfig } from '../functions/config.ts'
import { runbookLink } from '../functions/incidents/links.ts'
import { monthlyCost } from '../functions/letter/cost.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const readme = read('README.md')
const runbook = read('docs/runbook.md')

/** As GitHub makes anchors: in small letters, without punctuation, with hyphens for spaces. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
const anchorsOf = (text: string) => [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

/** By heading. */
const sections = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
)
const rules = [
  ...new Set(
    [...connectionRules, ...auraRules, ...storageRules, ...snapshotsRules, ...heartbeatRules].map(({ name }) => name),
  ),
]
const troubles = [
  ...new Set([...read('infra/watchdog.ts').matchAll(/trouble: '([\w-]+)'/g)].map(([, name = '']) => name)),
]

test.for(rules)('the runbook has a section for %s, where alerts link to', (rule) => {
  const section = sections.get(rule) ?? expect.fail(`no section ${rule}`)
  expect(runbookLink(rule, undefined)).toBe(`docs/runbook.md#${anchorOf(rule)}`)
  expect(section).toContain('**Means.**')
  expect(section).toMatch(/do this/i)
  expect(readme).toContain(`\`${rule}\``)
})

test('the runbook has a section for every alarm', () => {
  expect(troubles.length).toBeGreaterThan(5)
  expect([...sections.keys()].filter((name) => name.startsWith('watchdog-')).toSorted()).toEqual(
    troubles.map((trouble) => `watchdog-${trouble}`).toSorted(),
  )
})

test('no section stands for what is never told, and each is in the list at the top', () => {
  const [top = ''] = runbook.split(/^## /m)
  for (const name of sections.keys()) {
    expect([...rules, ...troubles.map((trouble) => `watchdog-${trouble}`)]).toContain(name)
    expect(top).toContain(`](#${anchorOf(name)})`)
  }
})

test.for(['README.md', 'docs/runbook.md', 'docs/silences.md', 'docs/security.md'])(
  'every link in %s leads somewhere',
  (document) => {
    const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g)]
    for (const [link, path = '', anchor = ''] of links) {
      const file = path === '' ? document : join(dirname(document), path)
      expect(existsSync(new URL(`../${file}`, import.meta.url)), link).toBe(true)
      if (anchor !== '') expect(anchorsOf(read(file)), link).toContain(anchor)
    }
  },
)

test('the README leads to every document', () => {
  for (const document of readdirSync(new URL('../docs', import.meta.url)))
    expect(readme).toContain(`](docs/${document}`)
})

test('the README’s costs are those that the weekly letter computes, of ten Neon targets', () => {
  const targets = Array.from({ length: 10 }, (_, i) => ({
    name: `t${i}`,
    neon: { project: `p-${i}`, role: 'nightshift' },
  }))
  const { lines, usd } = monthlyCost(resolveConfig({ tell: { emails: ['oncall@example.com'] }, targets }))
  for (const line of lines) expect(readme).toContain(`| ${line.what} | ${line.usd.toFixed(2)} |`)
  expect(readme).toContain(`| **together** | **about ${usd.toFixed(2)}** |`)
})

test('the alarms that the README counts are those that there are', () => {
  const named = [
    'zero',
    'one',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eight',
    'nine',
    'ten',
    'eleven',
    'twelve',
    'thirteen',
    'fourteen',
  ]
  const countOf = (aura: boolean) => {
    const neon = { name: 'orders', neon: { project: 'p', role: 'nightshift' } }
    const targets = aura ? [neon, { name: 'graph', aura: { instance: 'a1b2c3d4' } }] : [neon]
    const { lines } = monthlyCost(resolveConfig({ tell: { emails: ['oncall@example.com'] }, targets }))
    return Number.parseInt(lines[0]?.what ?? '', 10)
  }
  expect(readme).toContain(`**And itself:** ${named[countOf(false)]} CloudWatch alarms`)
  expect(countOf(true)).toBe(18)
})
