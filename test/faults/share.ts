/** How much of the suite is played: all of it by `npm run test:faults`, one case in so many by `npm test`. */
import { FAULTS } from './faults.ts'

/** One case in so many; set by vitest's configuration. */
export const ONE_IN = Number(process.env.NIGHTSHIFT_FAULTS_ONE_IN ?? 1)

/** Of a list of every call with every fault: each call keeps its share of faults, and each fault of calls. */
export const shareOf = <Case>(cases: Case[]): Case[] =>
  cases.filter((_, i) => (i + Math.floor(i / FAULTS.length)) % ONE_IN === 0)
