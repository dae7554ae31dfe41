/** How much an instance stores, where the database itself tells it: asked for once an hour, kept for the check of storage. */

/** What one look was told. */
export interface StoreSize {
  at: number
  /** Of all databases together. */
  bytes: number
}

export interface StoreMemory {
  /** The last that was told. */
  store?: StoreSize
  /** When it was last asked for, answered or not. */
  storeAskedAt?: number
}

const HOUR = 60 * 60_000
const hourOf = (at: number): number => Math.floor(at / HOUR)

/** By hours of the clock, as the history of storage has them: sixty minutes would miss one now and then. */
export const isStoreDue = ({ storeAskedAt }: StoreMemory, now: number): boolean =>
  storeAskedAt === undefined || hourOf(now) !== hourOf(storeAskedAt)

/** The memory with this answer in it. @param bytes undefined: none came */
export const noteStore = <Memory extends StoreMemory>(
  memory: Memory,
  bytes: number | undefined,
  now: number,
): Memory => ({
  ...memory,
  storeAskedAt: now,
  ...(bytes !== undefined && { store: { at: now, bytes } }),
})
