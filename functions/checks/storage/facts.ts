/** What the storage rules are asked of. */
import type { Rule } from '../rule.ts'
import type { SeriesName, StorageReading } from './reading.ts'
import type { Series } from './series.ts'

export interface StorageFacts {
  reading: StorageReading
  /** The history of each measure, this look's own hour included; absent: none is known. */
  history: Partial<Record<SeriesName, Series>>
  /** Why the history could not be read, when it could not: what needs it is then not judged. */
  historyFault?: string | undefined
  /** It was damaged and is begun anew: that is over with this look, and lost all the same. */
  begunAnew?: boolean | undefined
  /** Aura: the instance's type when it was last measured. */
  tierBefore?: string | undefined
}

export type StorageRule = Rule<StorageFacts>
