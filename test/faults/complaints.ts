/** What is wrong with how a case went, in sentences; nothing, if all is as it must be. */
import type { CaseOutcome, Plan, RunOutcome } from './case.ts'
import type { Call } from './crossing.ts'

/** By call: whom it keeps from being looked at. */
const WHO: Partial<Record<Call, string[]>> = {
  'Neon API': ['shop'],
  'SQL over HTTP': ['shop'],
  'Neon status page': ['shop'],
  'Aura token': ['graph', 'maps'],
  'Aura API': ['graph'],
  'Aura metrics': ['graph'],
  secret: ['shop', 'blog', 'graph', 'maps'],
}

const HISTORY = /^unknown: storage\.blind: how storage has grown is not known/

/** What no person can act on. */
const NO_SENTENCE = /undefined|\[object|\bNaN\b|\bnull\b|^\s+at |node:internal|\b(Type|Syntax|Reference|Range)Error\b/m

export function complaintsOf(plan: Plan, outcome: CaseOutcome, usual: RunOutcome): string[] {
  const { struck, after, later } = outcome
  const calls = plan.strikes.map(({ call }) => call)
  const hurt = new Set([...calls.flatMap((call) => WHO[call] ?? []), ...(plan.bolt ? ['graph'] : [])])
  const tableStruck = calls.some((call) => call.startsWith('table'))
  const snsStruck = calls.includes('SNS publish')
  const complaints: string[] = []
  const expect = (holds: boolean, complaint: string) => holds || complaints.push(complaint)

  expect(struck.tookMs < plan.targetMs + 30_000, `took ${Math.round(struck.tookMs)} ms`)
  const mayFail = tableStruck || snsStruck
  expect(mayFail || struck.error === undefined, `failed with ${struck.error}`)
  if (struck.error) expect(isSentence(struck.error), `fails with no sentence: ${struck.error}`)
  expect(after.error === undefined && later?.error === undefined, `fails afterwards: ${after.error ?? later?.error}`)

  for (const [name, { severity, says }] of Object.entries(usual.targets)) {
    const found = struck.targets[name]
    expect(found !== undefined, `${name} is not reported`)
    if (found === undefined) continue
    // How storage has grown stands in the table: without it that is told beside what was measured.
    const only = plan.kind === 'storage' && tableStruck ? found.says.filter((one) => !HISTORY.test(one)) : found.says
    const same = like(only) === like(says) && found.severity === severity
    if (!hurt.has(name)) expect(same, `${name} is well, and reported as ${found.says}`)
    else if (!same) complaints.push(...unsaid(name, found))
    expect(like(after.targets[name]?.says) === like(says), `${name} afterwards: ${after.targets[name]?.says}`)
  }
  complaints.push(...mistold(outcome, usual, { hurt, tableStruck, snsStruck, blindAfterwards: plan.kind === 'aura' }))

  for (const { log } of [struck, after, ...(later ? [later] : [])])
    for (const line of log.split('\n').slice(0, -1)) {
      expect(isJson(line), `no JSON in the log: ${line.slice(0, 200)}`)
      expect(!line.startsWith('{"event":"unexpected"'), `a fault of Nightshift's own: ${line.slice(0, 600)}`)
    }
  return complaints
}

/** What is wrong with the words for a target that could not be looked at. */
function unsaid(name: string, { severity, says, findings }: RunOutcome['targets'][string]): string[] {
  const bad = findings.filter((finding) => finding.severity !== 'ok')
  const texts = bad.flatMap(({ headline, summary }) => [headline, summary])
  const advice = bad.flatMap((finding) => finding.advice ?? [])
  return [
    ...(severity === 'unknown' || severity === 'critical' ? [] : [`${name} was not seen, and is ${severity}: ${says}`]),
    ...(advice.length > 0 ? [] : [`nobody is told what to do about ${name}: ${says}`]),
    ...[...says, ...texts, ...advice].filter((text) => !isSentence(text)).map((text) => `no sentence: ${text}`),
  ]
}

interface Struck {
  hurt: Set<string>
  tableStruck: boolean
  snsStruck: boolean
  /** The instance does not run afterwards, so nobody can say that it can be reached again. */
  blindAfterwards: boolean
}

/** News that is told too seldom or too often. */
function mistold(
  { struck, after, later }: CaseOutcome,
  usual: RunOutcome,
  { hurt, tableStruck, snsStruck, blindAfterwards }: Struck,
): string[] {
  const complaints: string[] = []
  const told = [...struck.told, ...after.told, ...(later?.told ?? [])]
  const times = (notice: string, where = told) => where.filter((one) => one === notice).length
  // Without the table nobody knows what was told, and told twice is better than never.
  const most = tableStruck ? 2 : 1
  for (const notice of usual.told) {
    if (times(notice) < 1 || times(notice) > most) complaints.push(`told ${times(notice)} times: ${notice}`)
    const [, name = ''] = notice.split(' ')
    if (!hurt.has(name) && !snsStruck && times(notice, struck.told) !== 1)
      complaints.push(`not told at once: ${notice}`)
  }
  for (const notice of new Set(told.filter((one) => !usual.told.includes(one)))) {
    const [kind = '', name = '', rule = ''] = notice.split(' ')
    if (times(notice) > most) complaints.push(`told ${times(notice)} times: ${notice}`)
    const over = told.includes(`RESOLVED ${name} ${rule}`)
    const begun = told.some((one) => one.endsWith(` ${name} ${rule}`) && !one.startsWith('RESOLVED'))
    if (kind === 'RESOLVED' && !begun && !snsStruck) complaints.push(`over without a beginning: ${notice}`)
    if (kind !== 'RESOLVED' && !over && !tableStruck && !blindAfterwards) complaints.push(`never over: ${notice}`)
  }
  if (later && later.told.length > 0) complaints.push(`told again later: ${later.told}`)
  return complaints
}

const like = (says: string[] = []): string => says.join('\n').replace(/\d+/g, '#').replace(/ # h/, '')

/** What the runtime calls a request that failed is followed by why. */
const isSentence = (text: string): boolean =>
  text.trim() !== '' && !NO_SENTENCE.test(text.replaceAll('TypeError: fetch failed', ''))

function isJson(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}
