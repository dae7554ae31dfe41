/** What a function may be invoked with: nothing from the schedule, or what a person typed in the console. */
import { unknownTarget } from './event-faults.ts'
import { type AcknowledgeRequest, acknowledgeOf, allowedQuiet, type SnoozeRequest, snoozeOf } from './quiet/event.ts'
import { isRecord, show } from './written.ts'

export interface RunRequest {
  /** Only these targets; all when absent. */
  targets?: string[]
  /** Looks and judges as always, but ends, tells and remembers nothing. */
  dryRun: boolean
  /** The report is to hold the list of sessions. Such a run is always dry. */
  processList?: true
}

/** What was ended, out of the record. */
export interface EndingsRequest {
  endings: { targets: string[]; days: number }
}

/** Whatever a function may be asked for. */
export type Request = RunRequest | EndingsRequest | SnoozeRequest | AcknowledgeRequest

/** What a function can be asked for beside a look: not each of them ends sessions. */
export interface Offers {
  processList?: boolean
  endings?: boolean
  /** A snooze, and to acknowledge. */
  quiet?: boolean
}

/** For how long the record of what was ended is kept. */
export const RECORD_DAYS = 90
const DAYS_LISTED = 7

const allowedOf = (target: string) =>
  `{} for everything, {"targets":["${target}"]} for some, {"dryRun":true} to end, tell and remember nothing`
const ALLOWED_LIST = ', {"processList":true} for a dry run with the list of sessions in its report'
const allowedEndings = (target: string) =>
  `, {"endings":{"target":"${target}","days":7}} for the record of what was ended`

/** The event is not one of ours; the message says what is allowed. */
export class EventError extends Error {
  /** @param known the names of the function's targets, the first of which stands in the examples */
  constructor(faults: string[], [target = 'orders']: string[], { processList, endings, quiet }: Offers = {}) {
    const allowed = [
      allowedOf(target),
      ...(processList ? [ALLOWED_LIST] : []),
      ...(endings ? [allowedEndings(target)] : []),
      ...(quiet ? [allowedQuiet(target)] : []),
    ].join('')
    super(`the event is not understood: ${faults.join('; ')}. Allowed: ${allowed}.`)
    this.name = 'EventError'
  }
}

/**
 * @param known the names of the function's targets
 * @throws EventError with every fault
 */
export function parseEvent(event: unknown, known: string[]): RunRequest
export function parseEvent(event: unknown, known: string[], offers: Offers): Request
export function parseEvent(event: unknown, known: string[], offers: Offers = {}): Request {
  if (event === undefined || event === null) return { dryRun: false }
  if (!isRecord(event)) throw new EventError([`${show(event)} is not an object`], known, offers)
  const asked = askedOf(event, known, offers)
  if (asked.faults.length > 0) throw new EventError(asked.faults, known, offers)
  return asked.request
}

function askedOf(
  event: Record<string, unknown>,
  known: string[],
  offers: Offers,
): { faults: string[]; request: Request } {
  if (offers.endings && 'endings' in event) return endingsOf(event, known)
  if (offers.quiet && 'snooze' in event) return snoozeOf(event, known)
  if (offers.quiet && 'acknowledge' in event) return acknowledgeOf(event, known)
  return runOf(event, known, offers)
}

function runOf(event: Record<string, unknown>, known: string[], offers: Offers) {
  const { targets, dryRun, ...rest } = event
  const { processList, ...others } = rest
  const faults = Object.keys(offers.processList ? others : rest).map((key) => `unknown key ${show(key)}`)
  if (dryRun !== undefined && typeof dryRun !== 'boolean') faults.push(`dryRun ${show(dryRun)} is not true or false`)
  if (offers.processList && processList !== undefined && processList !== true)
    faults.push(`processList ${show(processList)} is not true; leave it out`)
  if (offers.processList && processList === true && dryRun === false)
    faults.push('dryRun false beside processList: a run for the list of sessions is always dry; leave dryRun out')
  if (targets !== undefined) {
    if (!Array.isArray(targets) || targets.length === 0) faults.push(`targets ${show(targets)} is not a list of names`)
    else for (const target of targets) faults.push(...unknownTarget(target, known))
  }
  const request: RunRequest = {
    dryRun: dryRun === true || processList === true,
    ...(targets !== undefined && { targets: targets as string[] }),
    ...(processList === true && { processList }),
  }
  return { faults, request }
}

function endingsOf({ endings, ...beside }: Record<string, unknown>, known: string[]) {
  const faults = Object.keys(beside).map(
    (key) => `${show(key)} beside endings, which are only read: ask for them alone`,
  )
  const { target, days = DAYS_LISTED, ...others } = isRecord(endings) ? endings : {}
  if (!isRecord(endings)) faults.push(`endings ${show(endings)} is not like {"target":"orders","days":7}`)
  faults.push(...Object.keys(others).map((key) => `unknown key ${show(`endings.${key}`)}`))
  if (target !== undefined) faults.push(...unknownTarget(target, known))
  if (!Number.isInteger(days) || Number(days) < 1 || Number(days) > RECORD_DAYS)
    faults.push(
      `endings.days ${show(days)} is not a whole number from 1 to ${RECORD_DAYS}, as long as the record is kept`,
    )
  const request: EndingsRequest = {
    endings: { targets: target === undefined ? known : [target as string], days: Number(days) },
  }
  return { faults, request }
}
