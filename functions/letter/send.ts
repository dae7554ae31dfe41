/** Sends the weekly letter when it is due: claimed first, so that of overlapping runs one sends it; marked only once SNS took it. */
import { randomUUID } from 'node:crypto'
import { publish } from '../incidents/send.ts'
import type { Digest } from '../incidents/wording.ts'
import { log } from '../log.ts'
import { errorMessage } from '../redact.ts'
import { changeItem, type Kept, loadItem, type Place } from '../table.ts'
import { afterLetter, type Counted, claimLetter, isBegun, isDue, type LetterState, releaseLetter } from './due.ts'

const PLACE: Place<LetterState> = { pk: 'NIGHTSHIFT', sk: 'LETTER', parse }

/** For reading the rest, SNS and writing it down. */
const LEASE_MS = 90_000

/** For writing down what became of it: of its own, since SNS may take longer than was left for looking. */
const WRITING_MS = 10_000

/** @throws whatever keeps the table from answering, or the signal's reason */
export const loadLetter = (signal: AbortSignal): Promise<Kept<LetterState>> => loadItem(PLACE, signal)

export interface Sending {
  kept: Kept<LetterState>
  /** The moment for which a letter is to be sent. */
  due: number
  /** As it is now; the next letter counts from here. */
  counted: Counted
  now: number
  /** The deadline of everything until it is handed to SNS. */
  signal: AbortSignal
  /** @param before as it was with the last letter */
  write(before: Counted): Promise<Digest>
}

/** Sends it, if it is due and nobody else does. Never throws: what failed, as sentences. */
export async function sendLetter({ kept, due, counted, now, signal, write }: Sending): Promise<string[]> {
  const run = randomUUID()
  const change = (from: Kept<LetterState>, until: AbortSignal, decide: (state: LetterState) => LetterState) =>
    changeItem(PLACE, from, now, until, (state) => ({ state: decide(state), result: undefined }))
  const writeDown = async (decide: (state: LetterState) => LetterState) => {
    const until = AbortSignal.timeout(WRITING_MS)
    await change(await loadLetter(until), until, decide)
  }
  try {
    if (!isBegun(kept.state)) {
      // What was never read has nothing to be counted from: then it begins with the next look.
      if (counted.unread) return []
      await change(kept, signal, (state) => (isBegun(state) ? state : afterLetter(due, counted)))
      return []
    }
    if (!isDue(kept.state, due)) return []
    const before = await changeItem(PLACE, kept, now, signal, (state) => {
      const claimed = claimLetter(state, due, run, now, LEASE_MS)
      return { state: claimed ?? state, result: claimed && state.counted }
    })
    if (before === undefined) return []
    try {
      const messageId = await publish(await write(before))
      log('letter-sent', { messageId })
    } catch (error) {
      await writeDown((state) => releaseLetter(state, run))
      return [`the weekly letter could not be sent: ${errorMessage(error)}; the next run sends it`]
    }
    await writeDown((state) => (state.claim?.run === run ? afterLetter(due, counted, state.counted) : state))
    return []
  } catch (error) {
    return [`the table did not take what became of the weekly letter: ${errorMessage(error)}`]
  }
}

/** What cannot be read is begun anew: the next letter comes a week later. */
function parse(text = '{}'): LetterState {
  try {
    const { sentFor, counted, claim } = Object(JSON.parse(text)) as LetterState
    const whole = typeof sentFor === 'number' && isCounted(counted)
    return whole ? { sentFor, counted, ...(typeof claim?.until === 'number' && { claim }) } : {}
  } catch {
    return {}
  }
}

const isCounted = (counted: Counted | undefined): counted is Counted =>
  typeof counted?.at === 'number' &&
  Object(counted.runs) === counted.runs &&
  Object(counted.told) === counted.told &&
  (counted.unread === undefined || (Array.isArray(counted.unread.targets) && Array.isArray(counted.unread.checks)))
