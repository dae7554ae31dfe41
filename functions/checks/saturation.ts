/** How much of the connections that applications can have is taken? */
import { formatDuration } from '../units.ts'
import { type Application, applicationTable, byApplication } from './applications.ts'
import { endByHand } from './end-by-hand.ts'
import { type Finding, grade } from './finding.ts'
import { lastLookTable, sayLastLook } from './last-look.ts'
import type { LastSeen } from './reading.ts'
import type { Rule } from './rule.ts'
import { doneAbout } from './stale.ts'
import { saturationPercent } from './victims.ts'

const name = 'connections.saturation'

export const saturation = {
  name,
  // 75 / 90 as pgMonitor has it, on the limit that check_pgactivity uses: max_connections minus the reserved slots.
  limits: { unit: 'percent', warning: 75, critical: 90, recovery: 70 },
  judge({ reading, last, endings, surging }, limits) {
    if (reading.kind === 'failed') return reading.failure.cause === 'full' ? full(last, reading.failure.message) : null
    if (reading.kind === 'asleep') {
      // Left alone with sessions open: what was last seen still stands, as nobody has done anything since.
      if (reading.why === 'let-sleep') return null
      return {
        rule: name,
        severity: 'ok',
        headline: '0 connections',
        summary: 'The compute is asleep: nobody is connected.',
        recovered: true,
        closes: 'confirmed',
      }
    }
    const { used, limit, sighted } = reading
    const percent = saturationPercent(reading)
    const [largest] = byApplication(reading.groups)
    const byHand = surging ? [] : endByHand(reading)
    return {
      rule: name,
      ...grade(percent, limits),
      closes: 'confirmed',
      headline: `${used} of ${limit.usable} connections (${Math.floor(percent)}%)`,
      summary:
        `${used} of the ${limit.usable} connections that applications can have are taken` +
        ` (max_connections ${limit.max}, ${limit.reserved} of them reserved).` +
        (largest === undefined ? '' : ` ${holder(largest, sighted)}`) +
        (sighted ? '' : ' What they do is not known: the role is blind.'),
      evidence: applicationTable(reading),
      ...(sighted && largest && { brief: briefly(largest) }),
      done: doneAbout(endings),
      advice: [
        ...(surging
          ? ['What to do about the load is told by connections.surge.']
          : sighted && largest
            ? [atWorkOrIdle(largest)]
            : []),
        ...byHand,
        'More room: use the pooled host (-pooler) in the applications, or a larger compute, which has a larger max_connections.',
      ],
    }
  },
} satisfies Rule

function holder({ name: application, sessions, idle, oldestIdleMs }: Application, sighted: boolean): string {
  const has = `${application} has the most: ${sessions}`
  if (!sighted || idle === 0) return `${has}.`
  return `${has}, ${idle === sessions ? 'all' : idle} of them idle, the longest for ${formatDuration(oldestIdleMs)}.`
}

const briefly = ({ name: application, sessions, idle }: Application): string =>
  idle > sessions / 2
    ? `${application} has ${sessions}, ${idle} idle: restart it`
    : `${application} has ${sessions}, at work: see what is slow`

const atWorkOrIdle = ({ name: application, sessions, idle }: Application): string =>
  idle > sessions / 2
    ? `${application} keeps most of its connections idle: look for connections it opens and does not give back, restart it, and give its pool a maximum and an idle timeout.`
    : 'Most connections are at work: look for slow or blocked statements and for a burst of requests before you raise any limit.'

function full(last: LastSeen | undefined, message: string): Finding {
  const size = last && `${last.usable} of ${last.usable}`
  const holders = last && { ...last, top: last.top.map((one) => ({ name: one.name, held: one.sessions })) }
  const [largest] = last?.top ?? []
  return {
    rule: name,
    severity: 'critical',
    acute: true,
    recovered: false,
    ...(largest && { brief: `Restart ${largest.name}` }),
    headline: size ? `full, ${size} connections (100%)` : 'full, no connection left (100%)',
    summary:
      `Every connection is taken${size ? ` (${size})` : ''}: the server refuses new ones, Nightshift's included, so every request that needs one fails now. It said: ${message}.` +
      (holders ? sayLastLook(holders, 'were taken') : ''),
    ...(holders && { evidence: lastLookTable(holders, ['application', 'sessions']) }),
    advice: [
      `Restart ${largest ? largest.name : 'the application that holds the most connections'}: that frees its connections at once.`,
      'If you do not know which application it is, restart the compute in the Neon console: it ends every connection, and applications reconnect.',
      'Then find what does not give its connections back; the pooled host (-pooler) keeps the server from filling.',
    ],
  }
}
