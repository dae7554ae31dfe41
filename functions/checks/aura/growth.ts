/** Do connections become more and more? Many idle ones are a healthy pool; ever more of them are a leak. */
import { formatDuration } from '../../units.ts'
import type { AuraReading } from '../aura-reading.ts'
import { grade } from '../finding.ts'
import { type AuraRule, isOff, nothing, rowsOf, showsOthers } from './facts.ts'
import { isMetered } from './metered.ts'
import { byHolder, type Holder, holderTable, isNightshift } from './users.ts'

export const growth = {
  name: 'connections.growth',
  // 10 % an hour, idle and running together: the leak sign of Neo4j's course "Aura in Production".
  limits: { unit: 'increase', warning: 10, critical: null, recovery: 5 },
  judge(facts, limits) {
    const { reading, growth: grown } = facts
    if (isOff(reading)) return nothing(this.name, 'no connections')
    const connections = rowsOf(reading, 'connections')
    const metered = grown !== undefined && isMetered(grown)
    // Whoever leaked is gone, and from nobody nothing grows.
    if (
      !grown &&
      reading.kind === 'seen' &&
      !reading.bolt.sighted &&
      showsOthers(facts) &&
      connections?.every(isNightshift)
    )
      return { ...nothing(this.name, 'no connections'), closes: 'confirmed' }
    // The metrics count everybody's, whatever the look over Bolt was shown.
    if (!grown || reading.kind === 'not-running' || !(connections || metered)) return null
    const { perHour, overMs, from, to } = grown
    const transactions = rowsOf(reading, 'transactions')
    const [largest] = metered && !sees(reading) ? [] : byHolder(connections ?? [], transactions ?? [])
    const graded = grade(perHour, limits)
    const percent = Math.floor(perHour)
    return {
      rule: this.name,
      ...graded,
      closes: 'confirmed',
      headline:
        graded.severity === 'ok' ? 'connections do not grow' : `connections grow by ${percent}% an hour, ${to} by now`,
      summary:
        graded.severity === 'ok'
          ? ''
          : `Within ${formatDuration(overMs)} connections grew from ${from} to ${to}${metered ? " on the member that has the most, by Aura's metrics" : ''}, all the time by at least ${percent}% an hour: so does a program that opens connections and does not give them back.${largest ? sayLargest(largest, metered && reading) : ''}`,
      ...(connections && { evidence: holderTable(connections, transactions, reading.at) }),
      ...(largest && { brief: `${largest.name} has ${largest.connections}: see whether it leaks` }),
      advice: [
        `See whether ${largest ? largest.name : 'a program'} makes a driver for each request, or does not close its sessions: one driver for the life of the process, and every session closed.`,
        'If requests grow alike, it is load, and no leak: then see that maxConnectionPoolSize times the number of processes stays below the limit.',
        'Until it is mended, restart the program before the limit is reached.',
      ],
    }
  },
} satisfies AuraRule

const sees = (reading: AuraReading): boolean => reading.kind === 'seen' && reading.bolt.sighted

/** @param elsewhere the look, where it may have reached another member than the one that grows */
const sayLargest = ({ name, connections }: Holder, elsewhere: AuraReading | false): string =>
  elsewhere && elsewhere.kind === 'seen'
    ? ` Of those on ${elsewhere.bolt.member}, which was looked at, ${name} has the most: ${connections}.`
    : ` ${name} has the most: ${connections}.`
