/** What one look at Nightshift itself brought back: facts only, no judgement. Times are epoch milliseconds. */
import type { Severity } from '../finding.ts'

/** The three ways in which anybody is told anything. */
export type Channel = 'alerts' | 'operations' | 'urgent'

/** An address that is to hear of a topic. */
export interface Endpoint {
  protocol: 'email' | 'sms'
  address: string
  /** Of which severities alone it is to hear; absent: of all. */
  severities?: string[]
}

/**
 * How SNS lists an address of a topic. `deleted`: by the link at the foot of a mail, or by hand; it is listed for up to
 * three days. `pending`: nobody has clicked yet; after two days it is listed no longer.
 */
export interface Listed {
  /** Of strangers, any that SNS has. */
  protocol: string
  address: string
  status: 'confirmed' | 'pending' | 'deleted'
  /** The filter policy, as SNS has it; empty: none. Undefined: could not be asked for, or was not. */
  filter?: string
}

export interface TopicReading {
  channel: Channel
  wanted: Endpoint[]
  /** Undefined: could not be listed. */
  listed: Listed[] | undefined
  /** The topic itself is not there. */
  gone?: true
  /** Of the topics that alarms are told by. Undefined: could not be asked for, or was not. */
  guard?: Guard
}

/** Who may publish to a topic. */
export interface Guard {
  /** The topic's policy, as JSON. */
  policy: string
  /** The key that what is published is encrypted with; absent: none of the account's. */
  key?: string
}

/** What the account says of SMS; what could not be asked is undefined. */
export interface PhonesReading {
  phones: { phone: string; optedOut: boolean | undefined }[]
  /** Whether only verified numbers get anything, and which these are. */
  sandbox: { verified: string[] } | false | undefined
  /** USD a month; undefined also where the account does not say. */
  monthlyLimit: number | undefined
}

export interface CheckReading {
  check: string
  everyMs: number
  /** Nobody watches connections without it: they run out within minutes. */
  urgent: boolean
  /** The start of the last run that did all it had to; undefined: none is known. */
  succeededAt: number | undefined
  /** Since when the heartbeat has waited for a first one. */
  awaitedSince: number
  /** Since when nobody outside takes its pings, and why not the last; absent: they are taken, or none is sent. */
  refused?: { since: number; why: string }
  /** Its runs tell the outside what the heartbeat could tell nobody. */
  untold?: true
}

/** An incident that stands on a target. */
export interface Standing {
  target: string
  check: string
  rule: string
  severity: Severity
  headline: string
  since: number
  /** It is about Nightshift not being able to look, whatever state the database is in. */
  unseen: boolean
  /** Whether anybody has been told, or that is held back on purpose. */
  told: boolean
}

export interface HeartbeatReading {
  at: number
  topics: TopicReading[]
  /** Undefined: no phone is configured. */
  phones: PhonesReading | undefined
  /** How many messages a phone gets in a day of one critical incident. */
  smsADay: number
  /** Those whose last success could be asked for. */
  checks: CheckReading[]
  standing: Standing[]
  /** What could not be asked, one line each: what it is and why. */
  notAsked: { what: string; why: string; refused: boolean }[]
}
