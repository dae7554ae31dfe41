/** What is wrong with how a case went, in sentences; nothing, if all is as it must be. */
import type { CaseOutcome, Plan, RunOutcome } from './case.ts'
import type { Call } from './crossing.ts'
import { missedStrikes } from './missed.ts'
import { mistold } from './news.ts'

/** By call: whom it keeps from being looked at. */
const WHO: Partial<Record<Call, string[]>> = {
  'Neon API': ['shop'],
  'SQL over HTTP': ['shop'],
  'Neon status page': ['shop'],
  'Aura token': ['graph', 'maps'],
  'Aura API': ['graph'],
  'Aura metrics': ['graph'],
  'SNS question': ['Nightshift'],
  secret: ['shop', 'blog', 'graph', 'maps'],
}

/** What takes up the room of storage is good to know: without it nobody is seen less. */
const whoOf = (call: Call, { kind }: Plan): string[] => {
  if (kind === 'storage' && call === 'SQL over HTTP') return []
  // What it asks about itself stands in the table, too.
  return kind === 'heartbeat' && call === 'table: get' ? ['Nightshift'] : (WHO[call] ?? [])
}

const HISTORY = /^unknown: storage\.blind: how storage has grown is not known/

/** What no person can act on. */
const NO_SENTENCE = /undefined|\[object|\bNaN\b|\bnull\b|^\s+at |node:internal|\b(Type|Syntax|Reference|Range)Error\b/m

export function complaintsOf(plan: Plan, outcome: CaseOutcome, usual: RunOutcome): string[] {
  const { struck, after, later } = outcome
  const calls = plan.strikes.map(({ call }) => call)
  const hurt = new Set([...calls.flatMap((call) => whoOf(call, plan)), ...(plan.bolt ? ['graph'] : [])])
  const tableStruck = calls.some((call) => call.startsWith('table'))
  const sns = plan.strikes.find(({ call }) => call === 'SNS publish')?.fault
  const snsDown = sns !== undefined && sns !== 'answer lost'
  const complaints: string[] = []
  const expect = (holds: boolean, complaint: string) => holds || complaints.push(complaint)

  expect(struck.tookMs < plan.targetMs + 30_000, `took ${Math.round(struck.tookMs)} ms`)
  const mayFail = tableStruck || sns !== undefined
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
  complaints.push(
    ...mistold(plan, outcome, usual, { hurt, tableStruck, snsDown, blindAfterwards: plan.kind === 'aura' }),
  )
  complaints.push(...missedStrikes(plan, outcome))

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
