/** Is it known how much is stored, and how it went? What is not known is not judged, and that is told. */
import { AURA_WORDS } from '../aura/words.ts'
import { sayFailure } from '../failed-look.ts'
import type { Finding } from '../finding.ts'
import type { Words } from '../meanings.ts'
import { NEON_WORDS } from '../reachable.ts'
import type { StorageRule } from './facts.ts'
import { sayAmount, sayWhat, untold } from './measure.ts'
import type { FailedStorageReading, MeasuredReading, UnknownReading } from './reading.ts'

const name = 'storage.blind'

/** What is asked here is no session and no compute: only who else would know is said otherwise. */
const forStorage = ({ provider, meanings }: Words): Words => ({
  provider: {
    ...provider,
    withoutApi: 'Nobody else tells how much is stored; the database itself may be well.',
  },
  meanings,
})
const WORDS = { neon: forStorage(NEON_WORDS), aura: forStorage(AURA_WORDS) }

export const blind = {
  name,
  judge({ reading, historyFault, begunAnew = false }) {
    if (reading.kind === 'failed') return notLookedAt(reading)
    if (reading.kind === 'unknown') return notTold(reading)
    // Nothing is told of what does not run: neither that it is known, nor that it is not.
    if (reading.kind === 'not-running') return null
    if (historyFault !== undefined) return withoutHistory(historyFault, begunAnew)
    if (untold(reading).length > 0) return notAllTold(reading)
    return {
      rule: name,
      severity: 'ok',
      headline: 'how much is stored is known',
      summary: '',
      recovered: true,
      closes: 'confirmed',
    }
  },
} satisfies StorageRule

/**
 * Never worse than unknown: that a database is cut off or its API down is `connections.reachable`'s to tell, which looks
 * at the same things more often. It must not ring twice in a night.
 */
function notLookedAt({ failure, provider }: FailedStorageReading): Finding {
  const { headline, summary, advice, opens, evidence } =
    failure.cause === 'full'
      ? {
          opens: 'confirmed' as const,
          headline: 'the server is full',
          summary: `The server takes no more connections, Nightshift's included. It said: ${failure.message}`,
          advice: ['See what connections.saturation says of this target.'],
          evidence: undefined,
        }
      : sayFailure(failure, failure.cause, WORDS[provider])
  return {
    rule: name,
    severity: 'unknown',
    opens,
    recovered: false,
    headline: `storage not looked at: ${headline.replace(/^not looked at: /, '')}`,
    summary: `${sentence(summary)} How much is stored is unknown meanwhile, and what was told of it stands.`,
    ...(evidence && { evidence }),
    advice,
  }
}

function notTold({ why, forGood, provider }: UnknownReading): Finding {
  const console = `${WORDS[provider].provider.name} console`
  return {
    rule: name,
    severity: 'unknown',
    opens: forGood ? 'at-once' : 'confirmed',
    ...(forGood && { once: true }),
    recovered: false,
    headline: 'how much is stored is not known',
    summary: `${sentence(why)} Unknown is not zero: storage is not judged ${forGood ? 'here' : 'until it is known'}.${forGood ? ' This is told once.' : ''}`,
    advice: [
      forGood
        ? `If it says what could be changed, change that. Until then look at the storage in the ${console} from time to time: Nightshift cannot.`
        : `If it lasts, look at the storage in the ${console}.`,
    ],
  }
}

/** What stood of it goes on standing. */
function notAllTold(reading: MeasuredReading): Finding {
  const missing = untold(reading).map((one) => {
    const { asOf, limit } = one
    return asOf === undefined
      ? `the limit of ${one.what} (${limit ? sayAmount(one, limit.value) : 'none'} when it was last told)`
      : `${sayWhat(one)}: ${sayAmount(one, one.used)} when it was last told`
  })
  return {
    rule: name,
    severity: 'unknown',
    opens: 'at-once',
    once: true,
    recovered: false,
    headline: 'not all of what is stored is known',
    summary: `Not told for more than a day: ${missing.join('; ')}. It is not judged meanwhile, and what was told of it stands.`,
    advice: [`Look at the storage in the ${WORDS[reading.provider].provider.name} console.`],
  }
}

/** @param begunAnew known again from this look on, so there is no second look that could agree */
const withoutHistory = (fault: string, begunAnew: boolean): Finding => ({
  rule: name,
  severity: 'unknown',
  opens: begunAnew ? 'at-once' : 'confirmed',
  ...(begunAnew && { once: true }),
  recovered: false,
  headline: 'how storage has grown is not known',
  summary:
    `How much is stored is known, and told where it is critical. But ${sentence(fault)} What needs the history is not judged` +
    ' without it: growth, jumps, losses, and the time until it is full.',
  advice: ["See the function's log, and whether it may read and write Nightshift's table in DynamoDB."],
})

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)
