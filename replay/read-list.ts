/** Reads a recorded list of sessions: JSON lines as a report exports them, or the whole report as the console shows it. */
import * as v from 'valibot'
import type { Limit } from '../functions/checks/reading.ts'
import type { SessionLine } from '../functions/checks/trust/process-list.ts'
import { lookSchema, sessionSchema } from './list-schema.ts'

/** One look's list. */
export interface RecordedLook {
  /** Undefined: the list does not say. */
  target?: string
  /** ISO time. */
  at?: string
  used: number
  active: number
  limit: Limit
  /** There was a surge of work. */
  surge: boolean
  /** Nothing is said of how many connections are taken: whether the policy would act at all is not known. */
  bare: boolean
  sessions: SessionLine[]
}

export interface RecordedList {
  looks: RecordedLook[]
  /** Every line that cannot be used, with its number. */
  faults: string[]
}

const NO_LIMIT: Limit = { max: 0, reserved: 0, usable: 0 }

/** @param name what to call the text in its faults */
export function readList(content: string, name: string): RecordedList {
  const { entries, faults } = entriesOf(content, name)
  const looks: RecordedLook[] = []
  for (const { where, value } of entries) {
    const isLook = typeof value === 'object' && value !== null && 'look' in value
    const parsed = isLook ? v.safeParse(lookSchema, value) : v.safeParse(sessionSchema, value)
    if (!parsed.success) faults.push(`${where}: ${parsed.issues.map(say).join('; ')}`)
    else if ('look' in parsed.output) {
      const { look, usable, ...facts } = parsed.output
      looks.push({
        ...(facts.at && { at: facts.at }),
        target: look,
        used: facts.used,
        active: facts.active,
        surge: facts.surge,
        limit: { max: usable, reserved: 0, usable },
        bare: false,
        sessions: [],
      })
    } else {
      if (looks.length === 0)
        looks.push({ used: 0, active: 0, limit: NO_LIMIT, surge: false, bare: true, sessions: [] })
      looks.at(-1)?.sessions.push(parsed.output as SessionLine)
    }
  }
  if (entries.length === 0 && faults.length === 0) faults.push(`${name}: there is nothing in it`)
  return { looks, faults }
}

const say = (issue: v.BaseIssue<unknown>): string => {
  const path = v.getDotPath(issue)
  return path === null ? `${issue.received} is not an object of JSON` : `${path}: ${issue.message}`
}

interface Entry {
  where: string
  value: unknown
}

function entriesOf(content: string, name: string): { entries: Entry[]; faults: string[] } {
  const report = parsed(content)
  if (report !== undefined && isReport(report.value)) {
    const lists = report.value.targets.flatMap((target) => target?.processList ?? [])
    return {
      entries: lists.map((value, i) => ({ where: `${name}, entry ${i + 1}`, value })),
      faults: lists.length === 0 ? [`${name}: this report has no list of sessions; ${REMEDY}`] : [],
    }
  }
  if (isSpread(content, report !== undefined))
    return {
      entries: [],
      faults: [
        `${name}: JSON over several lines that is no report of the connections function; ${REMEDY}, or one entry a line, as jq -c writes them`,
      ],
    }
  const faults: string[] = []
  const entries = content.split(/\r?\n/).flatMap((line, i): Entry[] => {
    const where = `${name}, line ${i + 1}`
    if (line.trim() === '') return []
    const json = parsed(line)
    if (json) return [{ where, value: json.value }]
    faults.push(`${where}: not JSON: ${line.length > 60 ? `${line.slice(0, 57)}...` : line}`)
    return []
  })
  return { entries, faults: shortened(faults, name) }
}

/** Who pastes something else has hundreds of lines that are none. */
const MOST_FAULTS = 3

const shortened = (faults: string[], name: string): string[] =>
  faults.length <= MOST_FAULTS
    ? faults
    : [...faults.slice(0, MOST_FAULTS), `${name}: ${faults.length - MOST_FAULTS} lines more are not JSON; ${REMEDY}`]

const REMEDY = 'invoke the connections function with {"processList":true} and give its answer'

/** Each of its lines would be a fault of its own. */
function isSpread(content: string, whole: boolean): boolean {
  const lines = content.split('\n').flatMap((line) => line.trim() || [])
  return lines.length > 1 && (whole || /^[{[]$/.test(lines[0] ?? ''))
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

const isReport = (value: unknown): value is { targets: { processList?: unknown[] }[] } =>
  typeof value === 'object' && value !== null && 'targets' in value && Array.isArray(value.targets)
