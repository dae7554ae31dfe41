/** How much of the suite is played: all of it by `npm run test:faults`, a share by `npm test`. */
import type { Plan } from './case.ts'
import { LONG } from './faults.ts'

/** Of random pairs one in so many; set by vitest's configuration. 1: all that there is. */
export const ONE_IN = Number(process.env.NIGHTSHIFT_FAULTS_ONE_IN ?? 1)

/** What is by chance in a run: its pairs, and which of the long cases it plays. */
export const SEED = Number(process.env.NIGHTSHIFT_TEST_SEED ?? Date.now() % 1_000_000)

/**
 * Every call with every quick fault, in one of the checks that make it; and every call with one of the faults that cost
 * seconds. Of both the next run plays others.
 */
export function shareOf(plans: Plan[]): Plan[] {
  if (ONE_IN === 1) return plans
  const struck = ({ strikes, bolt }: Plan) => strikes.at(-1) ?? { call: 'Bolt', fault: bolt }
  const isLong = (plan: Plan) => LONG.some((fault) => plan.strikes.at(-1)?.fault === fault)
  const oneOf = (some: Plan[], turn: number) => some.slice(turn % some.length).slice(0, 1)
  const quick = Map.groupBy(
    plans.filter((plan) => !isLong(plan)),
    (plan) => `${struck(plan).call} ${struck(plan).fault}`,
  )
  const long = Map.groupBy(plans.filter(isLong), (plan) => struck(plan).call)
  return [
    ...[...quick.values()].flatMap((alike, i) => oneOf(alike, i + SEED)),
    ...[...long.values()].flatMap((ofCall, i) => {
      const fault = LONG[(i + SEED) % LONG.length]
      return oneOf(
        ofCall.filter((plan) => struck(plan).fault === fault),
        SEED,
      )
    }),
  ]
}
