/** The memory of an Aura instance as the table keeps it: of which instance, and in which shape. */
import type { AuraMemory } from './memory.ts'

/** To be raised when what is kept changes its meaning: what an older or newer Nightshift has written is not understood. */
const SHAPE = 2

export interface KeptMemory extends AuraMemory {
  shape: number
  instance: string
}

/** The memory of this very instance: a target may be given another one, of which nothing is known then. */
export function memoryOf(kept: KeptMemory | undefined, instance: string): AuraMemory {
  if (kept?.shape !== SHAPE || kept.instance !== instance) return {}
  const { shape: _, instance: _instance, ...memory } = kept
  return memory
}

export const keptAs = (memory: AuraMemory, instance: string): KeptMemory => ({ ...memory, shape: SHAPE, instance })
