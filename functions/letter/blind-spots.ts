/** What could not be looked at, each reason once: a key that three checks are refused by is one thing to mend. Pure. */
import { isWorse } from '../checks/finding.ts'
import type { Standing } from '../checks/heartbeat/reading.ts'

export interface BlindSpot extends Pick<Standing, 'target' | 'severity' | 'headline' | 'since'> {
  rules: string[]
}

/** What stands, parted into what was seen, and what was not and why. */
export function partBlindSpots(standing: Standing[], faults: string[]): { seen: Standing[]; blind: BlindSpot[] } {
  const isTold = toldBeside(standing, faults)
  const unseen = standing.filter((one) => one.unseen && !isTold(one))
  return {
    seen: standing.filter((one) => !one.unseen && !isTold(one)),
    blind: [...Map.groupBy(unseen, (one) => `${one.target} ${reasonOf(one)}`).values()].map(merged),
  }
}

const CHECKS = /^(?:storage |snapshots )?not looked at: /

const reasonOf = ({ headline }: Standing): string => headline.replace(CHECKS, '')

function merged(alike: Standing[]): BlindSpot {
  const [first] = alike as [Standing]
  return {
    target: first.target,
    severity: alike.reduce((worst, { severity }) => (isWorse(severity, worst) ? severity : worst), first.severity),
    headline: alike.length > 1 ? `not looked at: ${reasonOf(first)}` : first.headline,
    since: Math.min(...alike.map(({ since }) => since)),
    rules: alike.map(({ rule }) => rule),
  }
}

/** What Nightshift says of itself and the letter has otherwise, in full. */
function toldBeside(standing: Standing[], faults: string[]): (one: Standing) => boolean {
  const anyUnseen = standing.some(({ unseen, rule }) => unseen && !rule.startsWith('heartbeat.'))
  return ({ rule, headline }) => {
    // That keys have not been mended for a day: it names the first of what could not be looked at.
    if (rule === 'heartbeat.keys') return anyUnseen
    if (rule !== 'heartbeat.blind') return false
    // What this look could not ask for is among the faults, with the reason.
    const what = headline.replace(/^not known: /, '').replace(/, and \d+ more$/, '')
    return faults.some((fault) => fault.startsWith(`${what}: `))
  }
}
