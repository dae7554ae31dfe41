/** Strikes that nothing came by to be hit by: a case that proves nothing, unless the other strike kept the call from being made. */
import type { CaseOutcome, Plan } from './case.ts'
import type { Call } from './crossing.ts'

/** By call: those without which it is not made. */
const AFTER: Partial<Record<Call, Call[]>> = {
  'Neon API': ['secret'],
  'SQL over HTTP': ['secret', 'Neon API'],
  'Aura token': ['secret'],
  'Aura API': ['secret', 'Aura token'],
  'Aura metrics': ['secret', 'Aura token', 'Aura API'],
  ping: ['secret'],
  'table: first write': ['table: get'],
  'table: write after telling': ['table: get', 'table: first write'],
}

export function missedStrikes({ strikes }: Plan, { missed }: CaseOutcome): string[] {
  const hit = strikes.map(({ call }) => call).filter((call) => !missed.includes(call))
  const isExcused = (call: Call) =>
    // It is asked why a look has failed, and not after each failure.
    call === 'Neon status page'
      ? !strikes.some((other) => other.call === 'SQL over HTTP' && other.fault === 'reset')
      : hit.some((other) => AFTER[call]?.includes(other))
  return missed.filter((call) => !isExcused(call)).map((call) => `nobody called ${call}`)
}
