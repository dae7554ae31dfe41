/** What is wrong with how often news was told: every change once, and once more only where nobody can know that it was. */
import type { CaseOutcome, Plan, RunOutcome } from './case.ts'
import type { Call } from './crossing.ts'
import { BELIEVED, type Fault, TAKEN } from './faults.ts'

/** How often the run into the fault may tell something, the one after it, and both together. */
export function mostTimes(notice: string, strikes: Plan['strikes']) {
  const at = (call: Call): Fault | undefined => strikes.find((strike) => strike.call === call)?.fault
  const taken = (fault: Fault) => (TAKEN as readonly Fault[]).includes(fault)
  const before = [at('table: get'), at('table: first write')].flatMap((fault) => fault ?? [])
  const mark = at('table: write after telling')
  // Nobody knows what stands in the table: what is critical is told all the same, and again by whoever can write it down.
  const unknown = before.some((fault) => fault !== 'answer lost') && notice.startsWith('CRITICAL')
  // It was told on a claim that the table does not have, or whose end it was never told of.
  const unmarked = before.some((fault) => BELIEVED.includes(fault)) || (mark !== undefined && !taken(mark))
  // SNS takes a message as often as it is asked, and who has not heard asks again: the SDK, or the next run.
  const lost = at('SNS publish') === 'answer lost' ? 1 : 0
  const again = unknown || unmarked ? 1 : 0
  return { struck: 1 + lost, after: Math.min(1, lost + again), all: 1 + lost + again }
}

export interface Struck {
  hurt: Set<string>
  tableStruck: boolean
  /** It did not take the message. */
  snsDown: boolean
  /** The instance does not run afterwards, so nobody can say that it can be reached again. */
  blindAfterwards: boolean
}

/** @param usual what is told where nothing fails */
export function mistold(
  { strikes }: Plan,
  { struck, after, later }: CaseOutcome,
  usual: RunOutcome,
  { hurt, tableStruck, snsDown, blindAfterwards }: Struck,
): string[] {
  const complaints: string[] = []
  // That it began stands in the table though the run never heard so: it is told when it is over, as what could not be told.
  const unheard = strikes.some(({ call, fault }) => call === 'table: first write' && fault === 'answers lost')
  const told = [...struck.told, ...after.told, ...(later?.told ?? [])]
  const times = (notice: string, where: string[]) => where.filter((one) => one === notice).length
  for (const notice of new Set([...usual.told, ...told])) {
    const [kind = '', name = '', rule = ''] = notice.split(' ')
    const expected = usual.told.includes(notice)
    const [first, then] = [times(notice, struck.told), times(notice, after.told)]
    const most = mostTimes(notice, strikes)
    const mostAfter = first > 0 ? most.after : 1
    if (first > most.struck || then > mostAfter || first + then > most.all)
      complaints.push(`told ${first} and then ${then} times: ${notice}`)
    if (expected && first + then === 0) complaints.push(`never told: ${notice}`)
    if (expected && !hurt.has(name) && !snsDown && first === 0) complaints.push(`not told at once: ${notice}`)
    if (expected) continue
    const over = told.includes(`RESOLVED ${name} ${rule}`)
    const begun = told.some((one) => one.endsWith(` ${name} ${rule}`) && !one.startsWith('RESOLVED'))
    if (kind === 'RESOLVED' && !begun && !snsDown && !unheard) complaints.push(`over without a beginning: ${notice}`)
    if (kind !== 'RESOLVED' && !over && !tableStruck && !blindAfterwards) complaints.push(`never over: ${notice}`)
  }
  if (later && later.told.length > 0) complaints.push(`told again later: ${later.told}`)
  return complaints
}
