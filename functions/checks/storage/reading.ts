/** What one storage look at one target brought back: facts only, no judgement. Bytes are bytes, times epoch milliseconds. */
import type { Failure } from '../reading.ts'

/** `size` in bytes; Aura's Free tier tells nodes and relationships instead. Each has a history of its own. */
export type SeriesName = 'size' | 'nodes' | 'relationships'

export interface StorageLimit {
  /** 0: it is told that there is none. */
  value: number
  /** Whose it is, for a sentence: `the limit of its Neon plan`, `the budget in nightshift.config.ts`. */
  what: string
  /** `hard`: writes fail once it is reached. `budget`: somebody only wants to know. */
  kind: 'hard' | 'budget'
  /** When it was last told, where this look was not told it. */
  asOf?: number
}

/** One quantity that grows. */
export interface Measure {
  series: SeriesName
  /** What is measured, for a sentence: `branch main`, `instance shop`. */
  what: string
  unit: 'bytes' | 'count'
  used: number
  /** The nearest of all limits that hold for it; absent where none is told. */
  limit?: StorageLimit
  /** The nearest hard limit, where a budget is nearer. */
  hard?: StorageLimit
  /** The databases that it is the sum of, where it is told of each. */
  parts?: string[]
  /** Aura: who tells the size. They count otherwise. */
  by?: 'metrics' | 'bolt'
  /** When it was last told, where this look was not told it. */
  asOf?: number
}

/** The largest databases and tables, as evidence: only where a database was awake anyway. */
export interface Largest {
  /** `database orders`, `table public.events`. */
  name: string
  bytes: number
}

export interface MeasuredReading {
  kind: 'measured'
  at: number
  provider: 'neon' | 'aura'
  /** Aura: the instance's type, as the API names it. */
  tier?: string
  /** At least one. */
  measures: Measure[]
  largest?: Largest[]
  /** Neon: what the whole project is billed by on older plans, its history included. */
  projectBytes?: number
}

/** The target answered, but nobody tells how much it stores. */
export interface UnknownReading {
  kind: 'unknown'
  at: number
  provider: 'neon' | 'aura'
  tier?: string
  /** A sentence: whose answer lacks what. */
  why: string
  /** True where it cannot be known whenever it is asked: of this tier, or with these rights. */
  forGood: boolean
}

/** Paused, suspended, or in transition: nothing grows, and nothing is told of how much there is. */
export interface NotRunningReading {
  kind: 'not-running'
  at: number
  status: string
}

export interface FailedStorageReading {
  kind: 'failed'
  at: number
  provider: 'neon' | 'aura'
  failure: Failure
}

export type StorageReading = MeasuredReading | UnknownReading | NotRunningReading | FailedStorageReading
